package builtin

import (
	"math"
	"strconv"
	"strings"
)

// Datetimes are binned by ticks, so that bins of 7 days start on Mondays.
var binFuncs = []Func{
	fn("bin", "ll:l", func(a args) any { return binLong(a, 0) }),
	fn("bin_real", "rr:r", func(a args) any { return binReal(a, 0) }),
	fn("bin_datetime", "ti:t", func(a args) any { return binLong(a, 0) }),
	fn("bin_timespan", "ii:i", func(a args) any { return binLong(a, 0) }),
	fn("bin_at", "lll:l", func(a args) any { return binLongAt(a) }),
	fn("bin_at_real", "rrr:r", func(a args) any {
		at, ok := a.real(2)
		if !ok {
			return nil
		}
		return binReal(a, at)
	}),
	fn("bin_at_datetime", "tit:t", func(a args) any { return binLongAt(a) }),
	fn("bin_at_timespan", "iii:i", func(a args) any { return binLongAt(a) }),
	fn("format_bytes", "r?Is:s", func(a args) any { return formatBytes(a) }),
}

func binLongAt(a args) any {
	at, ok := a.long(2)
	if !ok {
		return nil
	}
	return binLong(a, at)
}

func binLong(a args, at int64) any {
	v, ok1 := a.long(0)
	size, ok2 := a.long(1)
	if !ok1 || !ok2 || size <= 0 {
		return nil
	}
	return v - mod(mod(v, size)-mod(at, size), size)
}

func binReal(a args, at float64) any {
	v, ok1 := a.real(0)
	size, ok2 := a.real(1)
	if !ok1 || !ok2 || !(size > 0) {
		return nil
	}
	return math.Floor((v-at)/size)*size + at
}

var byteUnits = []string{"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"}

func formatBytes(a args) any {
	f, ok := a.real(0)
	if !ok {
		return ""
	}
	unit := 0
	if want := a.str(2); want != "" {
		for unit < len(byteUnits) && !strings.EqualFold(want, byteUnits[unit]) {
			unit++
		}
		if unit == len(byteUnits) {
			return ""
		}
		f /= math.Pow(1024, float64(unit))
	} else {
		for math.Abs(f) >= 1024 && unit < len(byteUnits)-1 {
			f /= 1024
			unit++
		}
	}
	digits := min(max(a.longOr(1, 0), 0), 15)
	s := strconv.FormatFloat(roundTo(f, digits), 'f', int(digits), 64)
	if digits > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + " " + byteUnits[unit]
}

// roundTo rounds halves away from zero; negative digits round before the
// point.
func roundTo(f float64, digits int64) float64 {
	if digits > 15 || digits < -308 || !finite(f) {
		return f
	}
	scale := math.Pow(10, math.Abs(float64(digits)))
	if digits < 0 {
		return math.Round(f/scale) * scale
	}
	if math.Abs(f) >= 1e15 {
		return f
	}
	return math.Round(f*scale) / scale
}
