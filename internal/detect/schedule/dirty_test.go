package schedule

import (
	"testing"
	"time"
)

// TestEndsLeaveNoRowOut: after a downtime a day of minutes lies in windows of
// minutes.
func TestEndsLeaveNoRowOut(t *testing.T) {
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, window := range []time.Duration{5 * time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour} {
		for _, step := range []time.Duration{time.Minute, 5 * time.Minute} {
			a := arrivals{}
			for m := range 24 * 60 {
				a.add(noon.Add(-time.Duration(m) * time.Minute))
			}
			ends := a.ends(window, min(step, window), noon)
			for _, at := range a {
				in := false
				for _, e := range ends {
					in = in || at.Before(e) && !at.Before(e.Add(-window))
				}
				if !in {
					t.Fatalf("window %v, step %v: %v lies in none of %d windows", window, step, at, len(ends))
				}
			}
		}
	}
}
