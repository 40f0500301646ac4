package detect_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/sync/errgroup"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

var noon = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)

// doubles is an engine that gives each user once with how many rows it saw now
// and before.
type doubles struct{}

func (doubles) Name() string { return "doubles" }

func (doubles) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	out := &detect.Table{Columns: []kql.Column{{Name: "Who", Type: kql.String}, {Name: "Now", Type: kql.Long}, {Name: "Ever", Type: kql.Long}}}
	for _, row := range in.Rows {
		ever, err := in.Query(ctx, fmt.Sprintf("SigninLogs | where UserPrincipalName == %q and window_start < window_end and least > 0 | count", in.Text(row, "UserPrincipalName")))
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, query.Row{in.Text(row, "UserPrincipalName"), row[in.Index("N")], ever.Rows[0][0]})
	}
	return out, nil
}

func runner(t *testing.T, events string) *ruletest.Runner {
	t.Helper()
	ctx := context.Background()
	r, err := ruletest.New(ctx, t.TempDir(), doubles{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	var list []rule.Event
	if err := yaml.Unmarshal([]byte(events), &list); err != nil {
		t.Fatal(err)
	}
	records, err := ruletest.Records(list, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Load(ctx, records); err != nil {
		t.Fatal(err)
	}
	return r
}

func parse(t *testing.T, more string) *rule.Rule {
	t.Helper()
	text := "id: T-1\ntitle: T\nseverity: low\ntables: [SigninLogs]\nevery: 10m\nwindow: 1h\n" + more
	r, err := rule.Parse([]byte(text), "t.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const three = `
- {base: signin, at: -5m, user: a@x.example, ip: 203.0.113.1, repeat: 3, every: 1m}
- {base: signin, at: -30m, user: b@x.example, ip: 203.0.113.2}
- {base: signin, at: -61m, user: c@x.example, ip: 203.0.113.3}
- {base: signin, at: 0s, user: d@x.example}
`

const byUser = `query: |
  SigninLogs
  | summarize N = count(), StartTime = min(TimeGenerated), EndTime = max(TimeGenerated), IPs = make_set(IPAddress) by UserPrincipalName
  | where N >= least
  | sort by UserPrincipalName asc
knobs: {least: {type: int, default: 1}}
entities:
  - {type: Account, fields: {FullName: UserPrincipalName}}
  - {type: IP, fields: {Address: IPs}}
alert: {title: "{{UserPrincipalName}} {{ N }} {{Nope}}"}
`

// titles runs a rule and joins the titles of its alerts.
func titles(t *testing.T, r *ruletest.Runner, ru *rule.Rule, end time.Time, knobs map[string]any) (string, *detect.Result) {
	t.Helper()
	res, err := r.RunWith(context.Background(), ru, end, knobs)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range res.Alerts {
		out = append(out, a.Title)
	}
	return strings.Join(out, "; "), res
}

// TestWindow shows what a run reads: from the window's start, inclusive, to its
// end, exclusive, and the lookback where there is one.
func TestWindow(t *testing.T) {
	r := runner(t, three)
	f := func(more string, end time.Time, want string) {
		t.Helper()
		if got, _ := titles(t, r, parse(t, more), end, nil); got != want {
			t.Errorf("%s at %s: %s, want %s", more, end, got, want)
		}
	}
	f(byUser, noon, "a@x.example 3 {{Nope}}; b@x.example 1 {{Nope}}")
	f(byUser, noon.Add(-time.Minute), "a@x.example 3 {{Nope}}; b@x.example 1 {{Nope}}; c@x.example 1 {{Nope}}")
	f(byUser, noon.Add(-3*time.Minute), "a@x.example 2 {{Nope}}; b@x.example 1 {{Nope}}; c@x.example 1 {{Nope}}")
	f(byUser, noon.Add(time.Second), "a@x.example 3 {{Nope}}; b@x.example 1 {{Nope}}; d@x.example 1 {{Nope}}")
	f("lookback: 2h\n"+byUser, noon, "a@x.example 3 {{Nope}}; b@x.example 1 {{Nope}}; c@x.example 1 {{Nope}}")
	f("lookback: 2h\nquery: |\n  let before = SigninLogs | where TimeGenerated < window_start | distinct IPAddress;\n  SigninLogs | where TimeGenerated >= window_start and IPAddress !in (before) | distinct UserPrincipalName | sort by UserPrincipalName asc\nalert: {title: '{{UserPrincipalName}}'}\n",
		noon, "a@x.example; b@x.example")
	f("query: SigninLogs | where TimeGenerated > ago(10m) | summarize N = count()\nalert: {title: '{{N}}'}\n", noon, "3")
	f("query: print W = (window_end - window_start) / 1m, E = now() - window_end\nalert: {title: '{{W}} {{E}}'}\n", noon, "60.0 00:00:00")
}

func TestAlert(t *testing.T) {
	r := runner(t, three)
	_, res := titles(t, r, parse(t, byUser), noon, nil)
	a := res.Alerts[0]
	if a.Severity != rule.Low || a.RowCount != 1 || a.Version != 1 || a.Rule != "T-1" || !strings.Contains(a.Query, "let least = 1;\nSigninLogs") {
		t.Errorf("%+v", a)
	}
	if from, to := noon.Add(-5*time.Minute), noon.Add(-3*time.Minute); !a.From.Equal(from) || !a.To.Equal(to) {
		t.Errorf("evidence from %s to %s, want %s to %s", a.From, a.To, from, to)
	}
	if got := fmt.Sprint(a.Entities); got != "[{Account map[FullName:a@x.example]} {IP map[Address:203.0.113.1]}]" {
		t.Error(got)
	}
	want := `{"UserPrincipalName":"a@x.example","N":3,"StartTime":"2026-06-17T11:55:00.0000000Z","EndTime":"2026-06-17T11:57:00.0000000Z","IPs":["203.0.113.1"]}`
	if string(a.Rows[0]) != want {
		t.Errorf("row %s\nwant %s", a.Rows[0], want)
	}
	if len(res.Scans) != 1 || res.Scans[0].Read != 1 || res.Matched != 2 {
		t.Errorf("%+v", res)
	}
}

// TestKeys shows that a key names the entities and nothing that changes from
// run to run.
func TestKeys(t *testing.T) {
	r := runner(t, three)
	key := func(more string, end time.Time) string {
		t.Helper()
		_, res := titles(t, r, parse(t, more), end, nil)
		return res.Alerts[0].Key
	}
	base := key(byUser, noon)
	for name, other := range map[string]string{
		"another window": key(byUser, noon.Add(-3*time.Minute)), "another version": key("version: 7\n"+byUser, noon),
		"lists in it": key(strings.Replace(byUser, "  - {type: IP, fields: {Address: IPs}}\n", "", 1), noon),
	} {
		if other != base {
			t.Errorf("%s gives another key", name)
		}
	}
	for name, other := range map[string]string{
		"another rule": func() string {
			ru := parse(t, byUser)
			ru.ID = "T-2"
			_, res := titles(t, r, ru, noon, nil)
			return res.Alerts[0].Key
		}(),
		"a column to suppress by": key("suppress: {by: [N]}\n"+byUser, noon),
	} {
		if other == base {
			t.Errorf("%s gives the same key", name)
		}
	}
	_, res := titles(t, r, parse(t, byUser), noon, nil)
	if res.Alerts[0].Key == res.Alerts[1].Key {
		t.Error("two users have one key")
	}
}

func TestGroupingAndTriggers(t *testing.T) {
	r := runner(t, three)
	const rows = "query: SigninLogs | project TimeGenerated, UserPrincipalName, IPAddress | sort by TimeGenerated asc\nentities: [{type: Account, fields: {FullName: UserPrincipalName}}]\nalert: {title: '{{UserPrincipalName}}'}\n"
	f := func(more, want string, counts ...int64) {
		t.Helper()
		got, res := titles(t, r, parse(t, more), noon, nil)
		if got != want {
			t.Errorf("%s: %s, want %s", more, got, want)
		}
		for i, n := range counts {
			if res.Alerts[i].RowCount != n {
				t.Errorf("%s: alert %d has %d rows, want %d", more, i, res.Alerts[i].RowCount, n)
			}
		}
	}
	f(rows, "b@x.example; a@x.example", 1, 3) // rows of one key are one alert
	f("alerts: single\n"+rows, "b@x.example, a@x.example", 4)
	f("suppress: {by: [TimeGenerated]}\n"+rows, "b@x.example; a@x.example; a@x.example; a@x.example")
	f("trigger: {op: gt, threshold: 4}\n"+rows, "")
	f("trigger: {op: eq, threshold: 4}\n"+rows, "b@x.example; a@x.example")
	f("trigger: {op: ne, threshold: 4}\n"+rows, "")
	f("trigger: {op: lt, threshold: 5}\n"+rows, "b@x.example; a@x.example")
	f("trigger: {op: eq, threshold: 0}\nquery: SigninLogs | where ResultType == '1'\nalert: {title: silence}\n", "silence", 0)
	f("exclude: [{UserPrincipalName: A@X.example, IPAddress: [203.0.113.1, 203.0.113.7]}]\n"+rows, "b@x.example")
	f("exclude: [{UserPrincipalName: a@x.example, IPAddress: 203.0.113.7}]\n"+rows, "b@x.example; a@x.example")
	_, err := r.Run(context.Background(), parse(t, "exclude: [{Nope: 1}]\n"+rows), noon)
	if err == nil || !strings.Contains(err.Error(), `exclude: the result has no column "Nope"`) {
		t.Error(err)
	}
}

// TestDetailsAndSeverity shows what columns give to an alert.
func TestDetailsAndSeverity(t *testing.T) {
	r := runner(t, three)
	ru := parse(t, `details: {Letters: L, User: U}
query: |
  datatable(U:string, S:string, L:dynamic, T:string) ["a", "High", dynamic(["x", "y"]), "", "a", "medium", dynamic(["y", "z"]), "Impact"]
entities: [{type: Account, fields: {FullName: U}}]
alert: {severity: S, tactics: T, title: "{{L}}"}
attack: {tactics: [Discovery]}
`)
	_, res := titles(t, r, ru, noon, nil)
	if len(res.Alerts) != 1 {
		t.Fatalf("%+v", res.Alerts)
	}
	a := res.Alerts[0]
	if got := fmt.Sprint(a.Title, "|", a.Details, "|", a.Severity, "|", a.Tactics); got != "x, y, z|map[Letters:x, y, z User:a]|high|[Impact]" {
		t.Error(got)
	}
	if !a.From.Equal(res.From) || !a.To.Equal(res.To) {
		t.Errorf("without a time the evidence is from %s to %s", a.From, a.To)
	}
}

func TestMoreAlertsThanOneRunRaises(t *testing.T) {
	r := runner(t, "[]")
	ru := parse(t, "query: range N from 1 to 200 step 1 | extend U = tostring(N)\nalert: {title: '{{U}}'}\n")
	_, res := titles(t, r, ru, noon, nil)
	if len(res.Alerts) != detect.MaxAlerts || !res.Limited || res.Matched != 200 {
		t.Fatalf("%d alerts of %d rows, limited %v", len(res.Alerts), res.Matched, res.Limited)
	}
	if last := res.Alerts[detect.MaxAlerts-1]; last.RowCount != 51 || len(last.Rows) != 51 || !strings.HasSuffix(last.Title, ", …") {
		t.Errorf("the last alert has %d rows: %s", last.RowCount, last.Title)
	}
}

func TestEngine(t *testing.T) {
	r := runner(t, three)
	ru := parse(t, "lookback: 1d\nengine: doubles\nquery: SigninLogs | where TimeGenerated >= window_start | summarize N = count() by UserPrincipalName | sort by UserPrincipalName asc\nknobs: {least: {type: int, default: 1}}\nalert: {title: '{{Who}} {{Now}} {{Ever}}'}\n")
	if got, _ := titles(t, r, ru, noon, nil); got != "a@x.example 3 3; b@x.example 1 1" {
		t.Error(got)
	}
	if err := r.Check(context.Background(), ru, noon); err != nil {
		t.Error(err)
	}
	ru.Engine = "triples"
	if err := r.Check(context.Background(), ru, noon); err == nil || !strings.Contains(err.Error(), `no engine "triples"; there are: doubles`) {
		t.Error(err)
	}
}

// TestCheck has what only the catalogue tells.
func TestCheck(t *testing.T) {
	r := runner(t, "[]")
	f := func(more, words string) {
		t.Helper()
		err := r.Check(context.Background(), parse(t, more), noon)
		if (words == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", more, err, words)
		}
	}
	f(byUser, `alert.title: the query gives no column "Nope"`)
	f(strings.Replace(byUser, " {{Nope}}", "", 1), "")
	f("query: AuditLogs | take 1\n", "tables: [SigninLogs], but the query reads [AuditLogs]")
	f("query: |\n  SigninLogs\n  | where Nope == 1\n", `query: 2:9: KQL100`)
	f("query: SigninLogs | project A = 1\nsuppress: {by: [B]}\n", `suppress.by: the query gives no column "B"`)
	f("imported: sentinel\nquery: SigninLogs | project A = 1\ndetails: {x: B}\n", "")
}

// TestNotices names what a run could not read.
func TestNotices(t *testing.T) {
	r := runner(t, three)
	_, res := titles(t, r, parse(t, "query: union SigninLogs, AuditLogs | where Identity in ((_GetWatchlist('VIP') | project SearchKey))\n"), noon, nil)
	if got := strings.Join(res.Notices, "; "); got != "no watchlist VIP; AuditLogs has no rows" {
		t.Error(got)
	}
}

// TestRunsAtTheSameTime evaluates rules over one store at once: each gives what
// it gives alone.
func TestRunsAtTheSameTime(t *testing.T) {
	r := runner(t, three)
	var g errgroup.Group
	for i := range 16 {
		ru := parse(t, byUser)
		least, want := i%3+1, []string{"a@x.example 3 {{Nope}}; b@x.example 1 {{Nope}}", "a@x.example 3 {{Nope}}", "a@x.example 3 {{Nope}}"}[i%3]
		g.Go(func() error {
			res, err := r.RunWith(context.Background(), ru, noon, map[string]any{"least": least})
			if err != nil {
				return err
			}
			var got []string
			for _, a := range res.Alerts {
				got = append(got, a.Title)
			}
			if s := strings.Join(got, "; "); s != want {
				return fmt.Errorf("least %d: %s, want %s", least, s, want)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
