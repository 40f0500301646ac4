package sourcetest

import (
	"context"
	"sync"
	"time"
)

// Clock is time that passes when somebody sleeps.
type Clock struct {
	mu   sync.Mutex
	now  time.Time
	tick func()
}

// NewClock makes a clock that shows a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep lets time pass, unless ctx has ended.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	c.now = c.now.Add(max(d, 0))
	tick := c.tick
	c.mu.Unlock()
	if tick != nil {
		tick()
	}
	return ctx.Err()
}

func (c *Clock) onTick(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick = f
}
