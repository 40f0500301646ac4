package bench

import (
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/rules"
	"github.com/wholelog/wholelog/internal/sim/attack"
)

// finders are rules that must find the easy campaign of a kind.
var finders = map[string]string{
	"spray_single": "WL-CRED-001",
	"fatigue":      "WL-MFA-001",
	"pim":          "WL-PRV-001",
	"sp_secret":    "WL-APP-010",
	"breakglass":   "WL-PRV-014",
}

func setting(t *testing.T, name string, value int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return value
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s=%q: want a number", name, s)
	}
	return n
}

// TestRules runs the rules of the binary over a few small tenants with easy
// campaigns. WHOLELOG_BENCH_SEEDS makes it the measurement of `make
// bench-detect`: that many tenants, all levels and confusers.
func TestRules(t *testing.T) {
	set := rule.Load([]rule.Folder{rules.Folder()})
	seeds := setting(t, "WHOLELOG_BENCH_SEEDS", 0)
	o := Options{Seeds: 2, Users: 60, Days: 7, Judged: 1, Levels: []attack.Level{attack.Easy}, Rules: set.Rules, Engines: rules.Engines(), Dir: t.TempDir()}
	if only := os.Getenv("WHOLELOG_BENCH_RULES"); only != "" {
		o.Rules = nil
		for _, r := range set.Rules {
			if strings.Contains(","+only+",", ","+r.ID+",") {
				o.Rules = append(o.Rules, r)
			}
		}
	}
	if seeds > 0 {
		o.Seeds, o.Levels = seeds, attack.Levels()
		o.Users, o.Days, o.Judged = setting(t, "WHOLELOG_BENCH_USERS", 120), setting(t, "WHOLELOG_BENCH_DAYS", 36), setting(t, "WHOLELOG_BENCH_JUDGED", 4)
		o.First = uint64(setting(t, "WHOLELOG_BENCH_FIRST", 0))
		if kinds := os.Getenv("WHOLELOG_BENCH_KINDS"); kinds != "" {
			o.Only = strings.Split(kinds, ",")
		}
		if text, ok := os.LookupEnv("WHOLELOG_BENCH_LEVELS"); ok { // "none": no attacks
			o.Levels = nil
			for l := range strings.SplitSeq(text, ",") {
				if level, ok := attack.ParseLevel(l); ok {
					o.Levels = append(o.Levels, level)
				}
			}
		}
		o.NoConfusers = setting(t, "WHOLELOG_BENCH_CONFUSERS", 1) == 0
		o.Near = setting(t, "WHOLELOG_BENCH_NEAR", 0) > 0
		o.Progress = func(done, total int) { t.Logf("tenant %d of %d", done, total) }
	} else {
		for kind := range finders {
			o.Only = append(o.Only, kind)
		}
		for _, c := range attack.Campaigns() {
			if c.Benign {
				o.Only = append(o.Only, c.Kind)
			}
		}
		var few []*rule.Rule
		for _, r := range o.Rules {
			for _, id := range finders {
				if r.ID == id {
					few = append(few, r)
				}
			}
		}
		o.Rules = few
	}
	o.Group = func(ctx context.Context, list []Finding) ([]int, error) { return incidents(ctx, t.TempDir(), list) }
	rep, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := rep.Print(&b); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", b.String())
	for _, p := range rep.Problems() {
		t.Errorf("rule %s", p)
	}
	for _, r := range o.Rules {
		for kind, id := range finders {
			played := slices.Contains(o.Levels, attack.Easy) && (len(o.Only) == 0 || slices.Contains(o.Only, kind))
			if r.ID == id && played && rep.FoundBy(id, kind, attack.Easy) != o.Seeds {
				t.Errorf("%s found the easy %s in %d of %d tenants", id, kind, rep.FoundBy(id, kind, attack.Easy), o.Seeds)
			}
		}
	}
}

