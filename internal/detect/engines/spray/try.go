package spray

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/geo"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
	"github.com/wholelog/wholelog/internal/query"
)

// Try is what one user did from one address in the window.
type Try struct {
	IP, User, App, Country, Agent string
	ASN                           int64
	Tries                         int64 // with a wrong password, a locked or unknown account
	Valid                         int64 // at which the password was right, whatever came after
	In                            int64 // that gave a token
	Unknown, Locked, Legacy       int64
	First, Last                   time.Time
}

var tryColumns = []string{"IPAddress", "User", "ASN", "Tries", "PasswordValid", "SignedIn", "Unknown", "Locked", "Legacy", "StartTime", "EndTime"}

func readTries(t *detect.Table) ([]Try, error) {
	r, err := row.Read(t, tryColumns...)
	if err != nil {
		return nil, err
	}
	out := make([]Try, 0, len(t.Rows))
	for _, x := range t.Rows {
		out = append(out, Try{IP: r.Text(x, "IPAddress"), User: strings.ToLower(r.Text(x, "User")), ASN: r.Int(x, "ASN"), App: r.Text(x, "App"), Country: r.Text(x, "Country"), Agent: r.Text(x, "Agent"),
			Tries: r.Int(x, "Tries"), Valid: r.Int(x, "PasswordValid"), In: r.Int(x, "SignedIn"), Unknown: r.Int(x, "Unknown"), Locked: r.Int(x, "Locked"), Legacy: r.Int(x, "Legacy"),
			First: r.Time(x, "StartTime"), Last: r.Time(x, "EndTime")})
	}
	return out, nil
}

// Known tells which users signed in from a network before, by /24, /48 and ASN.
type Known map[string]map[string]bool

func (k Known) add(network, user string) {
	if k[network] == nil {
		k[network] = map[string]bool{}
	}
	k[network][strings.ToLower(user)] = true
}

// Has says whether the user signed in from the network of a source before.
func (k Known) Has(t Try) bool { return k[geo.Prefix(t.IP)][t.User] }

// known asks who of the users signed in from the networks before the window.
func known(ctx context.Context, in detect.Input, users []string) (Known, error) {
	out := Known{}
	err := row.Ask(ctx, in, `SigninLogs | where TimeGenerated < window_start and ResultType == "0" and tolower(UserPrincipalName) in ($list)
| summarize N = count() by User = tolower(UserPrincipalName), IPAddress, ASN = AutonomousSystemNumber`, users, []string{"User", "IPAddress"}, func(r row.Reader, x query.Row) {
		out.add(geo.Prefix(r.Text(x, "IPAddress")), r.Text(x, "User"))
		out.add("AS"+r.Text(x, "ASN"), r.Text(x, "User"))
	})
	return out, err
}

// distinct sorts and takes repeats out.
func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func head(list []string, n int) []string { return list[:min(len(list), n)] }
