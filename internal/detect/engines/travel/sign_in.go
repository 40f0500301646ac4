package travel

import (
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/geo"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
)

// SignIn is one successful interactive sign-in.
type SignIn struct {
	Time         time.Time
	User, UPN    string // id and name
	IP           string
	ASN          int64 // 0 where the record names none
	Country      string
	City         string
	Place        geo.Place
	Class        geo.Class
	Device       string // id in the directory, "" for a device that is not registered
	DeviceName   string
	OS, Browser  string
	Agent        string
	App          string
	MFA          string // how it was satisfied
	CA           string // verdict of conditional access
	Session      string
	Token        string
	Request      string // that a chain of rows began with
	Correlation  string
	Compliant    bool
	TrustedPlace bool // a trusted named location of the tenant
}

// Family is the kind of software, without its version.
func (s SignIn) Family() string { return s.OS + "/" + word(s.Browser) }

func word(s string) string {
	for i, c := range s {
		if c >= '0' && c <= '9' {
			for i > 0 && s[i-1] == ' ' {
				i--
			}
			return s[:i]
		}
	}
	return s
}

var columns = []string{"TimeGenerated", "UserId", "UserPrincipalName", "IPAddress", "ASN", "Country", "City", "Lat", "Lon", "DeviceId", "DeviceName", "OS", "Browser",
	"UserAgent", "App", "MFA", "CA", "SessionId", "Token", "OriginalRequestId", "CorrelationId", "Compliant", "TrustedPlace"}

// read makes sign-ins of the rule's rows.
func read(t *detect.Table) ([]SignIn, error) {
	r, err := row.Read(t, columns...)
	if err != nil {
		return nil, err
	}
	out := make([]SignIn, 0, len(t.Rows))
	for _, x := range t.Rows {
		s := SignIn{Time: r.Time(x, "TimeGenerated"), User: r.Text(x, "UserId"), UPN: r.Text(x, "UserPrincipalName"), IP: r.Text(x, "IPAddress"), ASN: r.Int(x, "ASN"),
			Country: r.Text(x, "Country"), City: r.Text(x, "City"), Device: r.Text(x, "DeviceId"), DeviceName: r.Text(x, "DeviceName"), OS: r.Text(x, "OS"), Browser: r.Text(x, "Browser"),
			Agent: r.Text(x, "UserAgent"), App: r.Text(x, "App"), MFA: r.Text(x, "MFA"), CA: r.Text(x, "CA"), Session: r.Text(x, "SessionId"), Token: r.Text(x, "Token"),
			Request: r.Text(x, "OriginalRequestId"), Correlation: r.Text(x, "CorrelationId"), Compliant: r.Bool(x, "Compliant"), TrustedPlace: r.Bool(x, "TrustedPlace")}
		s.Class = geo.ClassOf(s.ASN)
		lat, ok1 := r.Float(x, "Lat")
		lon, ok2 := r.Float(x, "Lon")
		s.Place = geo.Locate(lat, lon, ok1 && ok2, s.Country, s.Class)
		out = append(out, s)
	}
	return out, nil
}

// Collapse sorts sign-ins by time and leaves one of each that has several rows:
// a sign-in with a second factor writes a row for each of its steps, and those
// share the request that they began with, or the correlation and the address.
// The last row stays, as only it knows the outcome of all steps.
func Collapse(list []SignIn) []SignIn {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b SignIn) int { return a.Time.Compare(b.Time) })
	seen := map[string]bool{}
	out := list[:0:0]
	for _, s := range slices.Backward(list) {
		again := false
		for _, k := range []string{"r\x00" + s.Request, "c\x00" + s.Correlation + "\x00" + s.IP} {
			if len(k) > 2 && k[2] != 0 {
				k = s.User + "\x00" + k
				again = again || seen[k]
				seen[k] = true
			}
		}
		if !again {
			out = append(out, s)
		}
	}
	slices.Reverse(out)
	return out
}
