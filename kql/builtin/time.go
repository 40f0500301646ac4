package builtin

import (
	"math"
	"strings"
	"time"
)

var timeFuncs = []Func{
	fn("startofday", "t?l:t", func(a args) any { return boundary(a, "day", false) }),
	fn("startofweek", "t?l:t", func(a args) any { return boundary(a, "week", false) }),
	fn("startofmonth", "t?l:t", func(a args) any { return boundary(a, "month", false) }),
	fn("startofyear", "t?l:t", func(a args) any { return boundary(a, "year", false) }),
	fn("endofday", "t?l:t", func(a args) any { return boundary(a, "day", true) }),
	fn("endofweek", "t?l:t", func(a args) any { return boundary(a, "week", true) }),
	fn("endofmonth", "t?l:t", func(a args) any { return boundary(a, "month", true) }),
	fn("endofyear", "t?l:t", func(a args) any { return boundary(a, "year", true) }),
	fn("dayofweek", "t:i", func(a args) any {
		t, ok := a.long(0)
		if !ok {
			return nil
		}
		return mod(t/Day+1, 7) * Day // day 0 of the calendar is a Monday
	}),
	fn("dayofmonth", "t:I", func(a args) any { return part(a, 0, "day") }),
	fn("dayofyear", "t:I", func(a args) any { return part(a, 0, "dayofyear") }),
	fn("hourofday", "t:I", func(a args) any { return part(a, 0, "hour") }),
	fn("monthofyear", "t:I", func(a args) any { return part(a, 0, "month") }),
	fn("getyear", "t:I", func(a args) any { return part(a, 0, "year") }),
	fn("week_of_year", "t:I", func(a args) any { return part(a, 0, "week_of_year") }),
	fn("datetime_part", "st:I", func(a args) any { return part(a, 1, strings.ToLower(a.str(0))) }),
	fn("datetime_diff", "stt:l", func(a args) any { return diff(a) }),
	fn("datetime_add", "slt:t", func(a args) any {
		n, ok1 := a.long(1)
		t, ok2 := a.long(2)
		if !ok1 || !ok2 {
			return nil
		}
		return inRange(addPeriods(strings.ToLower(a.str(0)), n, t))
	}),
	fn("make_datetime", "ll?lllr:t", func(a args) any { return makeDatetime(a) }),
	fn("make_timespan", "rr?rr:i", func(a args) any { return makeTimespan(a) }),
	fn("unixtime_seconds_todatetime", "r:t", func(a args) any { return unixTime(a, float64(Second)) }),
	fn("unixtime_milliseconds_todatetime", "r:t", func(a args) any { return unixTime(a, float64(Millisecond)) }),
	fn("unixtime_microseconds_todatetime", "r:t", func(a args) any { return unixTime(a, 10) }),
	fn("unixtime_nanoseconds_todatetime", "l:t", func(a args) any {
		n, ok := a.long(0)
		if !ok {
			return nil
		}
		return inRange(floorDiv(n, 100)+unixEpoch, true)
	}),
}

// inRange gives a datetime or, outside of the calendar, null.
func inRange(ticks int64, ok bool) any {
	if !ok || ticks < 0 || ticks > MaxDatetime {
		return nil
	}
	return ticks
}

// manyPeriods bounds counts so that calendar arithmetic cannot overflow.
const manyPeriods = 1 << 40

// boundary gives the start or the last tick of the period that lies offset
// periods after the one of the datetime.
func boundary(a args, period string, end bool) any {
	t, ok := a.long(0)
	offset := a.longOr(1, 0)
	if !ok || t < 0 || t > MaxDatetime || offset > manyPeriods || offset < -manyPeriods {
		return nil
	}
	if end {
		offset++
	}
	start := int64(0)
	switch period {
	case "day":
		start = t/Day*Day + clampMul(offset, Day)
	case "week": // weeks start on Sunday; day -1 was one
		start = (t+Day)/(7*Day)*(7*Day) - Day + clampMul(offset, 7*Day)
	case "month":
		start = monthStart(Time(t), offset)
	case "year":
		y, _, _ := Time(t).Date()
		start = monthStart(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), 12*offset)
	}
	if end {
		return inRange(start-1, start > 0)
	}
	return inRange(start, true)
}

// clampMul multiplies and, instead of wrapping, gives a number that is out of
// the calendar on the same side.
func clampMul(n, unit int64) int64 {
	const far = 2 * (MaxDatetime + 1)
	if n > far/unit {
		return far / 2
	}
	if n < -far/unit {
		return -far / 2
	}
	return n * unit
}

// monthStart gives the ticks of the first of a month, -1 if there is none.
func monthStart(t time.Time, months int64) int64 {
	n := int64(t.Year())*12 + int64(t.Month()) - 1 + months
	year := floorDiv(n, 12)
	switch {
	case year == 10000 && mod(n, 12) == 0:
		return MaxDatetime + 1 // the end of the last year
	case year < 1 || year > 9999:
		return -1
	}
	return Ticks(time.Date(int(year), time.Month(mod(n, 12))+1, 1, 0, 0, 0, 0, time.UTC))
}

