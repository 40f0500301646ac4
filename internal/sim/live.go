package sim

import (
	"math"
	"sort"
	"time"
)

// LiveOptions say which tenant to make and how late its services are.
type LiveOptions struct {
	Users int
	Seed  uint64
	Start time.Time // midnight UTC of the tenant's first day
	// Graph is how late Microsoft Graph gives an event, Hub how late its
	// diagnostic record is delivered. Zero: DefaultLatency.
	Graph, Hub Latency
}

// Latency is the time from an event to when a service gives it: between Min
// and Max, and for a share of the events up to Tail.
type Latency struct {
	Min, Max time.Duration
	Share    float64 // of events in the tail
	Tail     time.Duration
}

// DefaultLatency follows what operators measured: minutes, and now and then
// most of a day.
var DefaultLatency = Latency{Min: 2 * time.Minute, Max: 10 * time.Minute, Share: 0.02, Tail: 24 * time.Hour}

func (l Latency) draw(seed uint64, path, id string) time.Duration {
	r := source(seed, "latency", path, id)
	if r.Float64() >= l.Share || l.Tail <= l.Max {
		return l.Min + time.Duration(r.Float64()*float64(l.Max-l.Min))
	}
	// Log-uniform: an hour is as likely as ten.
	low := max(float64(l.Max), float64(time.Second))
	return time.Duration(low * math.Pow(float64(l.Tail)/low, r.Float64()))
}

// Live is a tenant as time passes. It has the people of Run and, beyond what
// Run writes, risk of service principals and security alerts.
type Live struct {
	o     LiveOptions
	t     *tenant
	next  time.Time // day to be made next
	low   time.Time // what happened before it is no longer held
	queue []Event   // by time
}

// NewLive makes a tenant. The same options give the same events, whatever
// windows they are asked for in.
func NewLive(o LiveOptions) *Live {
	o.Start = o.Start.UTC().Truncate(24 * time.Hour)
	for _, l := range []*Latency{&o.Graph, &o.Hub} {
		if *l == (Latency{}) {
			*l = DefaultLatency
		}
	}
	l := &Live{o: o}
	l.reset()
	return l
}

func (l *Live) reset() {
	l.t = newTenant(Options{Users: max(1, l.o.Users), Seed: l.o.Seed, End: l.o.Start})
	l.next, l.low, l.queue = l.o.Start, l.o.Start, nil
}

// Tenant is the tenant's id.
func (l *Live) Tenant() string { return l.t.id }

// Events are those that happen in [from, to), by time, whether or not a
// service gives them yet. Asking forward is cheap; asking for what is past
// makes the tenant anew.
func (l *Live) Events(from, to time.Time) []Event {
	if from.Before(l.low) && l.low.After(l.o.Start) {
		l.reset()
	}
	if !to.After(from) || !to.After(l.o.Start) {
		return nil
	}
	l.make(to)
	l.drop(from)
	n := sort.Search(len(l.queue), func(i int) bool { return !l.queue[i].Time.Before(to) })
	return append([]Event(nil), l.queue[:n]...)
}

// Delivered are the events whose diagnostic records reach a hub or container
// in [from, to), in that order.
func (l *Live) Delivered(from, to time.Time) []Event {
	late := max(l.o.Hub.Max, l.o.Hub.Tail) + envelopeDelay
	var out []Event
	for _, e := range l.Events(from.Add(-late), to) {
		if e.Category != "" && !e.Delivered.Before(from) && e.Delivered.Before(to) {
			out = append(out, e)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Delivered.Before(out[j].Delivered) })
	return out
}

// drop lets go of what happened before a time.
func (l *Live) drop(before time.Time) {
	if before.After(l.low) {
		l.low = before
		n := sort.Search(len(l.queue), func(i int) bool { return !l.queue[i].Time.Before(before) })
		l.queue = l.queue[n:]
	}
}

// make makes the days up to a time. Events of a day can lie days later, such
// as risk that is found offline, but never before it.
func (l *Live) make(to time.Time) {
	made := false
	for ; l.next.Before(to); l.next = l.next.AddDate(0, 0, 1) {
		made = true
		emit := func(r record) { l.queue = append(l.queue, l.event(r)) }
		for _, p := range l.t.people {
			l.t.day(p, l.next, emit)
		}
		for _, s := range l.t.services {
			l.t.serviceDay(s, l.next, emit)
		}
		l.t.auditDay(l.next, emit)
		l.t.otherDay(l.next, emit)
		l.t.securityDay(l.next, emit)
	}
	if made {
		sort.SliceStable(l.queue, func(i, j int) bool { return l.queue[i].Time.Before(l.queue[j].Time) })
	}
}
