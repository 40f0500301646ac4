package attack

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// stage is where one campaign plays: it makes records and their labels.
type stage struct {
	*world
	r         *rand.Rand
	level     Level
	now       time.Time // goes on with wait
	kind, id  string
	technique string // of the step that is played
	benign    bool
	deck      *deck
	records   []Record
	labels    []Label
	gaps      []gap
}

// gap is a stretch for which records of a category are missing; "" is all.
type gap struct {
	category string
	from, to time.Time
}

// deck deals accounts, so that campaigns have different victims while there
// are enough people.
type deck struct {
	people []*person
	next   int
}

func (d *deck) deal() *person {
	p := d.people[d.next%len(d.people)]
	d.next++
	return p
}

// some draws n different people, as many as there are.
func (s *stage) some(n int) []*person {
	order := s.r.Perm(len(s.people))
	out := make([]*person, 0, n)
	for _, i := range order[:min(n, len(order))] {
		out = append(out, s.people[i])
	}
	return out
}

// office is the network of the busiest office; of a tenant without one, an
// address of its own near somebody's home.
func (s *stage) office() network {
	if len(s.offices) > 0 {
		return s.offices[0]
	}
	return near(s.r, s.people[0].home)
}

// withDevice draws people who use a registered device, as many as there are.
func (s *stage) withDevice(n int) []*person {
	var out []*person
	for _, p := range s.some(len(s.people)) {
		if p.managed && len(out) < n {
			out = append(out, p)
		}
	}
	return out
}

func (s *stage) admin() *person { return s.admins[s.r.IntN(len(s.admins))] }

// wait lets d pass, give or take a third.
func (s *stage) wait(d time.Duration) {
	s.now = s.now.Add(time.Duration(float64(d) * (0.67 + 0.66*s.r.Float64()))).Truncate(100)
}

// put keeps a record and labels it.
func (s *stage) put(t tree, id, actor, victim string) {
	s.records = append(s.records, Record{s.now, t.encode()})
	s.mark(id, actor, victim)
}

func (s *stage) mark(id, actor, victim string) {
	l := Label{ID: id, Campaign: s.id, Kind: s.kind, Step: len(s.labels) + 1, Technique: s.technique, Actor: actor, Victim: victim, Time: stamp(s.now), Benign: s.benign}
	if s.benign {
		l.Technique = ""
	} else {
		l.Level = s.level.String()
	}
	s.labels = append(s.labels, l)
}

// envelope gives a record its times; the envelope's is when it was emitted.
func (s *stage) envelope(t tree) {
	t.set("time", stamp(s.now.Add(30*time.Second+time.Duration(s.r.IntN(600))*time.Second)))
}

func (s *stage) token() string { return fmt.Sprintf("%016x%06x", s.r.Uint64(), s.r.IntN(1<<24)) }
