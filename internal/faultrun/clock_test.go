package faultrun

import (
	"context"
	"sync"
	"time"
)

// clock is time that passes only while everyone who lives by it sleeps, and
// then to the next moment at which one wakes. So only one of them is awake at a
// time, and a run is the same each time.
type clock struct {
	mu       sync.Mutex
	now      time.Time
	awake    int
	sleepers []*sleeper // in the order in which they fell asleep
	deadline time.Time
	expire   func() // called once when the deadline has passed
}

type sleeper struct {
	wake time.Time
	up   chan struct{}
}

// Now is the time that the clock shows.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// begin starts a process of so many that are awake, to be ended at a deadline.
func (c *clock) begin(awake int, deadline time.Time, expire func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.awake, c.sleepers, c.deadline, c.expire = awake, nil, deadline, expire
}

// pass lets time pass while no process runs.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Sleep returns when its time has come or ctx has ended.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	s := &sleeper{c.now.Add(max(d, 0)), make(chan struct{})}
	c.sleepers = append(c.sleepers, s)
	c.awake--
	expire := c.next()
	c.mu.Unlock()
	if expire != nil {
		expire()
	}
	select {
	case <-s.up:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// next wakes the sleeper whose time comes first, if nobody is awake. After a
// context has ended nothing is counted any more: the process is at its end.
func (c *clock) next() (expire func()) {
	if c.awake > 0 || len(c.sleepers) == 0 {
		return nil
	}
	first := 0
	for i, s := range c.sleepers {
		if s.wake.Before(c.sleepers[first].wake) {
			first = i
		}
	}
	s := c.sleepers[first]
	c.sleepers = append(c.sleepers[:first:first], c.sleepers[first+1:]...)
	if s.wake.After(c.now) {
		c.now = s.wake
	}
	if c.now.After(c.deadline) {
		expire, c.expire = c.expire, nil
		if expire != nil {
			return expire // nobody wakes but to see that it is over
		}
	}
	c.awake++
	close(s.up)
	return nil
}
