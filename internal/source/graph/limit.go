package graph

import (
	"context"
	"sync"
	"time"
)

// limit lets n requests start in any span of a length. It is stricter than a
// bucket that fills while it is used: the service counts spans.
type limit struct {
	mu     sync.Mutex
	starts []time.Time // the last n, a ring
	at     int
	per    time.Duration
	until  time.Time // the service asked to wait
}

func newLimit(n int, per time.Duration) *limit {
	return &limit{starts: make([]time.Time, n), per: per}
}

// reserve takes the next place and says when it is.
func (l *limit) reserve(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	start := now
	if l.until.After(start) {
		start = l.until
	}
	if free := l.starts[l.at].Add(l.per); !l.starts[l.at].IsZero() && free.After(start) {
		start = free
	}
	l.starts[l.at] = start
	l.at = (l.at + 1) % len(l.starts)
	return start
}

func (l *limit) pause(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) {
		l.until = until
	}
}

func (a *App) wait(ctx context.Context, b bucket) error {
	now := a.o.Now()
	if d := a.limits[b].reserve(now).Sub(now); d > 0 {
		return a.o.Sleep(ctx, d)
	}
	return ctx.Err()
}
