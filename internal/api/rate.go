package api

import (
	"sync"
	"time"
)

// Requests that one session or token may make: as many at once, and as many a
// second in the long run.
const (
	rateBurst = 300
	ratePer   = 40.0
)

// rates is a bucket per session or token.
type rates struct {
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func (r *rates) take(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.buckets == nil || len(r.buckets) > mostAddresses {
		r.buckets = map[string]*bucket{}
	}
	b := r.buckets[key]
	if b == nil {
		b = &bucket{left: rateBurst, at: now}
		r.buckets[key] = b
	}
	b.left = min(rateBurst, b.left+max(now.Sub(b.at).Seconds(), 0)*ratePer)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
