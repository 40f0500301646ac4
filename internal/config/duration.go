package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// UnmarshalText reads 90s, 15m, 6h, 30d and sums such as 1d12h.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// ParseDuration is time.ParseDuration with days. Negative ones are refused.
func ParseDuration(s string) (time.Duration, error) {
	rest, days := s, time.Duration(0)
	if i := strings.IndexByte(s, 'd'); i > 0 {
		n, err := strconv.Atoi(s[:i])
		if err != nil || n < 0 || n > 36500 {
			return 0, badDuration(s)
		}
		days, rest = time.Duration(n)*24*time.Hour, s[i+1:]
		if rest == "" {
			return days, nil
		}
	}
	v, err := time.ParseDuration(rest)
	if err != nil || v < 0 {
		return 0, badDuration(s)
	}
	return days + v, nil
}

func badDuration(s string) error {
	return fmt.Errorf("%q is no duration: write 90s, 15m, 6h or 30d", s)
}

// Or is the duration, or another where none is set.
func (d Duration) Or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}
