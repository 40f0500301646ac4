package spray

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
	"github.com/wholelog/wholelog/internal/query"
)

// Slow finds a day on which more users failed from a provider, or with a piece
// of software, than chance explains.
type Slow struct{}

// Name is what rules call it.
func (Slow) Name() string { return "spray-slow" }

// quiet is the mean that a series without any event is given: half an event in
// all of its days would be too little, and none would forbid every event.
const quiet = 0.5

// Tail is the chance of k or more events on a day of a series. Where days
// differ by more than chance alone (a Poisson distribution) makes them, the
// negative binomial distribution of the same mean and variance is taken.
func Tail(k int, series []float64) (p, mean float64) {
	for _, v := range series {
		mean += v
	}
	mean = max(mean/float64(max(len(series), 1)), quiet)
	variance := 0.0
	for _, v := range series {
		variance += (v - mean) * (v - mean)
	}
	variance /= float64(max(len(series)-1, 1))
	log := func(i int) float64 {
		lg, _ := math.Lgamma(float64(i) + 1)
		return float64(i)*math.Log(mean) - mean - lg
	}
	if variance > mean*1.05 {
		r := mean * mean / (variance - mean)
		q := r / (r + mean)
		lr, _ := math.Lgamma(r)
		log = func(i int) float64 {
			a, _ := math.Lgamma(r + float64(i))
			b, _ := math.Lgamma(float64(i) + 1)
			return a - b - lr + r*math.Log(q) + float64(i)*math.Log1p(-q)
		}
	}
	// Summed upwards from k, as one less a sum near one has no digits left.
	for i := k; i < k+100_000; i++ {
		t := math.Exp(log(i))
		p += t
		if float64(i) > mean && t < p*1e-12 {
			break
		}
	}
	return min(p, 1), mean
}

var slowColumns = []string{"StartTime:datetime", "EndTime:datetime", "SourceKind", "Source", "UsersTried:long", "UsualUsers:real", "Chance:real", "Users:dynamic", "IPs:dynamic", "Severity", "Explanation", "Evidence:dynamic"}

// Run judges the window, of a day, against the days before. The input has a row
// for each source: its kind and name, and the users that failed there.
func (Slow) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	r, err := row.Read(in.Table, "SourceKind", "Source", "Users", "IPs", "Tries", "StartTime", "EndTime")
	if err != nil {
		return nil, err
	}
	k := row.Knobs(in.Knobs)
	floor, chance, days := int(k.Int("min_users", 10)), k.Real("chance", 1e-4), int(k.Int("days", 27))
	var all []string
	for _, x := range in.Rows {
		for _, u := range r.List(x, "Users") {
			u, _ := pair(u)
			all = append(all, u)
		}
	}
	who, err := known(ctx, in, all)
	if err != nil {
		return nil, err
	}
	// At home, a wrong password is a slip.
	strangers := func(x query.Row) (tried []string) {
		kind, name := r.Text(x, "SourceKind"), r.Text(x, "Source")
		for _, u := range r.List(x, "Users") {
			u, asn := pair(u)
			switch {
			case kind == "provider" && who["AS"+name][u], kind == "app" && (asn == "" || who["AS"+asn][u]):
			default:
				tried = append(tried, u)
			}
		}
		return distinct(tried)
	}
	names := map[string][]string{}
	for _, x := range in.Rows {
		if len(strangers(x)) >= floor {
			names[r.Text(x, "SourceKind")] = append(names[r.Text(x, "SourceKind")], r.Text(x, "Source"))
		}
	}
	series, err := past(ctx, in, names, days)
	if err != nil {
		return nil, err
	}
	out := row.Table(slowColumns...)
	// What a provider or software shows already, an app only repeats.
	slices.SortStableFunc(in.Rows, func(a, b query.Row) int {
		return strings.Compare(r.Text(b, "SourceKind"), r.Text(a, "SourceKind"))
	})
	shown := map[string]bool{}
	for _, x := range in.Rows {
		kind, name := r.Text(x, "SourceKind"), r.Text(x, "Source")
		tried, tries := strangers(x), r.Int(x, "Tries")
		if len(tried) < floor || float64(tries) > k.Real("max_tries_per_user", 5)*float64(len(r.List(x, "Users"))) {
			continue
		}
		s := series[kind+"\x00"+name]
		if s == nil {
			s = make([]float64, days)
		}
		p, mean := Tail(len(tried), s)
		if p >= chance {
			continue
		}
		if again := slices.DeleteFunc(slices.Clone(tried), func(u string) bool { return !shown[u] }); kind == "app" && 3*len(again) > 2*len(tried) {
			continue
		}
		for _, u := range tried {
			shown[u] = true
		}
		text := fmt.Sprintf("%d users failed in a day, %.1f do usually: the chance of that is %.1g", len(tried), mean, p)
		ev := map[string]any{"attempted": head(tried, 200), "usersByDayBefore": s, "tries": tries}
		if err := row.Add(out, r.Time(x, "StartTime"), r.Time(x, "EndTime"), kind, name, len(tried), mean, p, head(tried, 50), r.List(x, "IPs"), "medium", text, ev); err != nil {
			return nil, fmt.Errorf("finding: %w", err)
		}
	}
	return out, nil
}

// pair takes a user of an app's row apart: there they stand with the provider
// that they failed from, "ben@contoso.example AS64500".
func pair(u string) (user, asn string) {
	user, asn, _ = strings.Cut(strings.ToLower(u), " as")
	return user, asn
}

// past is how many users failed on each of the days before, by source. Of an
// app, only those who failed from a provider that they never got in from.
func past(ctx context.Context, in detect.Input, names map[string][]string, days int) (map[string][]float64, error) {
	out := map[string][]float64{}
	for kind, list := range names {
		column := "AutonomousSystemNumber"
		only := ""
		switch kind {
		case "software":
			column = `strcat(UserAgent, " | ", AppDisplayName, " | ", ClientAppUsed)`
		case "app":
			column = `strcat(AppDisplayName, " | ", ClientAppUsed)`
			only = `
| join kind=leftanti (SigninLogs | where TimeGenerated < window_start and ResultType == "0" | distinct UserPrincipalName, AutonomousSystemNumber) on UserPrincipalName, AutonomousSystemNumber`
		}
		err := row.Ask(ctx, in, `union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs
| where TimeGenerated < window_start and ResultType in ("50126", "50053", "50034", "50056") | extend Source = `+column+` | where Source in ($list)`+only+`
| summarize Users = dcount(UserPrincipalName) by Source, Ago = tolong((window_start - TimeGenerated) / 1d)`, list, []string{"Source", "Ago", "Users"}, func(r row.Reader, x query.Row) {
			k := kind + "\x00" + r.Text(x, "Source")
			if out[k] == nil {
				out[k] = make([]float64, days)
			}
			if d := r.Int(x, "Ago"); d >= 0 && d < int64(days) {
				out[k][d] = float64(r.Int(x, "Users"))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
