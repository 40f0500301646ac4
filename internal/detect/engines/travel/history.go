package travel

import (
	"time"

	"github.com/wholelog/wholelog/internal/detect/engines/geo"
)

const day = 24 * time.Hour

// History is what the tenant did before the sign-ins that are judged. Nothing
// of the last day is in it but Today, which takes devices of earlier days: a
// sign-in can never vouch for itself, nor an attacker's first hour for the
// second.
type History struct {
	Until time.Time // end of the history
	Users map[string]*User
	// Egress counts who used a network with a registered device, by network.
	Egress map[string]*Users
	// Today has, by address, who used it on the day that is judged with a device
	// that they had on two days before. It is the one thing here of that day.
	Today map[string]map[string]bool
	// Old says that the tenant's records reach back longer than a week.
	Old bool
}

// User is how one user signed in.
type User struct {
	Logins    int
	First     time.Time
	Networks  map[int64]*Days // by ASN
	Countries map[string]*Days
	Devices   map[string]*Days
	Families  map[string]*Days
	Cities    map[string]*Days // "City, Country"
}

// Days are the days on which something was seen.
type Days struct {
	First      time.Time
	All        map[int64]bool
	Registered map[int64]bool // on which it came with a registered device
}

// Users are the users of a network, and the days.
type Users struct {
	First time.Time
	Days  map[int64]bool
	Users map[string]bool // ids
	Names map[string]bool
}

// Add counts n sign-ins like s on the day of its time.
func (h *History) Add(s SignIn, n int) {
	u := h.Users[s.User]
	if u == nil {
		u = &User{First: s.Time, Networks: map[int64]*Days{}, Countries: map[string]*Days{}, Devices: map[string]*Days{}, Families: map[string]*Days{}, Cities: map[string]*Days{}}
		if h.Users == nil {
			h.Users = map[string]*User{}
		}
		h.Users[s.User] = u
	}
	u.Logins += n
	if s.Time.Before(u.First) {
		u.First = s.Time
	}
	if s.ASN != 0 {
		note(u.Networks, s.ASN, s)
	}
	note(u.Countries, s.Country, s)
	note(u.Families, s.Family(), s)
	note(u.Cities, s.City+", "+s.Country, s)
	if s.Device != "" {
		note(u.Devices, s.Device, s)
	}
}

func note[K comparable](m map[K]*Days, k K, s SignIn) {
	d := m[k]
	if d == nil {
		d = &Days{First: s.Time, All: map[int64]bool{}, Registered: map[int64]bool{}}
		m[k] = d
	}
	if s.Time.Before(d.First) {
		d.First = s.Time
	}
	n := s.Time.Unix() / 86400
	d.All[n] = true
	if s.Device != "" {
		d.Registered[n] = true
	}
}

// AddEgress counts a user of a network who came with a registered device.
func (h *History) AddEgress(network, user, name string, first time.Time, days ...int64) {
	if h.Egress == nil {
		h.Egress = map[string]*Users{}
	}
	e := h.Egress[network]
	if e == nil {
		e = &Users{First: first, Days: map[int64]bool{}, Users: map[string]bool{}, Names: map[string]bool{}}
		h.Egress[network] = e
	}
	if first.Before(e.First) {
		e.First = first
	}
	for _, d := range days {
		e.Days[d] = true
	}
	e.Users[user], e.Names[name] = true, true
}

// AddToday counts a user of an address on the day that is judged.
func (h *History) AddToday(ip, user string) {
	if h.Today == nil {
		h.Today = map[string]map[string]bool{}
	}
	if h.Today[ip] == nil {
		h.Today[ip] = map[string]bool{}
	}
	h.Today[ip][user] = true
}

// shared says whether three others used an address today with devices of
// theirs: a way out that is new to the tenant, of which no day before knows.
func (h *History) shared(s SignIn) bool {
	n := len(h.Today[s.IP])
	if h.Today[s.IP][s.User] {
		n--
	}
	return n >= 3
}

// Network is what egress is learned by: the place of a provider where its
// addresses say nothing of people, else the address's own prefix, as a whole
// city behind one provider would hide too much.
func Network(ip string, asn int64, city, country string) string {
	if geo.ClassOf(asn).Placeless() {
		return asnPlace(asn, city, country)
	}
	return geo.Prefix(ip)
}

// learned says whether a network is known as a way out that many take: three
// users with registered devices, on two days, the first of them two days ago.
// A registered device is what an intruder lacks; so no intruder teaches it.
func (h *History) learned(s SignIn) (*Users, bool) {
	e := h.Egress[Network(s.IP, s.ASN, s.City, s.Country)]
	if e == nil {
		return nil, false
	}
	return e, len(e.Users) >= 3 && len(e.Days) >= 2 && h.Until.Sub(e.First) >= day
}

// familiar says whether the user knows a network: two days with a registered
// device, or three days in more than a week without one, so that an intruder
// who stays needs longer than it takes to be found.
func (u *User) familiar(asn int64, until time.Time) bool {
	if u == nil {
		return false
	}
	d := u.Networks[asn]
	return d != nil && (len(d.Registered) >= 2 || len(d.All) >= 3 && until.Sub(d.First) >= 7*day)
}

// settled says whether enough is known of a user to call anything new: ten
// sign-ins, or two weeks.
func (u *User) settled(until time.Time) bool {
	return u != nil && (u.Logins >= 10 || until.Sub(u.First) >= 14*day)
}
