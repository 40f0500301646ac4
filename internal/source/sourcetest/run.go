package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// Run checks a source against its service: in good order, and with faults on
// both sides.
func Run(t *testing.T, h Harness) {
	if h.Seeds == 0 {
		h.Seeds = 20
	}
	if n, err := strconv.Atoi(os.Getenv("WHOLELOG_SEEDS")); err == nil && n > 0 {
		h.Seeds = n
	}
	if h.Patience == 0 {
		h.Patience = 30 * time.Second
	}
	t.Run("quiet", func(t *testing.T) { h.run(t, 1, false, 0) })
	t.Run("crashes", func(t *testing.T) { h.run(t, 2, false, 0.2) })
	t.Run("stops", h.stops)
	t.Run("faults", func(t *testing.T) {
		for seed := range uint64(h.Seeds) {
			if t.Failed() {
				return
			}
			t.Run(fmt.Sprint(seed), func(t *testing.T) { h.run(t, seed, true, 0.05) })
		}
	})
}

// run reads a world to its end and says which events did not arrive.
func (h Harness) run(t testing.TB, seed uint64, faults bool, failing float64) {
	w := h.Start(t, seed, faults)
	c := &collector{t: t, w: &w, name: w.Source().Name(), r: rand.New(rand.NewPCG(seed, 0x636f6c6c)), failing: failing,
		contents: map[event.Hash]bool{}, ids: map[string]bool{}, keys: map[string]string{}}
	c.clean("name", c.name)
	deadline := time.Now().Add(h.Patience)
	starts := 0
	for over := false; !over; starts++ {
		if time.Now().After(deadline) {
			t.Errorf("not over after %v and %d starts", h.Patience, starts)
			break
		}
		over = c.attempt(deadline)
		if t.Failed() {
			break
		}
	}
	lost := 0
	events := w.Events()
	for _, e := range events {
		table, ok := c.keys[e.Key]
		if !ok {
			if lost++; lost <= 5 {
				t.Errorf("seed %d: %s did not arrive", seed, e.Key)
			}
		} else if e.Table != "" && table != e.Table {
			t.Errorf("%s is in table %q, want %q", e.Key, table, e.Table)
		}
	}
	if len(events) == 0 {
		t.Error("the world has no events: nothing is tested")
	}
	if lost > 0 {
		t.Errorf("seed %d: %d of %d events did not arrive, in %d pages and %d starts; cursor %s", seed, lost, len(events), c.pages, starts, c.cursor)
	}
}

// attempt calls Read once, from the cursor kept last, and reports whether the
// run is over.
func (c *collector) attempt(deadline time.Time) (over bool) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	c.mu.Lock()
	c.cancel, c.failed = cancel, false
	from := append(source.Cursor(nil), c.cursor...)
	if c.cursor == nil {
		from = nil
	}
	c.mu.Unlock()
	ended := c.watch(ctx, cancel)
	err := c.w.Source().Read(ctx, from, c.yield)
	cancel()
	over = <-ended
	switch {
	case err == nil:
		return true
	case c.failed && !errors.Is(err, errYield):
		c.t.Errorf("Read returns %v after yield failed, want that error", err)
	case !c.failed && ctx.Err() == nil:
		c.t.Errorf("Read returns %v: it should deal with what passes", err)
	}
	c.clean("error", err.Error())
	return over
}

// watch ends the run when it is over: at the clock's ticks, or by looking now
// and then where there is no clock.
func (c *collector) watch(ctx context.Context, cancel context.CancelFunc) <-chan bool {
	done := make(chan bool, 1)
	if c.w.Clock != nil {
		over := false
		c.w.Clock.onTick(func() {
			if !over && c.w.Over() {
				over = true
				cancel()
			}
		})
		go func() {
			<-ctx.Done()
			done <- c.w.Over()
		}()
		return done
	}
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if c.over() {
				cancel()
				done <- true
				return
			}
			select {
			case <-ctx.Done():
				done <- c.over()
				return
			case <-tick.C:
			}
		}
	}()
	return done
}

func (c *collector) over() bool {
	if c.w.Over != nil {
		return c.w.Over()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.w.Events() {
		if _, ok := c.keys[e.Key]; !ok {
			return false
		}
	}
	return true
}

// stops checks that Read comes back soon after its context ends, wherever it
// is then.
func (h Harness) stops(t *testing.T) {
	const soon = 2 * time.Second
	for seed := range uint64(8) {
		w := h.Start(t, seed, true)
		ctx, cancel := context.WithCancel(context.Background())
		c := &collector{t: t, w: &w, name: w.Source().Name(), r: rand.New(rand.NewPCG(seed, 1)), cancel: cancel,
			contents: map[event.Hash]bool{}, ids: map[string]bool{}, keys: map[string]string{}}
		n, ticks := 0, 0
		yield := func(p source.Page) (source.Taken, error) {
			if n++; n == 3*int(seed)+1 {
				cancel()
			}
			return c.yield(p)
		}
		if w.Clock != nil {
			w.Clock.onTick(func() {
				if ticks++; ticks == 5*int(seed)+3 {
					cancel()
				}
			})
		}
		if seed == 7 {
			cancel()
		}
		back := make(chan error, 1)
		go func() { back <- w.Source().Read(ctx, nil, yield) }()
		select {
		case <-ctx.Done():
		case err := <-back:
			back <- err
		case <-time.After(h.Patience):
		}
		cancel()
		at := time.Now()
		select {
		case err := <-back:
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Read returns %v when its context ends", err)
			}
		case <-time.After(soon):
			t.Errorf("Read has not come back %v after its context ended", time.Since(at))
		}
	}
}
