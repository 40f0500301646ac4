package schema

import "time"

// epochTicks is 1970-01-01 in ticks since 0001-01-01.
const epochTicks = 621_355_968_000_000_000

// TicksOf converts a time to ticks of 100 ns since 0001-01-01 UTC; what is
// below a tick is cut off.
func TicksOf(t time.Time) int64 {
	return epochTicks + t.Unix()*TicksPerSecond + int64(t.Nanosecond())/100
}

// Time converts ticks to a time in UTC.
func Time(ticks int64) time.Time {
	n := ticks - epochTicks
	s := n / TicksPerSecond
	r := n % TicksPerSecond
	if r < 0 {
		s, r = s-1, r+TicksPerSecond
	}
	return time.Unix(s, r*100).UTC()
}
