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
	// Heartbeat is how often the ledger is told which sources have been
	// followed; 0: 10 minutes.
	Heartbeat time.Duration
	Observer  Observer
	// Stay lets Run go on until ctx ends, also when all sources have come to
	// their end.
	Stay bool
	// Upkeep is called every hour while no page is taken; nil: nothing.
	Upkeep func(context.Context) error
	// Now is the clock; nil: the real one.
	Now func() time.Time
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
	health  health
	fresh   bool // records came since the last checkpoint
	// By Options.Now: when sources were last stated as followed, and when a
	// checkpoint was last made or found needless.
	beaten, committed time.Time
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
	if opt.Heartbeat == 0 {
		opt.Heartbeat = 10 * time.Minute
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Observer.Notice == nil {
		opt.Observer.Notice = func(string, source.Notice) {}
	}
	if opt.Observer.Page == nil {
		opt.Observer.Page = func(string, source.Page, source.Taken, time.Duration) {}
	}
	c, err := openCursors(dir)
	if err != nil {
		return nil, err
	}
	return &Collector{in: in, opt: opt, cursors: c, pages: make(chan delivery), health: health{now: opt.Now, every: opt.Heartbeat, tell: opt.Observer.State, since: map[string]time.Time{}}}, nil
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
	c.beaten, c.committed = c.opt.Now(), c.opt.Now()
	outer := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var readers sync.WaitGroup
	for _, s := range sources {
		readers.Go(func() { c.follow(ctx, s) })
	}
	if c.opt.Stay {
		readers.Go(func() { <-ctx.Done() })
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
	if err == nil {
		err = c.beat(context.WithoutCancel(outer))
	}
	if err == nil {
		err = c.in.Settle(context.WithoutCancel(outer))
	}
	if err == nil && c.fresh {
		_, err = c.in.Ledger.Commit(context.WithoutCancel(outer))
	}
	return err
}

// follow calls one source until it comes to its end.
func (c *Collector) follow(ctx context.Context, s source.Source) {
	pause := c.opt.Pause
	defer c.health.set(s.Name(), false)
	for ctx.Err() == nil {
		took := false
		c.health.set(s.Name(), true)
		err := c.read(ctx, s, func(p source.Page) (source.Taken, error) {
			began, healthy := c.opt.Now(), true
			for _, n := range p.Notices {
				c.opt.Observer.Notice(s.Name(), n)
				healthy = healthy && n.Level != source.Failure
			}
			c.health.set(s.Name(), healthy)
			t, err := c.hand(ctx, s.Name(), p)
			if err == nil {
				took = true
				c.opt.Observer.Page(s.Name(), p, t, c.opt.Now().Sub(began))
			}
			return t, err
		})
		if err == nil || ctx.Err() != nil {
			return
		}
		if took {
			pause = c.opt.Pause
		}
		c.health.set(s.Name(), false)
		c.opt.Observer.Notice(s.Name(), source.Notice{Level: source.Failure, Code: "source-failed", Text: fmt.Sprintf("it goes on from its last page in %s: %v", pause, err)})
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
