package builtin

// maxRange is how many elements range gives at most, as in Kusto.
const maxRange = 1 << 20

var rangeFuncs = []Func{
	fn("range", "ll?l:d", func(a args) any { return rangeLong(a, 1, func(n int64) any { return n }) }),
	fn("range_real", "rr?r:d", func(a args) any {
		from, ok1 := a.real(0)
		to, ok2 := a.real(1)
		step := a.realOr(2, 1)
		if !ok1 || !ok2 || !finite(from) || !finite(to) || !finite(step) || step == 0 {
			return nil
		}
		out := []any{}
		// Multiplying keeps the error of the step from adding up.
		for i := 0; i < maxRange; i++ {
			v := from + float64(i)*step
			if step > 0 && v > to || step < 0 && v < to {
				break
			}
			out = append(out, v)
		}
		return encode(out)
	}),
	fn("range_datetime", "tt?i:d", func(a args) any {
		return rangeLong(a, Hour, func(n int64) any {
			if s := FormatDatetime(n); s != "" {
				return s
			}
			return nil
		})
	}),
	fn("range_timespan", "ii?i:d", func(a args) any {
		return rangeLong(a, Hour, func(n int64) any { return FormatTimespan(n) })
	}),
	// The value is passed as a dynamic.
	fn("repeat", "dl:d", func(a args) any {
		n, ok := a.long(1)
		if !ok || n < 0 || n > maxRange {
			return nil
		}
		out := make([]any, n)
		v := a.dyn(0)
		for i := range out {
			out[i] = v
		}
		return encode(out)
	}),
}

func rangeLong(a args, step int64, show func(int64) any) any {
	from, ok1 := a.long(0)
	to, ok2 := a.long(1)
	step = a.longOr(2, step)
	if !ok1 || !ok2 || step == 0 {
		return nil
	}
	out := []any{}
	for v := from; len(out) < maxRange && (step > 0 && v <= to || step < 0 && v >= to); {
		out = append(out, show(v))
		next := v + step
		if (next > v) != (step > 0) { // past the end of the type
			break
		}
		v = next
	}
	return encode(out)
}
