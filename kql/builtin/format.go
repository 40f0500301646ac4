package builtin

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Ticks in the common spans of time.
const (
	Millisecond = int64(10_000)
	Second      = 1000 * Millisecond
	Minute      = 60 * Second
	Hour        = 60 * Minute
	Day         = 24 * Hour

	MaxDatetime = 3155378975999999999 // the last tick of year 9999
	unixEpoch   = 719162 * Day        // 1970-01-01
)

// Ticks converts a time.
func Ticks(t time.Time) int64 { return t.Unix()*Second + int64(t.Nanosecond()/100) + unixEpoch }

// Time converts ticks to a time in UTC.
func Time(ticks int64) time.Time {
	ticks -= unixEpoch
	sec := floorDiv(ticks, Second)
	return time.Unix(sec, (ticks-sec*Second)*100).UTC()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// pad appends n, which is not negative, with at least width digits.
func pad(b []byte, n int64, width int) []byte {
	var digits [20]byte
	s := strconv.AppendInt(digits[:0], n, 10)
	for i := len(s); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

// FormatDatetime writes yyyy-MM-ddTHH:mm:ss.fffffffZ, and nothing for ticks
// outside of the calendar.
func FormatDatetime(ticks int64) string {
	if ticks < 0 || ticks > MaxDatetime {
		return ""
	}
	b := make([]byte, 0, 28)
	b = appendDate(b, ticks)
	b = append(b, 'T')
	b = appendClock(b, ticks)
	b = pad(append(b, '.'), mod(ticks, Second), 7)
	return string(append(b, 'Z'))
}

func mod(a, b int64) int64 {
	if m := a % b; m < 0 {
		return m + b
	} else {
		return m
	}
}

func appendDate(b []byte, ticks int64) []byte {
	y, m, d := Time(ticks).Date()
	b = pad(b, int64(y), 4)
	b = pad(append(b, '-'), int64(m), 2)
	return pad(append(b, '-'), int64(d), 2)
}

func appendClock(b []byte, ticks int64) []byte {
	t := mod(ticks, Day)
	b = pad(b, t/Hour, 2)
	b = pad(append(b, ':'), t/Minute%60, 2)
	return pad(append(b, ':'), t/Second%60, 2)
}

// FormatTimespan writes [-][d.]hh:mm:ss[.fffffff].
func FormatTimespan(ticks int64) string {
	b := make([]byte, 0, 26)
	u := uint64(ticks)
	if ticks < 0 {
		b = append(b, '-')
		u = -u
	}
	if d := u / uint64(Day); d > 0 {
		b = append(strconv.AppendUint(b, d, 10), '.')
	}
	b = appendClock(b, int64(u%uint64(Day)))
	if f := u % uint64(Second); f > 0 {
		b = pad(append(b, '.'), int64(f), 7)
	}
	return string(b)
}

// FormatReal writes a real: shortest digits, .0 on whole numbers, an exponent
// of at least two digits from 1E+15 up and below 1E-04.
func FormatReal(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0.0"
	}
	abs := math.Abs(f)
	if abs >= 1e15 || abs < 1e-4 {
		return strconv.FormatFloat(f, 'E', -1, 64)
	}
	if f == math.Trunc(f) {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

var timeTextFuncs = []Func{
	fn("todatetime", "s:t", func(a args) any {
		if t, ok := ParseDatetime(a.str(0)); ok {
			return t
		}
		return nil
	}),
	fn("totimespan", "s:i", func(a args) any {
		if t, ok := ParseTimespan(a.str(0)); ok {
			return t
		}
		return nil
	}),
	fn("format_datetime", "ts:s", func(a args) any {
		if t, ok := a.long(0); ok {
			return formatTime(t, a.str(1), false)
		}
		return ""
	}),
	fn("format_timespan", "is:s", func(a args) any {
		if t, ok := a.long(0); ok {
			return formatTime(t, a.str(1), true)
		}
		return ""
	}),
	fn("tostring_datetime", "t:s", func(a args) any {
		if t, ok := a.long(0); ok {
			return FormatDatetime(t)
		}
		return ""
	}),
	fn("tostring_timespan", "i:s", func(a args) any {
		if t, ok := a.long(0); ok {
			return FormatTimespan(t)
		}
		return ""
	}),
	fn("tostring_real", "r:s", func(a args) any {
		if f, ok := a.real(0); ok {
			return FormatReal(f)
		}
		return ""
	}),
	fn("tostring_dynamic", "d:s", func(a args) any { return text(a.dyn(0)) }),
}

// formatTime writes a datetime or a timespan by a format of runs of letters.
// A format with anything that Kusto does not document gives "".
func formatTime(ticks int64, format string, span bool) string {
	var b []byte
	var days int64
	if span {
		if ticks < 0 {
			if ticks == math.MinInt64 {
				return ""
			}
			ticks = -ticks
		}
		days = ticks / Day
	}
	if !span && (ticks < 0 || ticks > MaxDatetime) {
		return ""
	}
	t := Time(mod(ticks, MaxDatetime+1))
	inDay := mod(ticks, Day)
	for i := 0; i < len(format); {
		c := format[i]
		n := 1
		for i+n < len(format) && format[i+n] == c {
			n++
		}
		i += n
		switch {
		case c == 'd' && span && n <= 8:
			b = pad(b, days, n)
		case c == 'd' && n <= 2:
			b = pad(b, int64(t.Day()), n)
		case c == 'd' && n == 3:
			b = append(b, t.Weekday().String()[:3]...)
		case c == 'd' && n == 4:
			b = append(b, t.Weekday().String()...)
		case c == 'f' && n <= 7:
			b = append(b, pad(nil, inDay%Second, 7)[:n]...)
		case c == 'F' && n <= 7:
			digits := strings.TrimRight(string(pad(nil, inDay%Second, 7)[:n]), "0")
			b = append(b, digits...)
		case c == 'h' && n <= 2 && span, c == 'H' && n <= 2:
			b = pad(b, inDay/Hour, n)
		case c == 'h' && n <= 2:
			b = pad(b, (inDay/Hour+11)%12+1, n)
		case c == 'm' && n <= 2:
			b = pad(b, inDay/Minute%60, n)
		case c == 's' && n <= 2:
			b = pad(b, inDay/Second%60, n)
		case c == 'M' && n <= 2 && !span:
			b = pad(b, int64(t.Month()), n)
		case c == 'M' && n == 3 && !span:
			b = append(b, t.Month().String()[:3]...)
		case c == 'M' && n == 4 && !span:
			b = append(b, t.Month().String()...)
		case c == 'y' && n <= 2 && !span:
			b = pad(b, int64(t.Year()%100), n)
		case c == 'y' && n <= 4 && !span:
			b = pad(b, int64(t.Year()), n)
		case c == 't' && n == 2 && !span:
			b = append(b, []string{"AM", "PM"}[inDay/(12*Hour)]...)
		case strings.IndexByte(" /-:,._[]", c) >= 0:
			b = append(b, format[i-n:i]...)
		case c == 'T' || c == 'Z':
			// Not in the table, but rules in the field write yyyy-MM-ddTHH:mm:ssZ.
			b = append(b, format[i-n:i]...)
		default:
			return ""
		}
	}
	return string(b)
}
