package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// Intake is a handler and the source of what it takes.
type Intake struct {
	o Options
	// open is room for bodies that are being read and cut, waiting for records
	// that wait for the ledger. They are apart, so that bodies that are half
	// read never keep those from ending that are whole.
	open, waiting *room
	cutting       chan struct{}

	mu      sync.Mutex
	reading bool
	pages   int     // settled
	parts   int     // handed over and not settled
	queue   []*part // not taken yet, oldest first
	notices []source.Notice
	said    map[string]*said
	more    chan struct{} // capacity 1: there is something for Read
}

// part is records of one delivery that are handed over at once.
type part struct {
	from    *delivery
	records []event.Record
	bytes   int64 // for the page
	room    int64 // held of Intake.waiting
}

// New checks the options.
func New(o Options) (*Intake, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	return &Intake{o: o, open: newRoom(o.MaxMemory/2, o.Wait), waiting: newRoom(o.MaxMemory/2, o.Wait),
		cutting: make(chan struct{}, cutters), said: map[string]*said{}, more: make(chan struct{}, 1)}, nil
}

// Name is the source's name.
func (in *Intake) Name() string { return in.o.Name }

// wake tells Read that there is something.
func (in *Intake) wake() {
	select {
	case in.more <- struct{}{}:
	default:
	}
}

// Read yields what requests deliver, as it comes, until ctx ends or yield
// fails. It has no cursor: a request that was not answered is sent again.
func (in *Intake) Read(ctx context.Context, _ source.Cursor, yield source.Yield) error {
	in.mu.Lock()
	if in.reading {
		in.mu.Unlock()
		return fmt.Errorf("%s: it is read already", in.o.Name)
	}
	in.reading = true
	in.mu.Unlock()
	defer func() {
		in.mu.Lock()
		in.reading = false
		in.mu.Unlock()
	}()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		parts, page := in.next()
		if len(parts) == 0 && len(page.Notices) == 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-in.more:
			}
			continue
		}
		if err := in.give(parts, page, yield); err != nil {
			return err
		}
	}
}

// give yields a page and tells those who wait for it, also if yield panics.
func (in *Intake) give(parts []*part, page source.Page, yield source.Yield) error {
	taken, err := source.Taken{}, errors.New("interrupted")
	defer func() { in.settle(parts, taken, err) }()
	taken, err = yield(page)
	return err
}

// next joins what waits, up to the size of a page.
func (in *Intake) next() ([]*part, source.Page) {
	in.mu.Lock()
	defer in.mu.Unlock()
	p := source.Page{Notices: in.notices}
	in.notices = nil
	n, records := 0, 0
	for size := int64(0); n < len(in.queue); n++ {
		q := in.queue[n]
		if size += q.bytes; n > 0 && size > in.o.MaxPage {
			break
		}
		records += len(q.records)
	}
	parts := in.queue[:n:n]
	in.queue = append([]*part(nil), in.queue[n:]...)
	p.Records = make([]event.Record, 0, records)
	for _, q := range parts {
		p.Records = append(p.Records, q.records...)
		q.from.queued--
	}
	return parts, p
}

// settle tells deliveries what became of their parts.
func (in *Intake) settle(parts []*part, t source.Taken, err error) {
	one := true
	for _, q := range parts {
		one = one && q.from == parts[0].from
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pages++
	in.parts -= len(parts)
	for i, q := range parts {
		in.waiting.leave(q.room)
		d := q.from
		d.out--
		d.size -= q.bytes
		if err != nil {
			d.err = errNotKept
		} else {
			d.stored += len(q.records)
		}
		switch {
		case err != nil:
		case !one:
			d.share(q.records, t, in.pages)
		case i == 0:
			d.exact.add(t)
		}
		d.wake()
	}
}
