package graph

import (
	"encoding/hex"
	"errors"
	"math"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// tally is what a reading gave for one hour.
type tally struct{ count, fresh int64 }

// reading is what one reading of a span gave.
type reading struct {
	hours  map[int64]*tally // by Unix hour; only records within the span
	seen   map[event.Hash]struct{}
	digest event.Hash // of the set of contents
	fresh  int        // records that the ledger did not have
	links  map[string]bool
}

// outside is the key of records that the service gave beyond the span: they
// are kept, but claim nothing.
const outside = math.MinInt64

// restarts is how often a reading begins again before a smaller span is tried.
const restarts = 3

// leastForTrouble is the length below which trouble of the service is no reason
// to read smaller spans: an outage should not leave slices of a second.
const leastForTrouble = 60

// readThrough reads all pages of a span and yields what is new in them. The
// span may turn out too much (errNarrow) if it is longer than the shortest.
func (r *run) readThrough(from, to time.Time) (*reading, error) {
	narrow := int64(to.Sub(from)/time.Second) > leastForTrouble
	for n := 0; ; n++ {
		rd := &reading{hours: map[int64]*tally{}, seen: map[event.Hash]struct{}{}, links: map[string]bool{}}
		err := r.pages(rd, from, to)
		if !errors.Is(err, errRestart) {
			return rd, err
		}
		if narrow && n+1 >= restarts {
			return rd, errNarrow
		}
		if n+1 >= 2*restarts {
			r.note(source.Warning, Unreachable, "the pages of a reading keep getting lost; it is tried again, and nothing is skipped")
		}
		if err := r.rest(time.Duration(min(n+1, 60)) * time.Second); err != nil {
			return rd, err
		}
	}
}

func (r *run) pages(rd *reading, from, to time.Time) error {
	span, link := int64(to.Sub(from)/time.Second), ""
	for first := true; first || link != ""; first = false {
		address := func() string {
			if link != "" {
				return link
			}
			return r.s.ep.query(r.s.app.o.Base, from, to, r.s.top, r.s.strict)
		}
		a, err := r.fetch(address, first, span > leastForTrouble)
		if err != nil {
			return err
		}
		if err := r.take(rd, a.items, from, to); err != nil {
			return err
		}
		if a.next != "" && rd.links[a.next] {
			return errRestart // the service leads in a circle
		}
		rd.links[a.next] = true
		if link = a.next; link != "" && span > minLength && len(rd.seen) > 4*r.s.app.o.Target {
			return errNarrow
		}
	}
	return nil
}

// take yields the records of a page, hour by hour, so that what is new can be
// stated per hour. Records that this run has made durable before are counted,
// but not yielded again: readings overlap on purpose, and the ledger would
// have to note each repeat.
func (r *run) take(rd *reading, items []item, from, to time.Time) error {
	var order []int64
	byHour := map[int64][]event.Record{}
	for _, it := range items {
		if _, dup := rd.seen[it.rec.Content]; dup {
			continue
		}
		rd.seen[it.rec.Content] = struct{}{}
		for i := range rd.digest {
			rd.digest[i] ^= it.rec.Content[i]
		}
		at := it.at
		if at.IsZero() {
			at = from
		}
		key := int64(outside)
		if !at.Before(from) && at.Before(to) {
			key = at.Unix() / 3600
			t := rd.hours[key]
			if t == nil {
				t = new(tally)
				rd.hours[key] = t
			}
			t.count++
		}
		if r.recent.has(it.rec.Content) {
			continue
		}
		if byHour[key] == nil {
			order = append(order, key)
		}
		byHour[key] = append(byHour[key], it.rec)
	}
	for _, key := range order {
		p := source.Page{Records: byHour[key]}
		if r.opening {
			p.Next, r.opening = r.st.cursor(), false
		}
		taken, err := r.give(p)
		if err != nil {
			return err
		}
		for i := range byHour[key] {
			r.recent.add(byHour[key][i].Content)
		}
		rd.fresh += taken.New()
		if key != outside {
			rd.hours[key].fresh += int64(taken.New())
		}
	}
	return nil
}

// claims states what a reading of a span gave, hour by hour; an hour without
// records is stated too.
func (r *run) claims(rd *reading, sl *slice, kind source.ClaimKind, stable bool, reason string) []source.Claim {
	var out []source.Claim
	for at := sl.From; at.Before(sl.To); {
		end := at.Truncate(time.Hour).Add(time.Hour)
		if end.After(sl.To) {
			end = sl.To
		}
		c := source.Claim{Kind: kind, Path: r.s.name, Tenant: r.s.app.o.Tenant, Table: r.s.ep.table, From: at.UTC(), To: end.UTC(), Stable: stable, Reason: reason}
		if t := rd.hours[at.Unix()/3600]; t != nil {
			c.Count, c.New = t.count, t.fresh
		}
		out = append(out, c)
		at = end
	}
	return out
}

const (
	mostReads  = 5 // readings of a slice, first one included
	mostSweeps = 3
)

// work reads the slice once and decides what comes next: another reading, the
// next slice, or the same in smaller parts.
func (r *run) work(sl *slice) error {
	began := r.s.app.o.Now()
	sl.Open, r.st.Slice, r.opening = true, sl, true
	rd, err := r.readThrough(sl.From, sl.To)
	sl.Open, r.opening = false, false
	if errors.Is(err, errNarrow) {
		// Yield what there is to say; the cursor keeps the smaller length.
		length := int64(sl.To.Sub(sl.From) / time.Second)
		r.st.Length = max(min(length/2, r.st.Length), minLength)
		r.st.Slice = nil
		_, err := r.give(source.Page{Next: r.st.cursor()})
		return err
	}
	if err != nil {
		return err
	}
	digest := hex.EncodeToString(rd.digest[:])
	kind, most, same := source.Polled, mostReads, sl.Reads > 0 && rd.fresh == 0 && digest == sl.Digest
	switch {
	case sl.Reads > 0:
		kind = source.Reread
	case sl.Pass > 0:
		// The readings before are hours old: nothing new is as good as the same,
		// but for the last sweep, which nobody comes after: a page that left
		// records out looks like nothing new, so that one is read until two agree.
		kind = source.Reswept
		if sl.Pass < len(r.st.Passes)-1 {
			same = rd.fresh == 0
		}
	}
	if sl.Pass > 0 {
		most = mostSweeps
	}
	reason := ""
	sl.Reads, sl.Digest = sl.Reads+1, digest
	if same || sl.Reads >= most {
		if !same {
			reason = "readings still differed from one another when the last one that is made at once was made"
			r.note(source.Info, Unstable, "some time gave other records at each reading; it is read again when it is swept")
		}
		r.adapt(sl, len(rd.seen))
		r.st.done(sl, began)
	}
	_, err = r.give(source.Page{Next: r.st.cursor(), Claims: r.claims(rd, sl, kind, same, reason)})
	return err
}

// adapt fits the length of slices to what they hold.
func (r *run) adapt(sl *slice, count int) {
	length := int64(sl.To.Sub(sl.From) / time.Second)
	switch {
	case count > r.s.app.o.Target:
		r.st.Length = max(minLength, min(r.st.Length, length)/2)
	case count < r.s.app.o.Target/4 && length >= r.st.Length/2:
		r.st.Length = min(maxLength, 2*r.st.Length)
	}
}
