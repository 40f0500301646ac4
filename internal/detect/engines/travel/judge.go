package travel

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/internal/detect/engines/geo"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
)

func asnPlace(asn int64, city, country string) string {
	return "AS" + strconv.FormatInt(asn, 10) + " " + city + ", " + country
}

// Lists is what the tenant says of its own networks, people and apps.
type Lists struct {
	Egress row.List // addresses and networks that are the tenant's own ways out
	VIP    row.List
	Apps   row.List // apps that matter more
	// Spraying are addresses that try many passwords at the time.
	Spraying map[string]bool
}

// Verdict is one reason to leave a pair out, and whether it holds.
type Verdict struct {
	Reason string `json:"reason"`
	Holds  bool   `json:"holds"`
	Why    string `json:"why,omitempty"`
}

// Part is one part of a score.
type Part struct {
	Name   string `json:"part"`
	Points int    `json:"points"`
}

// Finding is a pair and what was thought of it.
type Finding struct {
	Pair
	Stranger, Other SignIn // the side that is unlike the user, and the one it is compared with
	Suppressions    []Verdict
	Parts           []Part
	Score           int
	Learning        bool
	OthersThere     []string // names of other users of the stranger's network
}

// Suppressed says whether any reason to leave the pair out holds.
func (f *Finding) Suppressed() bool {
	return slices.ContainsFunc(f.Suppressions, func(v Verdict) bool { return v.Holds })
}

// Judge weighs a pair.
func Judge(p Pair, h *History, l Lists) *Finding {
	u := h.Users[p.B.User]
	f := &Finding{Pair: p, Stranger: p.B, Other: p.A}
	// The intruder may have come first.
	if unlike(u, p.A, h) > unlike(u, p.B, h) {
		f.Stranger, f.Other = p.A, p.B
	}
	s, o := f.Stranger, f.Other
	trusted := func(x SignIn) bool { return x.TrustedPlace || l.Egress.Has(x.IP) }
	away, learned := h.learned(s)
	_, otherLearned := h.learned(o)
	if away != nil {
		for n := range away.Names {
			if !strings.EqualFold(n, s.UPN) {
				f.OthersThere = append(f.OthersThere, n)
			}
		}
		slices.Sort(f.OthersThere)
		f.OthersThere = f.OthersThere[:min(len(f.OthersThere), 10)]
	}
	verdict := func(reason string, holds bool, why string) {
		f.Suppressions = append(f.Suppressions, Verdict{reason, holds, why})
	}
	verdict("trusted network", trusted(s), "the unlike side is on TrustedEgress or in a trusted named location")
	verdict("same registered device", s.Device != "" && s.Device == o.Device, "both sign-ins carry the same device id")
	verdict("known registered device", s.Device != "" && u != nil && u.Devices[s.Device] != nil && len(u.Devices[s.Device].All) >= 2, "the user had this device on two earlier days")
	verdict("same session", s.Session != "" && s.Session == o.Session, "a session that changes networks is a matter of token replay (WL-TOK-002)")
	verdict("learned egress", learned, "three users with registered devices used this network on two earlier days")
	verdict("new egress of many", h.shared(s), "three others came from this address within the day, on registered devices that they had before")
	verdict("both networks familiar", u.familiar(s.ASN, h.Until) && u.familiar(o.ASN, h.Until), "the user used both networks on earlier days")
	verdict("same carrier", s.ASN != 0 && s.ASN == o.ASN && (s.Class == "mobile" || is6(s) != is6(o)), "addresses of one mobile carrier, or an IPv4 and IPv6 pair of one provider")
	verdict("carrier of a country of the user's", s.Class == geo.Mobile && !newCountry(u, s), "a carrier sends its subscribers through any of its gateways, so that the address says the country at best, and the user was in that country before")
	f.Learning = !u.settled(h.Until) || !h.Old
	verdict("still learning", f.Learning && !(s.Class.Anonymous() && newCountry(u, s)), "under 10 sign-ins and 14 days of the user, or under 7 days of the tenant")

	// Where the other side is the tenant's own way out, the user need not be
	// there: the distance shows nothing. Then what is new must speak alone, and a
	// trip brings a new country, network and telephone too, so that one sign more
	// is wanted which a trip does not bring.
	out := trusted(o) || otherLearned
	matters := l.Apps.Has(s.App) || l.VIP.Has(s.UPN, s.User)
	verdict("the other side is a way out", out && !s.Class.Anonymous() && !matters && !l.Spraying[s.IP], "the user need not be where that network is, and nothing but a trip's own signs is new")

	part := func(name string, points int, holds bool) {
		if holds && points > 0 {
			f.Parts = append(f.Parts, Part{name, points})
			f.Score += points
		}
	}
	missing := 1 - float64(p.Passed())/float64(max(p.Needed, 1))
	part("time that is missing", int(40*missing+0.5), !out)
	part("new country", 15, newCountry(u, s))
	part("new network", 10, u == nil || u.Networks[s.ASN] == nil)
	part("hosting or anonymiser", 15, s.Class.Anonymous())
	part("device not registered", 10, s.Device == "")
	part("new software", 5, u == nil || u.Families[s.Family()] == nil)
	part("second factor remembered, not given", 10, strings.Contains(strings.ToLower(s.MFA), "satisfied by claim"))
	part("app or person that matters", 10, matters)
	part("address sprays passwords", 15, l.Spraying[s.IP])
	f.Score = min(f.Score, 100)
	return f
}

func newCountry(u *User, s SignIn) bool { return u == nil || u.Countries[s.Country] == nil }

// unlike counts in how many ways a sign-in is new for its user.
func unlike(u *User, s SignIn, h *History) int {
	n := 0
	if newCountry(u, s) {
		n += 3
	}
	if !u.familiar(s.ASN, h.Until) {
		n += 2
	}
	if s.Device == "" {
		n += 2
	}
	if u == nil || u.Families[s.Family()] == nil {
		n++
	}
	if s.Class.Anonymous() {
		n++
	}
	return n
}
