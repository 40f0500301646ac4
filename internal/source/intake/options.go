package intake

import (
	"errors"
	"net/http"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// Limits bound what requests may cost. The zero value has the defaults.
type Limits struct {
	MaxMemory   int64         // bytes of bodies and records over all requests; 0: 64 MiB, at least 1 MiB
	MaxBody     int64         // bytes of one body as sent; 0: 64 MiB
	MaxUnpacked int64         // bytes of one body unpacked; 0: 512 MiB
	MaxPage     int64         // bytes of records yielded at once; 0: a quarter of MaxMemory
	Wait        time.Duration // for room, or for a collector that does not run; 0: 10 seconds
	Timeout     time.Duration // for a page to become durable; 0: 2 minutes
	Grace       time.Duration // a body may stall for; 0: 10 seconds
	MinRate     int64         // bytes a second that a body must come at; 0: 8 KiB
}

// Options say what is taken, from whom, and how much at a time.
type Options struct {
	Limits
	Name   string // of the source, such as "push:functions"
	Tenant string // of records that do not state one; "": left empty
	// Authorize says who sends a request, before anything of its body is read.
	// A status of 0 or 200 lets it in; any other is the answer.
	Authorize func(*http.Request) (who string, status int)
	// Route says what a path takes. It is called for requests that are let in.
	Route func(*http.Request) (Route, error)
	// Now is the clock that dates records; nil: the real one.
	Now func() time.Time
}

// Route is what a path takes.
type Route struct {
	Table  string // that its records should be of; "": any
	Source string // of its records; begins with the source's name
	File   string // a hint where content does not tell, as file.Container.Name; "": none
	// Look is shown how a body begins, unpacked, at most 512 bytes, which it
	// must not keep; what it returns becomes a notice. Nil: not called.
	Look func(head []byte) *source.Notice
}

// Refusal is an error of Options.Route that has a status. Its text goes to the
// sender.
type Refusal struct {
	Status int
	Text   string
}

func (r *Refusal) Error() string { return r.Text }

const (
	smallBody = 64 << 10 // bytes; such a body is read whole before it is cut
	partBytes = 1 << 20  // of records that are handed over at once
	// streamCost is what cutting a stream needs beside the records that wait:
	// one part and the buffers of decoder and splitter.
	streamCost = partBytes + 1<<20
	zstdWindow = 8 << 20 // as RFC 9659 bounds it for HTTP
	entryCost  = 512     // bytes that a record costs beside its own
	cutters    = 8       // small bodies that are cut at the same time
)

func (o *Options) defaults() error {
	if o.Name == "" || o.Route == nil {
		return errors.New("intake: a name and a route are needed")
	}
	if o.Authorize == nil {
		return errors.New("intake: Authorize is missing: without it anybody could write to the ledger")
	}
	size := func(n *int64, v int64) {
		if *n <= 0 {
			*n = v
		}
	}
	span := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	size(&o.MaxMemory, 64<<20)
	o.MaxMemory = max(o.MaxMemory, 1<<20)
	size(&o.MaxBody, 64<<20)
	size(&o.MaxUnpacked, 512<<20)
	size(&o.MaxPage, o.MaxMemory/4)
	size(&o.MinRate, 8<<10)
	span(&o.Wait, 10*time.Second)
	span(&o.Timeout, 2*time.Minute)
	span(&o.Grace, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}
