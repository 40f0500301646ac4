package intake

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// room is memory that is promised to somebody, first come, first served.
type room struct {
	all  *semaphore.Weighted
	size int64
	used atomic.Int64
	wait time.Duration
}

func newRoom(size int64, wait time.Duration) *room {
	return &room{all: semaphore.NewWeighted(size), size: size, wait: wait}
}

// take waits for n bytes, at most the size of the room, but not for long: the
// sender knows better than we do whether to wait.
func (r *room) take(ctx context.Context, n int64) error {
	if !r.all.TryAcquire(n) {
		ctx, cancel := context.WithTimeoutCause(ctx, r.wait, errBusy)
		defer cancel()
		if r.all.Acquire(ctx, n) != nil {
			return context.Cause(ctx)
		}
	}
	r.used.Add(n)
	return nil
}

func (r *room) leave(n int64) {
	r.used.Add(-n)
	r.all.Release(n)
}

// Load is how busy an intake is at a moment.
type Load struct {
	Waiting int   // parts of deliveries that are not durable yet
	Memory  int64 // bytes of Limits.MaxMemory in use
	Reading bool  // a collector runs
}

// Load is how busy the intake is.
func (in *Intake) Load() Load {
	in.mu.Lock()
	defer in.mu.Unlock()
	return Load{Waiting: in.parts, Memory: in.open.used.Load() + in.waiting.used.Load(), Reading: in.reading}
}
