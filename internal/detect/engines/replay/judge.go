package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/engines/geo"
)

// Use is one use of a session.
type Use struct {
	Time            time.Time `json:"time"`
	Session         string    `json:"-"`
	User            string    `json:"-"`
	UPN             string    `json:"-"`
	IP              string    `json:"ip"`
	ASN             int64     `json:"asn"`
	Class           geo.Class `json:"class"`
	Country         string    `json:"country"`
	City            string    `json:"city"`
	Place           geo.Place `json:"-"`
	Device          string    `json:"deviceId"`
	OS              string    `json:"os"`
	Browser         string    `json:"browser"`
	App             string    `json:"app"`
	Token           string    `json:"tokenId"`
	Interactive     bool      `json:"interactive"`
	FamiliarNetwork bool      `json:"networkFamiliar"` // the user came from it before
	Trusted         bool      `json:"trusted"`
}

// Part is one part of a score.
type Part struct {
	Name   string `json:"part"`
	Points int    `json:"points"`
}

// Verdict is one reason to leave a use out, and whether it holds.
type Verdict struct {
	Reason string `json:"reason"`
	Holds  bool   `json:"holds"`
}

// Finding is a session and the use of it that is unlike its owner's.
type Finding struct {
	Owner, Taken Use
	Uses         int
	Parts        []Part
	Suppressions []Verdict
	Score        int
}

// Judge weighs the uses of one session; nil if no use after from is unlike the
// others. Its first use stands for the owner, unless the owner's device is
// registered later on: who replays a session has no registered device, and a
// proxy between user and service may come first.
func Judge(uses []Use, from time.Time) *Finding {
	uses = slices.Clone(uses)
	slices.SortStableFunc(uses, func(a, b Use) int { return a.Time.Compare(b.Time) })
	owner := uses[0]
	if i := slices.IndexFunc(uses, func(u Use) bool { return u.Device != "" }); i > 0 {
		owner = uses[i]
	}
	var best *Finding
	for _, u := range uses {
		if later(u.Time, owner.Time).Before(from) {
			continue
		}
		if f := weigh(owner, u, uses); f != nil && (best == nil || f.Score > best.Score) {
			best = f
		}
	}
	return best
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func weigh(o, u Use, uses []Use) *Finding {
	device := o.Device != u.Device
	os := o.OS != "" && u.OS != "" && family(o.OS) != family(u.OS)
	browser := o.Browser != "" && u.Browser != "" && family(o.Browser) != family(u.Browser)
	f := &Finding{Owner: o, Taken: u, Uses: len(uses)}
	for _, v := range []Verdict{
		{"same network", o.ASN == u.ASN || o.IP == u.IP},
		{"trusted network", u.Trusted},
		{"same registered device", u.Device != "" && u.Device == o.Device},
		{"same device and software", !device && !os && !browser},
		{"familiar network and the same system", u.FamiliarNetwork && !os && o.Country == u.Country},
	} {
		f.Suppressions = append(f.Suppressions, v)
		if v.Holds {
			return nil
		}
	}
	part := func(name string, points int, holds bool) {
		if holds {
			f.Parts, f.Score = append(f.Parts, Part{name, points}), f.Score+points
		}
	}
	passed := u.Time.Sub(o.Time).Abs()
	km := geo.Between(o.Place, u.Place)
	part("another registered device", 30, device && u.Device != "" && o.Device != "")
	part("device no longer registered", 25, device && (u.Device == "" || o.Device == ""))
	part("another system", 25, os)
	part("another browser", 10, browser)
	part("another country", 20, o.Country != u.Country)
	part("too far for the time", 15, km > 300 && passed.Hours() < km/900)
	part("hosting or anonymiser", 15, u.Class.Anonymous())
	part("network new for the user", 15, !u.FamiliarNetwork)
	part("the owner went on meanwhile", 10, slices.ContainsFunc(uses, func(x Use) bool { return x.Time.After(u.Time) && x.IP == o.IP }))
	f.Score = min(f.Score, 100)
	return f
}

// family is a name without its version.
func family(s string) string {
	s = strings.ToLower(s)
	if i := strings.IndexAny(s, "0123456789"); i > 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

// Explain says in one line what is unlike.
func (f *Finding) Explain() string {
	var parts []string
	for _, p := range f.Parts {
		parts = append(parts, p.Name)
	}
	return fmt.Sprintf("%s after %s: %s", f.Taken.IP, f.Owner.IP, strings.Join(parts, ", "))
}
