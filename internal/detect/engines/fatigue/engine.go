package fatigue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
	"github.com/wholelog/wholelog/internal/query"
)

// Engine is requests until the user gives in, for rules. With the knob
// approval, only bursts that an approval ended are found.
type Engine struct{}

// Name is what rules call it.
func (Engine) Name() string { return "fatigue" }

var inColumns = []string{"TimeGenerated", "UserId", "UserPrincipalName", "IPAddress", "Country", "DeviceId", "Software", "App", "ASN", "Denied", "Approved", "OriginalRequestId", "Result"}

var outColumns = []string{"StartTime:datetime", "EndTime:datetime", "UserPrincipalName", "UserId", "Refused:long", "IPs:dynamic", "Countries:dynamic", "Apps:dynamic",
	"ApprovedFrom", "ApprovedApp", "Unfamiliar:bool", "Severity", "Explanation", "Evidence:dynamic"}

// Run finds bursts that end in the window.
func (Engine) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	k := row.Knobs(in.Knobs)
	r, err := row.Read(in.Table, inColumns...)
	if err != nil {
		return nil, err
	}
	var events []Event
	seen := map[string]bool{}
	for _, x := range in.Rows {
		e := Event{Time: r.Time(x, "TimeGenerated"), User: r.Text(x, "UserId"), UPN: r.Text(x, "UserPrincipalName"), IP: r.Text(x, "IPAddress"), Country: r.Text(x, "Country"), Device: r.Text(x, "DeviceId"),
			Software: r.Text(x, "Software"), App: r.Text(x, "App"), ASN: r.Int(x, "ASN"), Denied: r.Bool(x, "Denied"), Approved: r.Bool(x, "Approved"), Request: r.Text(x, "OriginalRequestId"), Result: r.Text(x, "Result")}
		// A sign-in has several rows; a request of one outcome counts once.
		if id := fmt.Sprint(e.User, "\x00", e.Request, "\x00", e.Denied); e.Request != "" && seen[id] {
			continue
		} else {
			seen[id] = true
		}
		events = append(events, e)
	}
	wanted := k.Bool("approval", false)
	var bursts []Burst
	var users []string
	for _, b := range Bursts(events, int(k.Int("min_refused", 5)), k.Span("within", 10*time.Minute), k.Span("grace", 15*time.Minute)) {
		end := b.Denied[len(b.Denied)-1].Time
		if b.Approval != nil {
			end = later(end, b.Approval.Time)
		}
		if end.Before(in.From) || wanted && b.Approval == nil {
			continue
		}
		bursts, users = append(bursts, b), append(users, b.Denied[0].User)
	}
	h, err := history(ctx, in, users)
	if err != nil {
		return nil, err
	}
	out := row.Table(outColumns...)
	for _, b := range bursts {
		if err := add(out, b, h[b.Denied[0].User], wanted, k.Bool("require_unfamiliar", true)); err != nil {
			return nil, fmt.Errorf("burst: %w", err)
		}
	}
	return out, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// past is where a user signed in before the day of the burst.
type past struct {
	ips, devices, software map[string]bool // software without its version
	asns                   map[int64]bool
}

func history(ctx context.Context, in detect.Input, users []string) (map[string]*past, error) {
	out := map[string]*past{}
	err := row.Ask(ctx, in, `SigninLogs | where TimeGenerated < window_start - 1d and ResultType == "0" and UserId in ($list)
| summarize N = count() by UserId, IPAddress, ASN = AutonomousSystemNumber, DeviceId = tostring(DeviceDetail.deviceId),
    Software = strcat(tostring(DeviceDetail.operatingSystem), " ", tostring(DeviceDetail.browser))`, users, []string{"UserId", "IPAddress", "ASN", "DeviceId", "Software"}, func(r row.Reader, x query.Row) {
		u := r.Text(x, "UserId")
		p := out[u]
		if p == nil {
			p = &past{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[int64]bool{}}
			out[u] = p
		}
		p.ips[r.Text(x, "IPAddress")], p.asns[r.Int(x, "ASN")] = true, true
		p.software[family(r.Text(x, "Software"))] = true
		if d := r.Text(x, "DeviceId"); d != "" {
			p.devices[d] = true
		}
	})
	return out, err
}

// family is software without the numbers of its versions, which change by
// themselves.
func family(software string) string {
	return strings.Join(strings.FieldsFunc(software, func(c rune) bool { return c >= '0' && c <= '9' || c == '.' || c == ' ' }), " ")
}

// unfamiliar says why an approval does not look like the user's own, "" if it
// does: on a device of theirs, or without a device from an address of theirs, or
// from a provider of theirs with software of theirs. A provider alone says
// little: addresses of it are for rent in every city.
func (p *past) unfamiliar(e Event) string {
	switch {
	case p == nil:
		return "the user has no earlier sign-in"
	case e.Device != "" && p.devices[e.Device]:
		return ""
	case e.Device != "":
		return "a device that the user did not have before"
	case p.ips[e.IP]:
		return ""
	case p.asns[e.ASN] && e.ASN != 0 && p.software[family(e.Software)]:
		return ""
	case p.asns[e.ASN] && e.ASN != 0:
		return "an address and software that the user did not have before, on a device that is not registered"
	}
	return "an address and a network that the user did not have before, on a device that is not registered"
}

func add(t *detect.Table, b Burst, p *past, wanted, require bool) error {
	first, last := b.Denied[0], b.Denied[len(b.Denied)-1]
	var ips, countries, apps []string
	put := func(list *[]string, v string) {
		if v != "" && !slices.Contains(*list, v) && len(*list) < 20 {
			*list = append(*list, v)
		}
	}
	for _, e := range b.Denied {
		put(&ips, e.IP)
		put(&countries, e.Country)
		put(&apps, e.App)
	}
	sev, why, from, app, end := "high", "", "", "", last.Time
	text := fmt.Sprintf("%d requests refused in %s", len(b.Denied), last.Time.Sub(first.Time).Round(time.Second))
	if a := b.Approval; a != nil {
		why = p.unfamiliar(*a)
		if wanted && require && why == "" {
			return nil
		}
		if why != "" {
			sev = "critical"
		}
		put(&ips, a.IP)
		put(&countries, a.Country)
		from, app, end = a.IP, a.App, later(end, a.Time)
		text += fmt.Sprintf("; then one approved from %s", a.IP)
		if why != "" {
			text += ", " + why
		}
	}
	return row.Add(t, first.Time, end, last.UPN, last.User, len(b.Denied), ips, countries, apps, from, app, why != "", sev, text, map[string]any{"refused": b.Denied, "approval": b.Approval, "unfamiliar": why})
}
