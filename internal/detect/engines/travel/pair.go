package travel

import (
	"time"

	"github.com/wholelog/wholelog/internal/detect/engines/geo"
)

// Physics is what bounds travel.
type Physics struct {
	Speed float64       // km/h, of an aeroplane
	MinKM float64       // least distance, circles of error taken off
	Reach time.Duration // how far back a sign-in is compared
	Slack time.Duration // what clocks and delivery may be off
}

// anchors is how many earlier places of a user a sign-in is compared with.
const anchors = 8

// Pair is two sign-ins of a user that physics forbids; A is the earlier one, or
// of the same time.
type Pair struct {
	A, B   SignIn
	KM     float64 // least distance
	Needed time.Duration
}

// Passed is the time between the sign-ins.
func (p Pair) Passed() time.Duration { return p.B.Time.Sub(p.A.Time) }

// Needed is the least time for a distance in km: flight at the speed, and an
// hour for the airports where nobody drives any more.
func Needed(km, speed float64) time.Duration {
	h := km / speed
	if km > 500 {
		h++
	}
	return time.Duration(h * float64(time.Hour))
}

// Pairs are those whose later sign-in is not before from. The list is as
// Collapse gives it. A pair without any time between its sign-ins counts like
// any other: nothing here divides by time.
func Pairs(list []SignIn, from time.Time, ph Physics) []Pair {
	var out []Pair
	byUser := map[string][]SignIn{}
	for _, b := range list {
		earlier := byUser[b.User]
		byUser[b.User] = append(earlier, b)
		if b.Time.Before(from) {
			continue
		}
		seen := map[string]bool{}
		for i := len(earlier) - 1; i >= 0 && len(seen) < anchors; i-- {
			a := earlier[i]
			passed := b.Time.Sub(a.Time)
			if passed > ph.Reach {
				break
			}
			// Only the latest sign-in from a network and device says anything new.
			k := geo.Prefix(a.IP) + "\x00" + a.Device + "\x00" + a.Family() + "\x00" + a.Session
			if seen[k] || a.IP == b.IP {
				continue
			}
			seen[k] = true
			km := geo.Between(a.Place, b.Place)
			if need := Needed(km, ph.Speed); km >= ph.MinKM && passed+ph.Slack < need {
				out = append(out, Pair{a, b, km, need})
			}
		}
	}
	return out
}
