package rule

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const whole = `id: T-1
title: A rule
severity: high
tables: [SigninLogs]
query: |
  SigninLogs
  | where x > least
every: 10m
window: 1h
entities:
  - type: Account
    fields: {FullName: User}
knobs:
  least: {type: int, default: 5, min: 2, max: 9}
  span: {type: timespan, default: 20m}
  names: {type: list, default: [a, 'b"c']}
tests:
  - name: one
    events: [{base: signin}]
    alerts: [{title: x}]
  - name: none
    events: []
    alerts: []
`

func parse(t *testing.T, text string) *Rule {
	t.Helper()
	r, err := Parse([]byte(text), "t.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDefaults(t *testing.T) {
	r := parse(t, "id: T-1\ntitle: A\nseverity: low\ntables: [T]\nquery: T\n")
	if r.Kind != "scheduled" || r.Alerts != "per_result" || r.Trigger != (Trigger{Op: "gt"}) || r.Every != Duration(5*time.Minute) || r.Window != r.Every || r.Reach() != r.Window ||
		r.SuppressFor() != r.Window || !r.IsEnabled() || !r.Incident.CreatesIncidents() || r.Incident.Group != "all" || r.Attack.Version != 18 || r.Version != 1 {
		t.Errorf("%+v", r)
	}
	if err := r.Complete(); err == nil {
		t.Error("a rule without tests is complete")
	}
	if err := parse(t, whole).Complete(); err != nil {
		t.Error(err)
	}
}

// TestRefusals has what is wrong with a rule, and the words that say so.
func TestRefusals(t *testing.T) {
	f := func(old, new, words string) {
		t.Helper()
		text := strings.Replace(whole, old, new, 1)
		if text == whole {
			t.Fatalf("%q is not in the rule", old)
		}
		if _, err := Parse([]byte(text), "t.yaml"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q for %q: %v, want %q", new, old, err, words)
		}
	}
	f("severity: high", "severity: high\nfoo: 1", `[4:1] unknown field "foo"`)
	f("severity: high", "severity: awful", "severity: \"awful\"")
	f("id: T-1", "id: T 1", "id:")
	f("title: A rule", "", "title: is missing")
	f("every: 10m", "every: 10s", "every: 10s: at least 1m")
	f("window: 1h", "window: 1m", "window: 1m: at least every")
	f("window: 1h", "window: 1h\nlookback: 10m", "lookback: 10m: at least the window")
	f("every: 10m", "every: 10 minutes", "is no duration")
	f("type: Account", "type: Person", "Account, AzureResource")
	f("{FullName: User}", "{Fullname: User}", "Account has FullName")
	f("default: 5, min: 2", "default: 1, min: 2", "out of bounds: at least 2")
	f("default: 5, min: 2", "default: 10, min: 2", "out of bounds: at most 9")
	f("type: int", "type: integer", "type is one of int")
	f("span: {", "window_end: {", "is not one of window_start, window_end")
	f("default: 20m", "default: 20", "20 is no timespan")
	f("    alerts: []\n", "", "no alerts: write what is wanted")
	f("name: none", "name: one", "a second test")
	f("  - name: none\n", "  - name: none\n    knobs: {lest: 1}\n", "has no knob \"lest\"; it has least")
	f("  - name: none\n", "  - name: none\n    now: yesterday\n", "is no time such as")
	f("severity: high", "severity: high\nattack: {techniques: [t1]}", "is no id such as T1110.003")
	f("severity: high", "severity: high\nincident: {group: selected}", "incident.by: is missing")
	f("severity: high", "severity: high\ntrigger: {op: over}", "trigger.op")
	f("    alerts: []\n", "    alerts: []\n---\nid: x\n", "a second document")
}

func TestDurations(t *testing.T) {
	f := func(s, want string, d time.Duration) {
		t.Helper()
		got, err := ParseDuration(s)
		if err != nil || got.Std() != d || got.String() != want {
			t.Errorf("%s: %v %s, %v", s, got.Std(), got, err)
		}
	}
	f("5m", "5m", 5*time.Minute)
	f("90s", "1m30s", 90*time.Second)
	f("14d", "14d", 14*24*time.Hour)
	f("1d12h", "1d12h", 36*time.Hour)
	f("24h", "1d", 24*time.Hour)
	f("-3d2h", "-3d2h", -74*time.Hour)
	f("0s", "0s", 0)
	for _, s := range []string{"", "5", "d", "xd", "--5m", "5m-3m", "99999999d"} {
		if d, err := ParseDuration(s); err == nil {
			t.Errorf("%q is %s", s, d)
		}
	}
}

func TestLets(t *testing.T) {
	r := parse(t, whole)
	at := time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	values, err := r.Values(map[string]any{"least": uint64(7)})
	if err != nil {
		t.Fatal(err)
	}
	want := []Let{{"window_start", "datetime(2026-06-17T11:00:00.0000000Z)"}, {"window_end", "datetime(2026-06-17T12:00:00.0000000Z)"},
		{"least", "7"}, {"names", `dynamic(["a","b\"c"])`}, {"span", "time(00:20:00)"}}
	if d := cmp.Diff(want, r.Lets(at.Add(-time.Hour), at, values)); d != "" {
		t.Error(d)
	}
	for v, want := range map[any]string{3.5: "real(3.5)", true: "true", "a\n\"\\": `"a\u000a\"\\"`} {
		if got := Literal(v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

// TestMarshalKeepsARule writes a rule and reads it again.
func TestMarshalKeepsARule(t *testing.T) {
	r := parse(t, whole)
	text, err := Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r, parse(t, string(text))); d != "" {
		t.Errorf("%s\n%s", text, d)
	}
}

func TestLoad(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	own := strings.ReplaceAll(whole, "T-1", "T-2")
	set := Load([]Folder{
		{fstest.MapFS{"T-1.yaml": file(whole), "sub/T-2.yml": file(own), "readme.md": file("x")}, "builtin"},
		{fstest.MapFS{
			"change.yaml":  file("id: t-1\nseverity: low\nenabled: false\nknobs: {least: 3}\nexclude: [{User: a}, {User: [b, c]}]\nnote: why\n"),
			"replace.yaml": file(strings.Replace(own, "A rule", "Another", 1)),
			"lost.yaml":    file("id: T-9\nseverity: low\n"),
			"over.yaml":    file("id: T-2\nknobs: {least: 99}\n"),
			"broken.yaml":  file("id: T-3\ntitle: x\nquery: [\n"),
			"twice.yaml":   file(strings.ReplaceAll(own, "A rule", "Twice")),
		}, "mine"},
		{fstest.MapFS{}, "empty"},
	})
	var ids []string
	for _, r := range set.Rules {
		ids = append(ids, r.ID+" "+r.Title+" "+string(r.Severity)+" "+r.Source)
	}
	if d := cmp.Diff([]string{"T-1 A rule low builtin/T-1.yaml", "T-2 Another high mine/replace.yaml"}, ids); d != "" {
		t.Error(d)
	}
	var problems []string
	for _, p := range set.Problems {
		problems = append(problems, strings.SplitN(p.Error(), "\n", 2)[0])
	}
	for i, want := range []string{"mine/broken.yaml: ", "mine/twice.yaml: id T-2 is that of mine/replace.yaml", "mine/lost.yaml: there is no rule \"T-9\"", "mine/over.yaml: knob least: 99 is out of bounds"} {
		if i >= len(problems) || !strings.HasPrefix(problems[i], want) {
			t.Errorf("problem %d: %q, want %q", i, problems, want)
		}
	}
	r := set.Find("t-1")
	if r == nil || r.IsEnabled() || len(r.Exclude) != 2 || r.Exclude[1]["User"][1] != "c" {
		t.Fatalf("%+v", r)
	}
	if v, err := r.Values(nil); err != nil || v["least"] != int64(3) {
		t.Errorf("%v, %v", v, err)
	}
}
