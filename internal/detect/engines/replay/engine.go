package replay

import (
	"context"
	"fmt"
	"slices"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/geo"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
	"github.com/wholelog/wholelog/internal/query"
)

// Engine is the replay of sessions, for rules.
type Engine struct{}

// Name is what rules call it.
func (Engine) Name() string { return "replay" }

var inColumns = []string{"TimeGenerated", "SessionId", "UserId", "UserPrincipalName", "IPAddress", "ASN", "Country", "City", "Lat", "Lon", "DeviceId", "OS", "Browser", "App", "Token", "Interactive"}

var outColumns = []string{"StartTime:datetime", "EndTime:datetime", "UserPrincipalName", "UserId", "SessionId", "IPAddress", "OwnerIPAddress", "Country", "OwnerCountry", "App", "Severity", "Score:long", "Explanation", "Evidence:dynamic"}

// Run finds sessions that were used in the window by another than their owner.
// The input has the uses of sessions that several networks used.
func (Engine) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	r, err := row.Read(in.Table, inColumns...)
	if err != nil {
		return nil, err
	}
	out := row.Table(outColumns...)
	if len(in.Rows) == 0 {
		return out, nil
	}
	trusted, err := row.Watchlist(ctx, in, "TrustedEgress")
	if err != nil {
		return nil, err
	}
	sessions := map[string][]Use{}
	var order, users []string
	for _, x := range in.Rows {
		u := Use{Time: r.Time(x, "TimeGenerated"), Session: r.Text(x, "SessionId"), User: r.Text(x, "UserId"), UPN: r.Text(x, "UserPrincipalName"), IP: r.Text(x, "IPAddress"), ASN: r.Int(x, "ASN"),
			Country: r.Text(x, "Country"), City: r.Text(x, "City"), Device: r.Text(x, "DeviceId"), OS: r.Text(x, "OS"), Browser: r.Text(x, "Browser"), App: r.Text(x, "App"), Token: r.Text(x, "Token"),
			Interactive: r.Bool(x, "Interactive")}
		u.Class, u.Trusted = geo.ClassOf(u.ASN), trusted.Has(u.IP)
		lat, ok1 := r.Float(x, "Lat")
		lon, ok2 := r.Float(x, "Lon")
		u.Place = geo.Locate(lat, lon, ok1 && ok2, u.Country, u.Class)
		k := u.User + "\x00" + u.Session
		if sessions[k] == nil {
			order = append(order, k)
		}
		sessions[k] = append(sessions[k], u)
	}
	slices.Sort(order)
	for _, k := range order {
		if Judge(sessions[k], in.From) != nil { // with every network new: at least as many as with history
			users = append(users, sessions[k][0].User)
		}
	}
	known := map[string]bool{}
	err = row.Ask(ctx, in, `SigninLogs | where TimeGenerated < window_start - 1d and ResultType == "0" and UserId in ($list)
| summarize Days = dcount(bin(TimeGenerated, 1d)) by UserId, ASN = AutonomousSystemNumber | where Days >= 2`, users, []string{"UserId", "ASN"}, func(r row.Reader, x query.Row) {
		known[fmt.Sprint(r.Text(x, "UserId"), "\x00", r.Int(x, "ASN"))] = true
	})
	if err != nil {
		return nil, err
	}
	minScore := int(row.Knobs(in.Knobs).Int("min_score", 45))
	for _, k := range order {
		uses := sessions[k]
		for i := range uses {
			uses[i].FamiliarNetwork = known[fmt.Sprint(uses[i].User, "\x00", uses[i].ASN)]
		}
		f := Judge(uses, in.From)
		if f == nil || f.Score < minScore {
			continue
		}
		if err := f.add(out, uses); err != nil {
			return nil, fmt.Errorf("finding: %w", err)
		}
	}
	return out, nil
}

func (f *Finding) add(t *detect.Table, uses []Use) error {
	first, last := f.Owner.Time, later(f.Owner.Time, f.Taken.Time)
	if f.Taken.Time.Before(first) {
		first = f.Taken.Time
	}
	sev := "medium"
	if f.Score >= 70 {
		sev = "high"
	}
	slices.SortStableFunc(uses, func(a, b Use) int { return a.Time.Compare(b.Time) })
	ev := map[string]any{"owner": f.Owner, "taken": f.Taken, "score": f.Parts, "suppressions": f.Suppressions, "uses": uses[:min(len(uses), 50)]}
	return row.Add(t, first, last, f.Taken.UPN, f.Taken.User, f.Taken.Session, f.Taken.IP, f.Owner.IP, f.Taken.Country, f.Owner.Country, f.Taken.App, sev, f.Score, f.Explain(), ev)
}
