package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/source"
)

// delivery is a page on its way to the writer.
type delivery struct {
	name  string
	page  source.Page
	reply chan<- answer
}

type answer struct {
	taken source.Taken
	err   error
}

// hand gives a page to the writer and waits until it is durable.
func (c *Collector) hand(ctx context.Context, name string, p source.Page) (source.Taken, error) {
	reply := make(chan answer, 1)
	select {
	case c.pages <- delivery{name, p, reply}:
	case <-ctx.Done():
		return source.Taken{}, errors.Join(errStopped, context.Cause(ctx))
	}
	a := <-reply // the writer answers what it has taken, whatever happens
	return a.taken, a.err
}

const firstBeat = 15 * time.Second

// write takes pages until done is closed or ctx ends.
func (c *Collector) write(ctx context.Context, done <-chan struct{}) error {
	tick := time.NewTicker(c.opt.Checkpoint)
	defer tick.Stop()
	// The first one comes soon: it says from when on a source is followed.
	beat := time.NewTimer(min(c.opt.Heartbeat, firstBeat))
	defer beat.Stop()
	settle := time.NewTicker(30 * time.Second)
	defer settle.Stop()
	upkeep := time.NewTicker(time.Hour)
	defer upkeep.Stop()
	for {
		select {
		case d := <-c.pages:
			// A page that was taken is finished also when ctx ends: half a page
			// costs a second delivery.
			if err := c.serve(context.WithoutCancel(ctx), d); err != nil {
				return err
			}
			if err := c.overdue(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		case <-tick.C:
			if err := c.checkpoint(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		case <-beat.C:
			beat.Reset(c.opt.Heartbeat)
			if err := c.beat(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		case <-settle.C:
			if err := c.in.Settle(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		case <-upkeep.C:
			if c.opt.Upkeep == nil {
				continue
			}
			if err := c.opt.Upkeep(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// serve takes a page and answers its reader, also when it panics: whoever
// recovers from that must not find readers that wait for ever.
func (c *Collector) serve(ctx context.Context, d delivery) error {
	a := answer{err: errStopped}
	defer func() { d.reply <- a }()
	a.taken, a.err = c.take(ctx, d)
	return a.err
}

// overdue does what the tickers should have done by the clock: they stand still
// while the machine sleeps, and know nothing of a clock that is not the real
// one. Half a turn of patience leaves the work to them otherwise.
func (c *Collector) overdue(ctx context.Context) error {
	now := c.opt.Now()
	if now.Sub(c.beaten) > c.opt.Heartbeat*3/2 {
		if err := c.beat(ctx); err != nil {
			return err
		}
	}
	if now.Sub(c.committed) > c.opt.Checkpoint*3/2 {
		return c.checkpoint(ctx)
	}
	return nil
}

// checkpoint commits to what came since the last one. It is not cut short when
// collection ends, or what came would count as committed to.
func (c *Collector) checkpoint(ctx context.Context) error {
	c.committed = c.opt.Now()
	if !c.fresh {
		return nil
	}
	if _, err := c.in.Ledger.Commit(ctx); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	c.fresh = false
	if err := c.in.Ledger.Rest(ctx); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// beat states in the ledger which sources have been followed.
func (c *Collector) beat(ctx context.Context) error {
	c.beaten = c.opt.Now()
	claims := c.health.claims()
	if len(claims) == 0 {
		return nil
	}
	if err := c.in.Claim(ctx, claims); err != nil {
		c.health.unsaid(claims)
		return fmt.Errorf("heartbeat: %w", err)
	}
	c.fresh = true
	return nil
}

// take makes a page durable: its records, then its claims, then its cursor.
func (c *Collector) take(ctx context.Context, d delivery) (source.Taken, error) {
	if err := c.fail("collect.page"); err != nil {
		return source.Taken{}, err
	}
	before := c.in.Counts
	for _, r := range d.page.Records {
		if err := c.in.Add(ctx, r); err != nil {
			return source.Taken{}, err
		}
	}
	if err := c.in.Flush(ctx); err != nil {
		return source.Taken{}, err
	}
	taken := difference(c.in.Counts, before)
	if err := c.fail("collect.records"); err != nil {
		return taken, err
	}
	if len(d.page.Records) > 0 || len(d.page.Claims) > 0 {
		c.fresh = true
	}
	if err := c.in.Claim(ctx, d.page.Claims); err != nil {
		return taken, fmt.Errorf("%s: %w", d.name, err)
	}
	if err := c.fail("collect.claims"); err != nil {
		return taken, err
	}
	if d.page.Next != nil {
		if err := c.cursors.save(d.name, d.page.Next); err != nil {
			return taken, err
		}
	}
	return taken, c.fail("collect.cursor")
}

func difference(now, before ingest.Counts) source.Taken {
	return source.Taken{Read: int(now.Read - before.Read), Accepted: int(now.Accepted - before.Accepted), Versions: int(now.Versions - before.Versions),
		Duplicates: int(now.Duplicates - before.Duplicates), Unparsed: int(now.Unparsed - before.Unparsed)}
}

func (c *Collector) fail(point string) error {
	if c.opt.Fail == nil {
		return nil
	}
	return c.opt.Fail(point)
}
