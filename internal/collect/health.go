package collect

import (
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// Observer is told what sources do, from several goroutines. Nil functions are
// left out.
type Observer struct {
	// Page is told of a page that has become durable, and how long after its
	// arrival it was queryable.
	Page func(name string, p source.Page, t source.Taken, took time.Duration)
	// Notice is told what an operator should know.
	Notice func(name string, n source.Notice)
	// State is told when a source begins, fails and ends: healthy says whether
	// it is followed.
	State func(name string, healthy bool)
}

// health keeps since when each source has been followed without a failure.
type health struct {
	mu    sync.Mutex
	now   func() time.Time
	every time.Duration // from one call of claims to the next
	tell  func(name string, healthy bool)
	since map[string]time.Time
	done  []source.Claim // of sources that have failed or ended since
}

func (h *health) set(name string, healthy bool) {
	if event.Own(name) { // not a path by which a tenant's events come: nothing to claim
		if h.tell != nil {
			h.tell(name, healthy)
		}
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	since, was := h.since[name]
	switch {
	case healthy && !was:
		h.since[name] = h.now().UTC()
	case !healthy && was:
		delete(h.since, name)
		h.claim(name, since, h.now().UTC())
	default:
		return
	}
	if h.tell != nil {
		h.tell(name, healthy)
	}
}

// claim notes a span of followed time. A machine that slept followed nothing:
// what is longer than two calls should be is not claimed.
func (h *health) claim(name string, from, to time.Time) {
	if d := to.Sub(from); d > 0 && d <= 2*h.every+time.Minute {
		h.done = append(h.done, source.Claim{Kind: source.Followed, Path: name, From: from, To: to})
	}
}

// claims gives what there is to state since the last call.
func (h *health) claims() []source.Claim {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now().UTC()
	for name, since := range h.since {
		h.claim(name, since, now)
		h.since[name] = now
	}
	out := h.done
	h.done = nil
	return out
}

// unsaid takes claims back that could not be kept.
func (h *health) unsaid(list []source.Claim) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(list, h.done...)
}
