package sim

import (
	"sort"
	"time"
)

// Feed hands the events of a live tenant out once each, in the order in which
// they are due on one path. It owns its tenant: Live is for one reader.
type Feed struct {
	live *Live
	due  func(*Event) time.Time
	fed  time.Time // what happened before it is handed out or waits
	wait []waiting // by due
}

type waiting struct {
	due time.Time
	Event
}

// step bounds what is made at a time: a long history is not held at once.
const step = 6 * time.Hour

// NewFeed makes a feed of what happens from a time on. due says when a path
// gives an event, which is never before it happens; zero: never.
func NewFeed(o LiveOptions, from time.Time, due func(*Event) time.Time) *Feed {
	return &Feed{live: NewLive(o), due: due, fed: from.UTC()}
}

// Delivered is when a hub or container gets an event's diagnostic record.
func Delivered(e *Event) time.Time {
	if e.Category == "" {
		return time.Time{}
	}
	return e.Delivered
}

// DeliveredEntra is Delivered without cluster requests: for a tenant whose
// cluster delivers its audit log itself. By Azure and by the API server a
// request has different identities, so one tenant has it by one of them.
func DeliveredEntra(e *Event) time.Time {
	if e.Audit() != nil {
		return time.Time{}
	}
	return Delivered(e)
}

// Next are further events that are due by now, and whether there are more:
// of a long history each call gives a part.
func (f *Feed) Next(now time.Time) (events []Event, more bool) {
	to := now.UTC()
	if limit := f.fed.Add(step); to.After(limit) {
		to, more = limit, true
	}
	if to.After(f.fed) {
		for _, e := range f.live.Events(f.fed, to) {
			if at := f.due(&e); !at.IsZero() {
				f.wait = append(f.wait, waiting{at, e})
			}
		}
		f.fed = to
		sort.SliceStable(f.wait, func(i, j int) bool { return f.wait[i].due.Before(f.wait[j].due) })
	}
	// What happens later is due later: up to here nothing can come before.
	n := sort.Search(len(f.wait), func(i int) bool { return !f.wait[i].due.Before(to) })
	for _, w := range f.wait[:n] {
		events = append(events, w.Event)
	}
	f.wait = append([]waiting(nil), f.wait[n:]...)
	return events, more
}