func part(a args, i int, name string) any {
	ticks, ok := a.long(i)
	if !ok || ticks < 0 || ticks > MaxDatetime {
		return nil
	}
	t := Time(ticks)
	frac := ticks % Second
	switch name {
	case "year":
		return int64(t.Year())
	case "quarter":
		return int64(t.Month()+2) / 3
	case "month":
		return int64(t.Month())
	case "week_of_year", "weekofyear":
		_, w := t.ISOWeek()
		return int64(w)
	case "day":
		return int64(t.Day())
	case "dayofyear":
		return int64(t.YearDay())
	case "hour":
		return int64(t.Hour())
	case "minute":
		return int64(t.Minute())
	case "second":
		return int64(t.Second())
	case "millisecond":
		return frac / Millisecond
	case "microsecond":
		return frac / 10
	case "nanosecond":
		return frac * 100
	}
	return nil
}

// spans are the periods of fixed length.
var spans = map[string]int64{"day": Day, "hour": Hour, "minute": Minute, "second": Second, "millisecond": Millisecond, "microsecond": 10}

// diff counts the boundaries of a period between two datetimes.
func diff(a args) any {
	x, ok1 := a.long(1)
	y, ok2 := a.long(2)
	if !ok1 || !ok2 || x < 0 || y < 0 {
		return nil
	}
	months := func(t int64) int64 { d := Time(t); return int64(d.Year())*12 + int64(d.Month()) - 1 }
	switch period := strings.ToLower(a.str(0)); period {
	case "year":
		return months(x)/12 - months(y)/12
	case "quarter":
		return months(x)/3 - months(y)/3
	case "month":
		return months(x) - months(y)
	case "week":
		return (x+Day)/(7*Day) - (y+Day)/(7*Day)
	case "nanosecond":
		if d := x - y; d < math.MaxInt64/100 && d > math.MinInt64/100 {
			return d * 100
		}
		return nil
	default:
		unit, ok := spans[period]
		if !ok {
			return nil
		}
		return x/unit - y/unit
	}
}

// addPeriods adds calendar periods; a day that the month lacks becomes its
// last one.
func addPeriods(period string, n, t int64) (int64, bool) {
	if t < 0 || t > MaxDatetime {
		return 0, false
	}
	switch period {
	case "year":
		return addMonths(t, 12*min(max(n, -manyPeriods), manyPeriods))
	case "quarter":
		return addMonths(t, 3*min(max(n, -manyPeriods), manyPeriods))
	case "month":
		return addMonths(t, min(max(n, -manyPeriods), manyPeriods))
	case "week":
		return t + clampMul(n, 7*Day), true
	case "nanosecond":
		return t + n/100, true
	}
	unit, ok := spans[period]
	if !ok {
		return 0, false
	}
	return t + clampMul(n, unit), true
}

func addMonths(t, n int64) (int64, bool) {
	d := Time(t)
	start := monthStart(d, n)
	if start < 0 || start > MaxDatetime {
		return 0, false
	}
	first := Time(start)
	day := min(d.Day(), monthDays(first.Year(), int(first.Month())))
	return start + int64(day-1)*Day + t%Day, true
}

func makeDatetime(a args) any {
	var n [5]int64
	for i := range n {
		v, ok := a.long(i)
		switch {
		case ok:
			n[i] = v
		case i < 2:
			return nil
		case i == 2:
			n[i] = 1
		}
	}
	sec := a.realOr(5, 0)
	if n[0] < 1 || n[0] > 9999 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > int64(monthDays(int(n[0]), int(n[1]))) ||
		n[3] < 0 || n[3] > 23 || n[4] < 0 || n[4] > 59 || !(sec >= 0 && sec < 60) {
		return nil
	}
	day := Ticks(time.Date(int(n[0]), time.Month(n[1]), int(n[2]), 0, 0, 0, 0, time.UTC))
	return day + n[3]*Hour + n[4]*Minute + int64(math.Round(sec*1e7))
}

// makeTimespan takes hours and minutes, then seconds, then days before all.
func makeTimespan(a args) any {
	n := 0
	for n < 4 && a.has(n) {
		n++
	}
	if n < 2 {
		return nil
	}
	var v [4]float64 // days, hours, minutes, seconds
	at := 1
	if n == 4 {
		at = 0
	}
	for i := 0; i < n; i++ {
		v[at+i], _ = a.real(i)
	}
	if !(v[0] >= 0 && v[0] < 10675199) || !(v[1] >= 0 && v[1] < 24) || !(v[2] >= 0 && v[2] < 60) || !(v[3] >= 0 && v[3] < 60) {
		return nil
	}
	return int64(v[0])*Day + int64(v[1])*Hour + int64(v[2])*Minute + int64(math.Round(v[3]*1e7))
}

func unixTime(a args, unit float64) any {
	if n, ok := a.at(0).(int64); ok {
		if n > manyPeriods*10000 || n < -manyPeriods*10000 {
			return nil
		}
		return inRange(clampMul(n, int64(unit))+unixEpoch, true)
	}
	f, ok := a.real(0)
	if f *= unit; !ok || !(math.Abs(f) < 4e18) {
		return nil
	}
	return inRange(int64(math.Round(f))+unixEpoch, true)
}
