package builtin

import "math"

// The placeholder for missing values and the constants are passed as dynamics;
// null is the default placeholder.
var seriesFillFuncs = []Func{
	fn("series_fill_const", "dd?d:d", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		gap, fill := a.dyn(2), a.dyn(1)
		for i, e := range v {
			if missing(e, gap) {
				v[i] = fill
			}
		}
		return encode(v)
	}),
	fn("series_fill_forward", "d?d:d", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		gap := a.dyn(1)
		for i := 1; i < len(v); i++ {
			if missing(v[i], gap) {
				v[i] = v[i-1]
			}
		}
		return encode(v)
	}),
	fn("series_fill_backward", "d?d:d", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		gap := a.dyn(1)
		for i := len(v) - 2; i >= 0; i-- {
			if missing(v[i], gap) {
				v[i] = v[i+1]
			}
		}
		return encode(v)
	}),
	fn("series_fill_linear", "d?dbd:d", func(a args) any { return fillLinear(a) }),
}

func missing(v, gap any) bool {
	if v == nil {
		return gap == nil
	}
	return gap != nil && same(v, gap)
}

func fillLinear(a args) any {
	v, ok := a.arr(0)
	if !ok {
		return nil
	}
	gap, edges := a.dyn(1), a.bool(2, true)
	longs := true
	first, last := -1, -1
	for i, e := range v {
		if missing(e, gap) {
			continue
		}
		if _, ok := number(e); !ok {
			return nil
		}
		_, isLong := e.(int64)
		longs = longs && isLong
		if first < 0 {
			first = i
		}
		last = i
	}
	if first < 0 {
		fill := any(0.0)
		if len(a) > 3 && a.has(3) {
			fill = a.dyn(3)
		}
		for i := range v {
			v[i] = fill
		}
		return encode(v)
	}
	for i, from := first, first; i <= last; i++ {
		if missing(v[i], gap) {
			continue
		}
		lo, _ := number(v[from])
		hi, _ := number(v[i])
		for j := from + 1; j < i; j++ {
			f := lo + (hi-lo)*float64(j-from)/float64(i-from)
			// Longs stay longs, cut and not rounded: the documentation's
			// example has 73 between 111 and 36.
			if v[j] = f; longs {
				v[j] = int64(math.Trunc(f))
			}
		}
		from = i
	}
	if edges {
		for i := range v[:first] {
			v[i] = v[first]
		}
		for i := last + 1; i < len(v); i++ {
			v[i] = v[last]
		}
	}
	return encode(v)
}