func TestIntervals(t *testing.T) {
	s := Share{}
	for i := range 20 {
		s.add(i%2, 1)
	}
	if low, high := s.Interval(); low < 0.2 || low > 0.4 || high < 0.6 || high > 0.8 || s.Value() != 0.5 {
		t.Errorf("half of 20: %v in [%v, %v]", s.Value(), low, high)
	}
	all := Share{Found: []int{20}, All: []int{20}}
	if low, high := all.Interval(); math.Abs(low-0.84) > 0.01 || high != 1 {
		t.Errorf("20 of 20: [%v, %v], want Wilson's [0.84, 1]", low, high)
	}
	none := Rate{Counts: []int{0, 0}, Exposure: []float64{1, 2}}
	if low, high := none.Interval(); low != 0 || high != 1 {
		t.Errorf("none in 3: [%v, %v], want [0, 1]", low, high)
	}
	r := Rate{}
	for i := range 10 {
		r.add(i%3, 2)
	}
	if low, high := r.Interval(); r.Value() != 0.45 || low <= 0 || low >= 0.45 || high <= 0.45 || high >= 1 {
		t.Errorf("rate %v in [%v, %v]", r.Value(), low, high)
	}
}

// TestMatch takes an alert for a campaign's only if time and entity fit.
func TestMatch(t *testing.T) {
	at := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	label := attack.Label{ID: "x", Campaign: "brute-easy", Kind: "brute", Level: "easy", Technique: "T1110.001", Actor: "203.0.113.9", Victim: "Ben@contoso.example", Time: at.Format(time.RFC3339Nano)}
	c := campaigns([]attack.Label{label})[0]
	alert := func(from time.Time, kind string, fields map[string]string) detect.Alert {
		return detect.Alert{From: from, To: from.Add(10 * time.Minute), Techniques: []string{"T1110"}, Entities: []detect.Entity{{Type: kind, Fields: fields}}}
	}
	for name, f := range map[string]struct {
		alert detect.Alert
		want  bool
	}{
		"its victim":        {alert(at.Add(-time.Minute), "Account", map[string]string{"FullName": "BEN@contoso.example"}), true},
		"in two fields":     {alert(at.Add(-time.Minute), "Account", map[string]string{"Name": "ben", "UPNSuffix": "contoso.example"}), true},
		"its address":       {alert(at.Add(4*time.Minute), "IP", map[string]string{"Address": "203.0.113.9"}), true},
		"another user":      {alert(at, "Account", map[string]string{"FullName": "eve@contoso.example"}), false},
		"the day before":    {alert(at.AddDate(0, 0, -1), "IP", map[string]string{"Address": "203.0.113.9"}), false},
		"an hour afterward": {alert(at.Add(time.Hour), "IP", map[string]string{"Address": "203.0.113.9"}), false},
	} {
		if _, got := c.has(f.alert, names(f.alert)); got != f.want {
			t.Errorf("%s: %v, want %v", name, got, f.want)
		}
	}
	other := alert(at, "Account", map[string]string{"FullName": "ben@contoso.example"})
	other.Entities = append(other.Entities, detect.Entity{Type: "IP", Fields: map[string]string{"Address": "198.51.100.7"}})
	if got, _ := c.has(other, names(other)); got {
		t.Error("an alert about another address counts")
	}
	for name, f := range map[string]struct {
		techniques, tactics []string
		want                bool
	}{
		"the technique":              {[]string{"T1110.001"}, nil, true},
		"another part of its parent": {[]string{"T1110.003"}, nil, true},
		"its tactic":                 {[]string{"T1621"}, []string{"CredentialAccess"}, true},
		"something else":             {[]string{"T1098"}, []string{"Persistence"}, false},
		"nothing":                    {nil, nil, false},
	} {
		a := alert(at, "IP", map[string]string{"Address": "203.0.113.9"})
		a.Techniques, a.Tactics = f.techniques, f.tactics
		if touches, got := c.has(a, names(a)); !touches || got != f.want {
			t.Errorf("an alert that names %s: touches %v, finds %v, want %v", name, touches, got, f.want)
		}
	}
	label.ID, label.Actor, label.Victim, label.Technique = "", "", "SignInLogs", "T1562.008"
	silence := campaigns([]attack.Label{label})[0]
	a := detect.Alert{From: at, To: at.Add(2 * time.Hour), Techniques: []string{"T1562.008"}}
	if _, got := silence.has(a, names(a)); !got {
		t.Error("silence is not told by its technique")
	}
	a.Techniques = nil
	if got, _ := silence.has(a, names(a)); got {
		t.Error("any alert tells of silence")
	}
}
