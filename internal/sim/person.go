package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// pattern is where somebody usually works.
type pattern uint8

const (
	atOffice pattern = iota
	hybrid
	remote
	shifts
)

type person struct {
	named
	upn, department string
	pattern         pattern
	home            place
	office          int    // index into offices
	homeIP          string // changes when the provider wants it to
	start           float64
	rate            float64 // sessions per working day
	devices         []device
	admin, guest    bool
	travels         bool
	breakGlass      bool // an account for emergencies: not used
	trip            trip
	where           network // of the last session
	r               *rand.Rand
}

type device struct {
	id, name, trust string
	agent           int
	managed         bool
	mfaUntil        time.Time // the second factor is remembered until then
}

// trip is a stay in another city.
type trip struct {
	number    int
	to        place
	from, to2 time.Time // when the flights there and back begin
}

// network is how a session reaches the internet.
type network uint8

const (
	homeNet network = iota
	officeNet
	mobileNet
	vpnNet
	hotelNet
)

func (t *tenant) makePerson(i, n int) *person {
	r := source(t.seed, "person", fmt.Sprint(i))
	given, family := givenNames[r.IntN(len(givenNames))], familyNames[r.IntN(len(familyNames))]
	p := &person{
		named: named{guid(r), given + " " + family},
		upn:   strings.ToLower(fmt.Sprintf("%s.%s%d@%s", given, family, i, t.domain)), department: departments[r.IntN(len(departments))],
		office: zipf(r, len(offices)), pattern: []pattern{atOffice, hybrid, hybrid, remote, shifts}[r.IntN(5)],
		start: 7 + 2.5*r.Float64(), rate: sessionsPerDay * (0.4 + 1.2*r.Float64()),
		admin: i < max(2, n/60), guest: i%13 == 12, travels: r.IntN(5) == 0, r: r,
	}
	p.home = places[offices[p.office].place]
	if p.admin { // administrators are members, by day
		if p.guest = false; p.pattern == shifts {
			p.pattern = hybrid
		}
	}
	if p.pattern == remote {
		p.home = places[zipf(r, len(places))]
	}
	if p.guest {
		p.upn = strings.ToLower(fmt.Sprintf("%s.%s%d@partner.example", given, family, i))
		p.pattern, p.home = remote, places[zipf(r, len(places))]
	}
	if p.pattern == shifts {
		p.start = []float64{5, 13, 21}[r.IntN(3)] + r.Float64()
	}
	p.moveIn()
	p.devices = makeDevices(p, r)
	for i := range p.devices { // the second factor was given at some time before
		p.devices[i].mfaUntil = t.start.Add(hours(24 * mfaPeriod * r.Float64()))
	}
	return p
}

// makeDevices gives somebody one to four devices: a managed computer unless
// they are a guest, a phone, and what else they own.
func makeDevices(p *person, r *rand.Rand) []device {
	var out []device
	if !p.guest {
		d := device{id: guid(r), name: fmt.Sprintf("DESKTOP-%06X", r.IntN(1<<24)), trust: "Azure AD joined", agent: r.IntN(firstPhone), managed: true}
		if d.agent == 2 {
			d.name, d.trust = fmt.Sprintf("MAC-%06X", r.IntN(1<<24)), "Azure AD registered"
		}
		out = append(out, d)
	}
	if p.guest || r.IntN(3) > 0 {
		d := device{agent: firstPhone + r.IntN(len(agents)-firstPhone)}
		if r.IntN(2) == 0 && !p.guest {
			d.id, d.name, d.trust, d.managed = guid(r), "Phone of "+strings.Fields(p.name)[0], "Azure AD registered", true
		}
		out = append(out, d)
	}
	if r.IntN(3) == 0 {
		out = append(out, device{agent: r.IntN(firstPhone)})
	}
	return out
}

// moveIn draws the address that the provider at home gives.
func (p *person) moveIn() {
	r := p.r
	if p.home.net6 != "" && r.IntN(4) == 0 {
		p.homeIP = fmt.Sprintf("%s:%x:%x:%x:%x:%x:%x", p.home.net6, r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), 1+r.IntN(1<<16-1))
		return
	}
	p.homeIP = fmt.Sprintf("%s.%d.%d", p.home.net, r.IntN(256), 1+r.IntN(254))
}

