package collect

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/source"
)

// Options configure a Collector; the zero value is a good default.
type Options struct {
	// Checkpoint is how often a signed checkpoint commits to what came; 0: a
	// minute.
	Checkpoint time.Duration
	// Pause is how long a source that failed waits before it is called again;
	// it doubles with every failure in a row up to 64 times this. 0: 5 seconds.
	Pause time.Duration
	// Notice is told what an operator should know, by source name. It is
	// called from several goroutines.
	Notice func(name string, n source.Notice)
	// Fail is called at named points; an error ends the work there. Tests use
	// it. Nil in production.
	Fail func(point string) error
}

// Failpoints lists the points at which Options.Fail is called, in order.
var Failpoints = []string{"collect.page", "collect.records", "collect.claims", "collect.cursor"}

// Collector collects into one data folder.
type Collector struct {
	in      *ingest.Ingest
	opt     Options
	cursors cursors
	pages   chan delivery
	fresh   bool // records came since the last checkpoint
}

// New makes a Collector that keeps cursors in dir. It owns nothing: the caller
// closes in after Run has returned, and adds nothing to it meanwhile.
func New(in *ingest.Ingest, dir string, opt Options) (*Collector, error) {
	if opt.Checkpoint == 0 {
		opt.Checkpoint = time.Minute
	}
	if opt.Pause == 0 {
		opt.Pause = 5 * time.Second
	}
	if opt.Notice == nil {
		opt.Notice = func(string, source.Notice) {}
	}
	c, err := openCursors(dir)
	if err != nil {
		return nil, err
	}
	return &Collector{in: in, opt: opt, cursors: c, pages: make(chan delivery)}, nil
}

// Run runs the sources until all have come to their end or ctx ends, and
// commits to what came. An error says that nothing more can be kept; what a
// source fails with is a notice, and it is called again.
func (c *Collector) Run(ctx context.Context, sources ...source.Source) error {
	names := map[string]bool{}
	for _, s := range sources {
		if names[s.Name()] {
			return fmt.Errorf("two sources are called %s: their cursors would mix; give one another name", s.Name())
		}
		names[s.Name()] = true
		if _, err := c.cursors.load(s.Name()); err != nil {
			return err
		}
	}
	outer := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var readers sync.WaitGroup
	for _, s := range sources {
		readers.Go(func() { c.follow(ctx, s) })
	}
	done := make(chan struct{})
	go func() {
		readers.Wait()
		close(done)
	}()
	err := c.write(ctx, done)
	stop(err)
	// Readers that wait to hand a page over see that ctx has ended.
	<-done
	// What was acknowledged is committed to also when ctx has ended.
	if err == nil && c.fresh {
		_, err = c.in.Ledger.Commit(context.WithoutCancel(outer))
	}
	return err
}

// follow calls one source until it comes to its end.
func (c *Collector) follow(ctx context.Context, s source.Source) {
	pause := c.opt.Pause
	for ctx.Err() == nil {
		took := false
		err := c.read(ctx, s, func(p source.Page) (source.Taken, error) {
			for _, n := range p.Notices {
				c.opt.Notice(s.Name(), n)
			}
			t, err := c.hand(ctx, s.Name(), p)
			took = took || err == nil
			return t, err
		})
		if err == nil || ctx.Err() != nil {
			return
		}
		if took {
			pause = c.opt.Pause
		}
		c.opt.Notice(s.Name(), source.Notice{Level: source.Failure, Code: "source-failed", Text: fmt.Sprintf("it goes on from its last page in %s: %v", pause, err)})
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, 64*c.opt.Pause)
	}
}

// read calls a source once, from its kept cursor. A panic in a source costs
// the source's turn and not the collector.
func (c *Collector) read(ctx context.Context, s source.Source, yield source.Yield) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	from, err := c.cursors.load(s.Name())
	if err != nil {
		return err
	}
	return s.Read(ctx, from, yield)
}

var errStopped = errors.New("collection has stopped")
