package eventhub

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/wholelog/wholelog/internal/source"
)

// position is where the fetching of a partition begins.
type position struct {
	offset int64
	check  bool // the message there is the last that was read, and is compared with its mark
}

// place compares the cursor with what the hub holds now, says what has become
// of the hub, and gives the offsets to fetch from.
func (r *run) place() (map[int32]position, error) {
	st, v := r.st, r.v
	if len(st.Parts) == 0 && st.Gone == nil && r.fresh {
		if err := r.start(); err != nil {
			return nil, err
		}
		r.fresh = false
	}
	if r.behind() && !r.doubt {
		// The end can lie too early for a moment when another broker takes a
		// partition over.
		r.doubt = true
		return nil, &lookError{kerr.OffsetNotAvailable}
	}
	r.doubt = false
	if why := r.another(); why != "" {
		if err := r.renew(why); err != nil {
			return nil, err
		}
	}
	if st.Topic == "" {
		st.Topic = v.topic
	}
	grown := len(st.Parts) > 0
	out := map[int32]position{}
	for _, p := range slices.Sorted(maps.Keys(v.parts)) {
		e, at := v.parts[p], st.Parts[p]
		if at == nil {
			if grown {
				r.note(source.Info, Partitions, fmt.Sprint(v.count), "the hub has %d partitions now: those that are new are read from their start", v.count)
			}
			at = &place{next: -1}
			st.Parts[p] = at
		}
		if at.next > e.end {
			// The hub is the same, so its newest messages were lost by the service,
			// and others may have taken their offsets.
			r.note(source.Warning, Truncated, r.minute(p), "partition %d ends before what was read from it: it is read again from its start, and what is there already is kept once", p)
			*at = place{next: -1}
		}
		if at.next >= 0 && e.start == e.end && at.next < e.start {
			// Nothing will come soon that shows by its time until when messages are lost.
			r.lost(p, at, e.start, millis(r.s.o.Now().UnixMilli()), true)
			at.next, at.good = e.start, false
		}
		switch {
		case at.next < 0:
			out[p] = position{offset: e.start}
		case at.good && at.next > e.start:
			out[p] = position{at.next - 1, true}
		default:
			out[p] = position{offset: max(at.next, e.start)}
		}
	}
	return out, r.flush()
}

// behind reports whether a partition of the hub ends before what was read from
// it.
func (r *run) behind() bool {
	for p, e := range r.v.parts {
		if at := r.st.Parts[p]; at != nil && at.next > e.end {
			return true
		}
	}
	return false
}

// start chooses where a source without a cursor begins, and keeps that: else a
// source that is stopped before its first message would begin later than it
// would have.
func (r *run) start() error {
	var committed map[int32]int64
	if r.s.o.Begin == Committed {
		var err error
		if committed, err = r.committed(); err != nil {
			return &lookError{err}
		}
	}
	for p, e := range r.v.parts {
		at := &place{next: e.start}
		if r.s.o.Begin == Latest {
			at.next = e.end
		}
		if c, ok := committed[p]; ok && c <= e.end {
			at.next = c
		}
		r.st.Parts[p] = at
	}
	r.st.Topic = r.v.topic
	return r.give()
}

// lookError is a failure of a request, as against one of yield.
type lookError struct{ err error }

func (e *lookError) Error() string { return e.err.Error() }
func (e *lookError) Unwrap() error { return e.err }

// another says why the hub must be another one than the cursor's; "" if it may
// be the same.
func (r *run) another() string {
	st, v := r.st, r.v
	if ns := r.s.namespace(); ns != "" && st.Namespace != ns {
		old := st.Namespace
		st.Namespace = ns
		if old != "" && len(st.Parts) > 0 {
			return "the cursor is of namespace " + old
		}
	}
	if st.Topic != "" && v.topic != "" {
		if st.Topic != v.topic {
			return "its id has changed"
		}
		return ""
	}
	for p := range st.Parts {
		if p >= v.count {
			return "it has fewer partitions"
		}
	}
	if r.behind() {
		return "it ends before what was read"
	}
	return ""
}

func (s *Source) namespace() string {
	if !s.azure {
		return ""
	}
	return s.o.Namespace
}

// renew takes the hub for a new one: all of its partitions are read from their
// start, also those in which offsets happen to fit.
func (r *run) renew(why string) error {
	r.note(source.Warning, Recreated, r.minute(0), "the hub was deleted and created anew (%s): it is read from its beginning. What the old one held beyond the last message read cannot be had any more; how much that was is not known", why)
	r.st.forget()
	r.st.Topic = r.v.topic
	return r.give()
}

// found states what was lost with the old hub, now that the first message of
// the new one shows when that began.
func (r *run) found(at millis) {
	g := r.st.Gone
	if g == nil {
		return
	}
	r.st.Gone = nil
	r.missing(g.From, at, g.Tables, "the hub was deleted and created anew: what the old one held beyond the last message read is gone; how much it was is not known, and events delivered late can lie before this span")
}

// lost states that offsets of a partition hold no message: expired if they lie
// before its start.
func (r *run) lost(p int32, at *place, next int64, until millis, expired bool) {
	n := next - at.next
	if !expired {
		r.gaps[p] += n
		r.note(source.Warning, OffsetGap, fmt.Sprint(p), "partition %d has no message at %d offsets from %d on (%d in all so far): if the hub is compacted, this is as it should be; otherwise the service has lost them", p, n, at.next, r.gaps[p])
		return
	}
	r.note(source.Warning, Expired, fmt.Sprintf("%d from %d", p, at.next), "partition %d no longer holds %d messages that were not read yet: they were older than the hub's retention. Raise the retention, and do not stop for longer than it lasts", p, n)
	if at.good {
		r.missing(at.at, until, r.st.Tables, fmt.Sprintf("%d messages of partition %d were older than the hub's retention; how many records of which tables they held is not known, and events delivered late can lie before this span", n, p))
	}
}

// late is how long before its message an event is taken to have happened at
// most, where a table's last event does not show it.
const late = 24 * time.Hour

// missing claims that a span could not be had, for each table that the hub has
// carried. Events happen before they are put into the hub, so those of lost
// messages happened before until; the last event read of a table shows how much
// earlier than from they may have.
func (r *run) missing(from, until millis, tables map[string]millis, reason string) {
	for _, t := range slices.Sorted(maps.Keys(tables)) {
		first := from
		if last := tables[t]; last < from && from.time().Sub(last.time()) < late {
			first = last
		}
		if from <= 0 || until <= first {
			continue
		}
		r.page.Claims = append(r.page.Claims, source.Claim{Kind: source.Missing, Path: r.s.name, Tenant: r.s.o.Tenant, Table: t, From: first.time(), To: until.time(), Reason: reason})
	}
}