// sessions draws how many sessions a day has: a negative binomial, because
// days differ more than chance alone would make them.
func (p *person) sessions(day time.Time) int {
	mean := p.rate
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	switch {
	case p.breakGlass:
		return 0
	case weekend && p.pattern != shifts:
		mean /= 8
	case p.guest:
		mean /= 3
	}
	const k = 3
	gamma := 0.0
	for range k {
		gamma -= math.Log(1 - p.r.Float64())
	}
	return poisson(p.r, mean*gamma/k)
}

func poisson(r *rand.Rand, mean float64) int {
	n, limit := 0, math.Exp(-mean)
	for x := r.Float64(); x > limit; x *= r.Float64() {
		n++
	}
	return n
}

// hour draws when in the day a session begins: mostly at the start of work and
// after lunch, now and then in the evening.
func (p *person) hour() float64 {
	r := p.r
	h := p.start
	switch x := r.Float64(); {
	case x < 0.4:
		h += 0.4 * r.NormFloat64()
	case x < 0.6:
		h += 5 + 0.5*r.NormFloat64()
	case x < 0.93:
		h += 9 * r.Float64()
	default:
		h += 11 + 2*r.Float64()
	}
	return math.Mod(h+24, 24)
}

// move begins and ends trips; it is called once a day.
func (p *person) move(day time.Time) {
	r := p.r
	if r.Float64() < homeRelease {
		p.moveIn()
	}
	if !p.travels || day.Before(p.trip.to2.AddDate(0, 0, 2)) || r.Float64() >= tripsPerMonth*5/30 {
		return
	}
	to := places[r.IntN(len(places))]
	if to.city == p.home.city {
		return
	}
	from := day.Add(time.Duration((6 + 8*r.Float64()) * float64(time.Hour)))
	stay := time.Duration((0.5 - tripDays*math.Log(1-r.Float64())) * 24 * float64(time.Hour))
	p.trip = trip{p.trip.number + 1, to, from, from.Add(min(stay, 14*24*time.Hour))}
}

// locate says where somebody is at a time; not ok while on the way.
func (p *person) locate(at time.Time) (where place, away, ok bool) {
	flight := time.Duration(flightHours * float64(time.Hour))
	switch {
	case p.trip.number == 0 || at.Before(p.trip.from) || at.After(p.trip.to2.Add(flight)):
		return p.home, false, true
	case at.Before(p.trip.from.Add(flight)) || at.After(p.trip.to2):
		return p.home, false, false
	}
	return p.trip.to, true, true
}

// connect chooses the network of a session: mostly the one before (a Markov
// chain), else by pattern, place and device.
func (p *person) connect(dev device, away bool) network {
	r := p.r
	phone := dev.agent >= firstPhone
	switch {
	case away && phone && r.Float64() < 0.4:
		p.where = mobileNet
	case away && dev.managed && r.Float64() < 2*vpnShare:
		p.where = vpnNet
	case away:
		p.where = hotelNet
	case p.where != hotelNet && (p.where == mobileNet) == phone && r.Float64() < 0.5:
	case phone && r.Float64() < 0.5:
		p.where = mobileNet
	case p.pattern == atOffice && r.Float64() < 0.85, p.pattern == hybrid && r.Float64() < 0.5:
		p.where = officeNet
	case dev.managed && r.Float64() < vpnShare:
		p.where = vpnNet
	default:
		p.where = homeNet
	}
	return p.where
}

// address gives a session's address, the network's number and the place that a
// geolocation provider has for it.
func (p *person) address(n network, at place) (ip string, asn int, seen place) {
	r := p.r
	switch n {
	case officeNet, vpnNet:
		o := offices[p.office]
		return o.ip, o.asn, places[o.place]
	case mobileNet:
		seen = at
		if r.Float64() < mobileAstray {
			for _, other := range places {
				if other.country == at.country {
					seen = other
				}
			}
		}
		return fmt.Sprintf("%s.%d.%d", at.mobile, r.IntN(256), 1+r.IntN(254)), at.mobileASN, seen
	case hotelNet:
		return fmt.Sprintf("%s.%d.%d", at.net, 200+r.IntN(20), 1+r.IntN(254)), at.asn, at
	}
	return p.homeIP, at.asn, at
}
