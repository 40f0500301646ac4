package builtin

import "math"

// maxSeries is how many points a series may have.
const maxSeries = 1 << 20

// engineSeriesFuncs gather what make-series, make_bag and
// row_window_session collected.
var engineSeriesFuncs = []Func{
	fn("series_values", "ddllld:d", func(a args) any { return seriesValues(a) }),
	fn("series_values_real", "ddrrrd:d", func(a args) any { return seriesValuesReal(a) }),
	fn("series_axis", "llls:d", func(a args) any { return seriesAxis(a) }),
	fn("series_axis_real", "rrrs:d", func(a args) any { return seriesAxisReal(a) }),
	fn("merge_bags", "d:d", func(a args) any {
		list, ok := a.arr(0)
		if !ok {
			return nil
		}
		out := &bag{}
		for _, v := range list {
			if b, ok := v.(*bag); ok {
				for i, k := range b.keys {
					keepAny(out, k, b.vals[i])
				}
			}
		}
		return encode(out)
	}),
	fn("row_window_session", "dii:d", func(a args) any {
		list, ok := a.arr(0)
		maxFirst, ok1 := a.long(1)
		maxBetween, ok2 := a.long(2)
		if !ok || !ok1 || !ok2 {
			return nil
		}
		return encode(sessions(list, maxFirst, maxBetween))
	}),
}

func keepAny(b *bag, key string, v any) {
	if _, there := b.get(key); !there {
		b.set(key, v)
	}
}

// sessions gives for each time the first time of its session. A session ends
// where it lasts too long or the gap is too wide.
func sessions(list []any, maxFirst, maxBetween int64) []any {
	out := make([]any, len(list))
	var first, before int64
	started := false
	for i, v := range list {
		t, ok := toLong(v)
		if !ok { // the next value begins a session
			started = false
			continue
		}
		if !started || t-first >= maxFirst || t-before >= maxBetween {
			first, started = t, true
		}
		before = t
		out[i] = first
	}
	return out
}

// fillSeries puts values at the steps from lo to before hi, def elsewhere.
func fillSeries(bins, values []any, n int, place func(bin any) int, def any) any {
	if n < 0 || n > maxSeries {
		return nil
	}
	out := make([]any, n)
	for i := range out {
		out[i] = def
	}
	for i, b := range bins {
		if at := place(b); i < len(values) && at >= 0 && at < n {
			out[at] = values[i]
		}
	}
	return encode(out)
}

// steps is how many steps fit from lo to before hi.
func steps(lo, hi, step int64) int {
	if step <= 0 || hi <= lo {
		return 0
	}
	return int(min((hi-lo+step-1)/step, maxSeries+1))
}

func stepsReal(lo, hi, step float64) int {
	if !(step > 0) || !(hi > lo) {
		return 0
	}
	return int(math.Min(math.Ceil((hi-lo)/step-1e-9), maxSeries+1))
}

func seriesValues(a args) any {
	bins, _ := a.arr(0)
	values, _ := a.arr(1)
	lo, ok1 := a.long(2)
	hi, ok2 := a.long(3)
	step, ok3 := a.long(4)
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	return fillSeries(bins, values, steps(lo, hi, step), func(b any) int {
		t, ok := toLong(b)
		if !ok || t < lo {
			return -1
		}
		return int((t - lo) / step)
	}, a.dyn(5))
}

func seriesValuesReal(a args) any {
	bins, _ := a.arr(0)
	values, _ := a.arr(1)
	lo, ok1 := a.real(2)
	hi, ok2 := a.real(3)
	step, ok3 := a.real(4)
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	return fillSeries(bins, values, stepsReal(lo, hi, step), func(b any) int {
		t, ok := toReal(b)
		if !ok || t < lo-step*1e-9 {
			return -1
		}
		return int(math.Floor((t-lo)/step + 1e-9))
	}, a.dyn(5))
}

func seriesAxis(a args) any {
	lo, ok1 := a.long(0)
	hi, ok2 := a.long(1)
	step, ok3 := a.long(2)
	n := steps(lo, hi, step)
	if !ok1 || !ok2 || !ok3 || n > maxSeries {
		return nil
	}
	out := make([]any, n)
	for i := range out {
		v := lo + int64(i)*step
		switch a.str(3) {
		case "datetime":
			out[i] = FormatDatetime(v)
		case "timespan":
			out[i] = FormatTimespan(v)
		default:
			out[i] = v
		}
	}
	return encode(out)
}

func seriesAxisReal(a args) any {
	lo, ok1 := a.real(0)
	hi, ok2 := a.real(1)
	step, ok3 := a.real(2)
	n := stepsReal(lo, hi, step)
	if !ok1 || !ok2 || !ok3 || n > maxSeries {
		return nil
	}
	out := make([]any, n)
	for i := range out {
		out[i] = lo + float64(i)*step
	}
	return encode(out)
}
