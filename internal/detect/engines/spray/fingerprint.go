package spray

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

// Fingerprint finds a spray from many addresses by the software that it shares.
type Fingerprint struct{}

// Name is what rules call it.
func (Fingerprint) Name() string { return "spray-fingerprint" }

// shared is what failed with one fingerprint.
type shared struct {
	name        string
	users       map[string]int64 // tries
	ips         map[string]bool
	tries       int64
	first, last time.Time
}

// fires says whether a fingerprint sprays: many users from many addresses, about
// one address for each user, more than three times what the busiest day of its
// past had, and no user with half of all failures.
func (s *shared) fires(minUsers, minIPs int, low, high float64, busiest int64) bool {
	u, n := float64(len(s.users)), float64(max(len(s.ips), 1))
	for _, t := range s.users {
		if 2*t > s.tries {
			return false
		}
	}
	return len(s.users) >= minUsers && len(s.ips) >= minIPs && u/n >= low && u/n <= high && int64(len(s.users)) > 3*busiest
}

var fingerprintColumns = []string{"StartTime:datetime", "EndTime:datetime", "Fingerprint", "UsersTried:long", "Addresses:long", "Tries:long", "BusiestDay:long", "Users:dynamic", "Guessed:dynamic", "IPs:dynamic",
	"Severity", "Explanation", "Evidence:dynamic"}

// Run finds fingerprints that spray. The input has a row for each fingerprint,
// user and address; Fingerprint is the text that history is asked by.
func (Fingerprint) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	r, err := row.Read(in.Table, "Fingerprint", "User", "IPAddress", "Tries", "StartTime", "EndTime")
	if err != nil {
		return nil, err
	}
	k := row.Knobs(in.Knobs)
	minUsers, minIPs := int(k.Int("min_users", 20)), int(k.Int("min_ips", 20))
	low, high := k.Real("min_ratio", 0.7), k.Real("max_ratio", 1.5)
	all := map[string]*shared{}
	for _, x := range in.Rows {
		n := r.Text(x, "Fingerprint")
		s := all[n]
		if s == nil {
			s = &shared{name: n, users: map[string]int64{}, ips: map[string]bool{}, first: r.Time(x, "StartTime")}
			all[n] = s
		}
		t := r.Int(x, "Tries")
		s.users[strings.ToLower(r.Text(x, "User"))] += t
		s.tries, s.ips[r.Text(x, "IPAddress")] = s.tries+t, true
		if f := r.Time(x, "StartTime"); f.Before(s.first) {
			s.first = f
		}
		if l := r.Time(x, "EndTime"); l.After(s.last) {
			s.last = l
		}
	}
	var names []string
	for n, s := range all {
		if s.last.Before(in.From) || !s.fires(minUsers, minIPs, low, high, 0) {
			continue
		}
		names = append(names, n)
	}
	slices.Sort(names)
	busiest := map[string]int64{}
	err = row.Ask(ctx, in, `union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs
| where TimeGenerated < window_start - 1d and ResultType in ("50126", "50053", "50034", "50056")
| extend Fingerprint = strcat(UserAgent, " | ", AppDisplayName, " | ", ClientAppUsed, " | ", ResultType) | where Fingerprint in ($list)
| summarize Users = dcount(UserPrincipalName) by Fingerprint, Day = bin(TimeGenerated, 1d) | summarize Busiest = max(Users) by Fingerprint`, names, []string{"Fingerprint", "Busiest"}, func(r row.Reader, x query.Row) {
		busiest[r.Text(x, "Fingerprint")] = r.Int(x, "Busiest")
	})
	if err != nil {
		return nil, err
	}
	out := row.Table(fingerprintColumns...)
	for _, n := range names {
		s := all[n]
		if !s.fires(minUsers, minIPs, low, high, busiest[n]) {
			continue
		}
		if err := s.add(ctx, in, out, busiest[n]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *shared) add(ctx context.Context, in detect.Input, out *detect.Table, busiest int64) error {
	var users, ips []string
	for u := range s.users {
		users = append(users, u)
	}
	for ip := range s.ips {
		ips = append(ips, ip)
	}
	users, ips = distinct(users), distinct(ips)
	// Whose password one of the addresses got right, among those tried.
	var guessed []string
	err := row.Ask(ctx, in, `union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs
| where TimeGenerated >= window_start - 1d and IPAddress in ($list) and ResultType in ("0", "50055", "50057", "50072", "50074", "50076", "50079", "50158", "53000", "53001", "53003", "50105", "50133", "50005", "50129", "50155", "50173", "500121")
| summarize N = count() by User = tolower(UserPrincipalName), IPAddress`, ips, []string{"User"}, func(r row.Reader, x query.Row) { guessed = append(guessed, r.Text(x, "User")) })
	if err != nil {
		return err
	}
	guessed = distinct(guessed)
	sev, text := "high", fmt.Sprintf("%d users from %d addresses with the same software; at most %d users on any earlier day", len(users), len(ips), busiest)
	if len(guessed) > 0 {
		sev, text = "critical", text+fmt.Sprintf("; %d had the right password", len(guessed))
	}
	ev := map[string]any{"attempted": head(users, 200), "passwordValid": guessed, "addresses": head(ips, 200)}
	return row.Add(out, s.first, s.last, s.name, len(users), len(ips), s.tries, busiest, head(users, 50), head(guessed, 50), head(ips, 50), sev, text, ev)
}
