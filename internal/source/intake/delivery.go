package intake

import (
	"context"
	"errors"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

var (
	errNotKept = errors.New("the ledger did not take the records")
	errStopped = errors.New("the collector does not run")
	errLate    = errors.New("the ledger takes too long")
)

// delivery is one request on its way to the ledger.
type delivery struct {
	in    *Intake
	ctx   context.Context
	route Route
	start time.Time

	// Of the handler alone.
	records  []event.Record // cut and not handed over
	bytes    int64
	read     int
	unparsed int
	answer   Answer

	// Under Intake.mu.
	out    int   // parts that were handed over and are not settled
	size   int64 // their bytes
	queued int   // of them, those that no page has taken
	stored int   // records that are durable
	page   int   // the last one that a part of was in
	err    error
	exact  Joint // of pages of this delivery alone, or that tell it apart
	joint  Joint // of the others
	shared bool
	moved  chan struct{} // capacity 1: something of the above changed
}

func (d *delivery) wake() {
	select {
	case d.moved <- struct{}{}:
	default:
	}
}

// share counts a part of a page that others have parts of too. All parts of a
// page that holds only new records, or only repeats, are told apart all the
// same.
func (d *delivery) share(records []event.Record, t source.Taken, page int) {
	n, unparsed := len(records), 0
	for i := range records {
		if records[i].Table == "" {
			unparsed++
		}
	}
	switch {
	case t.Duplicates == t.Read:
		d.exact.add(source.Taken{Read: n, Duplicates: n})
	case t.Accepted+t.Unparsed == t.Read:
		d.exact.add(source.Taken{Read: n, Accepted: n - unparsed, Unparsed: unparsed})
	default:
		if d.shared = true; d.page != page {
			d.joint.add(t)
		}
	}
	d.page = page
}

// hand gives what was cut to Read, as soon as there is room for it.
func (d *delivery) hand() error {
	if len(d.records) == 0 {
		return nil
	}
	in := d.in
	// One delivery fills a page while another page of it is being written, and
	// no more: others want to come in between.
	if err := d.until(func() bool { return d.size+d.bytes <= in.o.MaxPage*3/2 || d.out == 0 }); err != nil {
		return err
	}
	room := min(d.bytes, in.waiting.size)
	if err := in.waiting.take(d.ctx, room); err != nil {
		return err
	}
	p := &part{from: d, records: d.records, bytes: d.bytes, room: room}
	d.records, d.bytes = nil, 0
	in.mu.Lock()
	defer in.mu.Unlock()
	in.parts++
	d.out++
	d.queued++
	d.size += p.bytes
	in.queue = append(in.queue, p)
	in.wake()
	return nil
}

// until waits for a condition, which is called under Intake.mu. It gives up if
// no collector runs, or one runs and takes too long.
func (d *delivery) until(ok func() bool) error {
	t := time.NewTimer(d.in.o.Wait)
	defer t.Stop()
	began := time.Now()
	for {
		d.in.mu.Lock()
		err, done, running := d.err, ok(), d.in.reading
		d.in.mu.Unlock()
		if err != nil {
			return err
		}
		if done {
			return nil
		}
		select {
		case <-d.moved:
		case <-d.ctx.Done():
			return d.ctx.Err()
		case <-t.C:
			if !running {
				return errStopped
			}
			left := d.in.o.Timeout - time.Since(began)
			if left <= 0 {
				return errLate
			}
			t.Reset(min(left, d.in.o.Wait))
		}
	}
}

// withdraw takes back what no page has taken.
func (d *delivery) withdraw() {
	in := d.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if d.queued == 0 {
		return
	}
	kept := in.queue[:0]
	for _, p := range in.queue {
		if p.from == d {
			in.waiting.leave(p.room)
			d.out--
			in.parts--
			continue
		}
		kept = append(kept, p)
	}
	clear(in.queue[len(kept):])
	in.queue, d.queued = kept, 0
}
