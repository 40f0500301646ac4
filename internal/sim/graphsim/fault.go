package graphsim

import (
	"fmt"
	"net/http"
	"time"
)

// fate lets chance decide whether a request is answered at all.
func (s *Server) fate(w http.ResponseWriter, r *http.Request) bool {
	f := s.o.Faults
	s.mu.Lock()
	throttled, unsaid, broken, dropped, slow := s.chance(f.Throttled), s.chance(f.Unsaid), s.chance(f.Broken), s.chance(f.Dropped), s.chance(f.Slow)
	status := []int{500, 502, 503, 504}[s.r.IntN(4)]
	s.mu.Unlock()
	switch {
	case throttled:
		s.throttle(w, true)
	case unsaid:
		s.throttle(w, false)
	case broken:
		fail(w, status, "UnknownError", "")
	case dropped:
		panic(http.ErrAbortHandler) // the way to end a connection
	case slow && s.o.Sleep(r.Context(), f.SlowFor) != nil:
		panic(http.ErrAbortHandler)
	default:
		return true
	}
	return false
}

func (s *Server) throttle(w http.ResponseWriter, say bool) {
	if say {
		s.mu.Lock()
		wait := time.Duration(1+s.r.IntN(20)) * time.Second
		if s.r.IntN(3) == 0 {
			w.Header().Set("Retry-After", s.o.Now().Add(wait).UTC().Format(http.TimeFormat))
		} else {
			w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())))
		}
		s.mu.Unlock()
	}
	fail(w, http.StatusTooManyRequests, "UnknownError", "This request is throttled. Please try again after the value specified in the Retry-After header.")
}
