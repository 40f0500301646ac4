package travel

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/geo"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
	"github.com/wholelog/wholelog/internal/query"
)

func is6(s SignIn) bool { return geo.Is6(s.IP) }

// Engine is impossible travel for rules.
type Engine struct{}

// Name is what rules call it.
func (Engine) Name() string { return "travel" }

// Run finds travel whose later sign-in is in the window. The input's rows are
// the sign-ins of the users that moved, as far back as the knob reach says.
func (Engine) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	k := row.Knobs(in.Knobs)
	ph := Physics{Speed: k.Real("speed_kmh", 900), MinKM: k.Real("min_km", 300), Reach: k.Span("reach", day), Slack: k.Span("slack", 5*time.Minute)}
	out := row.Table(outColumns...)
	list, err := read(in.Table)
	if err != nil {
		return nil, err
	}
	list = Collapse(list)
	pairs := Pairs(list, in.From, ph)
	if len(pairs) == 0 {
		return out, nil
	}
	h, err := history(ctx, in, pairs)
	if err != nil {
		return nil, err
	}
	lists, err := lists(ctx, in, pairs)
	if err != nil {
		return nil, err
	}
	for _, f := range Best(pairs, h, lists, int(k.Int("min_score", 45))) {
		if err := add(out, f, h, list); err != nil {
			return nil, fmt.Errorf("finding: %w", err)
		}
	}
	return out, nil
}

// Best judges pairs and leaves of each user and pair of countries the finding
// with the highest score, if that is high enough and nothing speaks against it.
func Best(pairs []Pair, h *History, l Lists, minScore int) []*Finding {
	best := map[string]*Finding{}
	var order []string
	for _, p := range pairs {
		f := Judge(p, h, l)
		if f.Suppressed() || f.Score < minScore {
			continue
		}
		k := p.B.User + "\x00" + countries(p)
		if best[k] == nil {
			order = append(order, k)
		}
		if best[k] == nil || f.Score > best[k].Score {
			best[k] = f
		}
	}
	out := make([]*Finding, len(order))
	for i, k := range order {
		out[i] = best[k]
	}
	return out
}

// countries names the pair without its order.
func countries(p Pair) string {
	c := []string{p.A.Country, p.B.Country}
	slices.Sort(c)
	return strings.Join(c, " - ")
}

// history asks for the days of the users in pairs and for who else uses their
// networks. All of it ends before the sign-ins that are compared began.
func history(ctx context.Context, in detect.Input, pairs []Pair) (*History, error) {
	h := &History{Until: in.From.Add(-day)}
	var users, asns, ips []string
	wanted := map[string]bool{}
	for _, p := range pairs {
		users = append(users, p.B.User)
		for _, s := range []SignIn{p.A, p.B} {
			asns, ips = append(asns, fmt.Sprint(s.ASN)), append(ips, s.IP)
			wanted[Network(s.IP, s.ASN, s.City, s.Country)] = true
		}
	}
	const done = `SigninLogs | where TimeGenerated < window_start - 1d and ResultType == "0" `
	err := row.Ask(ctx, in, done+`and UserId in ($list)
| summarize N = count(), First = min(TimeGenerated) by UserId, Day = bin(TimeGenerated, 1d), ASN = AutonomousSystemNumber, Country = Location, City = tostring(LocationDetails.city),
    DeviceId = tostring(DeviceDetail.deviceId), OS = tostring(DeviceDetail.operatingSystem), Browser = tostring(DeviceDetail.browser)`,
		users, []string{"UserId", "First", "N"}, func(r row.Reader, x query.Row) {
			h.Add(SignIn{User: r.Text(x, "UserId"), Time: r.Time(x, "First"), ASN: r.Int(x, "ASN"), Country: r.Text(x, "Country"), City: r.Text(x, "City"),
				Device: r.Text(x, "DeviceId"), OS: r.Text(x, "OS"), Browser: r.Text(x, "Browser")}, int(r.Int(x, "N")))
		})
	if err != nil {
		return nil, err
	}
	// A city behind a provider has too many addresses to list them all: those of
	// other networks than the pairs' are dropped as they come.
	err = row.Ask(ctx, in, done+`and AutonomousSystemNumber in ($list) and isnotempty(tostring(DeviceDetail.deviceId))
| summarize First = min(TimeGenerated), Last = max(TimeGenerated), Name = take_any(UserPrincipalName) by UserId, ASN = AutonomousSystemNumber, Country = Location, City = tostring(LocationDetails.city), IPAddress`,
		asns, []string{"UserId", "IPAddress", "First", "Last"}, func(r row.Reader, x query.Row) {
			n := Network(r.Text(x, "IPAddress"), r.Int(x, "ASN"), r.Text(x, "City"), r.Text(x, "Country"))
			if wanted[n] {
				first := r.Time(x, "First")
				h.AddEgress(n, r.Text(x, "UserId"), r.Text(x, "Name"), first, first.Unix()/86400, r.Time(x, "Last").Unix()/86400)
			}
		})
	if err != nil {
		return nil, err
	}
	// Who came over these addresses today with a device that they have had for
	// days: an intruder has no such device of anybody.
	err = row.Ask(ctx, in, `let here = SigninLogs | where TimeGenerated >= window_start - 1d and ResultType == "0" and IPAddress in ($list)
    | extend DeviceId = tostring(DeviceDetail.deviceId) | where isnotempty(DeviceId) | distinct IPAddress, UserId, DeviceId;
`+done+`and UserId in ((here | project UserId)) | extend DeviceId = tostring(DeviceDetail.deviceId)
| summarize Days = dcount(bin(TimeGenerated, 1d)) by UserId, DeviceId | where Days >= 2
| join kind=inner here on UserId, DeviceId | distinct IPAddress, UserId`, ips, []string{"IPAddress", "UserId"}, func(r row.Reader, x query.Row) {
		h.AddToday(r.Text(x, "IPAddress"), r.Text(x, "UserId"))
	})
	if err != nil {
		return nil, err
	}
	t, err := in.Query(ctx, `SigninLogs | where TimeGenerated < window_start - 7d | take 1 | project TimeGenerated`)
	if err != nil {
		return nil, fmt.Errorf("age of the records: %w", err)
	}
	h.Old = len(t.Rows) > 0
	return h, nil
}

func lists(ctx context.Context, in detect.Input, pairs []Pair) (l Lists, err error) {
	if l.Egress, err = row.Watchlist(ctx, in, "TrustedEgress"); err != nil {
		return l, err
	}
	if l.VIP, err = row.Watchlist(ctx, in, "VIPUsers"); err != nil {
		return l, err
	}
	l.Apps = row.NewList(row.Knobs(in.Knobs).List("sensitive_apps")...)
	var ips []string
	for _, p := range pairs {
		ips = append(ips, p.A.IP, p.B.IP)
	}
	l.Spraying = map[string]bool{}
	err = row.Ask(ctx, in, `SigninLogs | where TimeGenerated >= window_start - 1d and ResultType in ("50126", "50053", "50034", "50056") and IPAddress in ($list)
| summarize Users = dcount(UserId) by IPAddress | where Users >= 5`, ips, []string{"IPAddress"}, func(r row.Reader, x query.Row) { l.Spraying[r.Text(x, "IPAddress")] = true })
	return l, err
}
