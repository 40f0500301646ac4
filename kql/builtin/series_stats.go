package builtin

import "math"

var seriesStatFuncs = []Func{
	withColumns(fn("series_stats", "d?b:d", func(a args) any {
		s, ok := statsOf(a)
		if !ok {
			return nil
		}
		return encode([]any{s.min, s.minAt, s.max, s.maxAt, s.avg, s.stdev, s.variance})
	}), "min:r min_idx:l max:r max_idx:l avg:r stdev:r variance:r"),
	fn("series_stats_dynamic", "d?b:d", func(a args) any {
		s, ok := statsOf(a)
		if !ok {
			return nil
		}
		return encode(makeBag("min", s.min, "min_idx", s.minAt, "max", s.max, "max_idx", s.maxAt, "avg", s.avg,
			"stdev", s.stdev, "variance", s.variance, "sum", s.sum, "len", s.n))
	}),
	fn("series_sum", "d:r", func(a args) any {
		v, ok := plainNumbers(a, 0)
		if !ok {
			return nil
		}
		return sum(v)
	}),
	fn("series_product", "d:r", func(a args) any {
		v, ok := plainNumbers(a, 0)
		if !ok {
			return nil
		}
		p := 1.0
		for _, f := range v {
			p *= f
		}
		return p
	}),
	fn("series_magnitude", "d:r", func(a args) any {
		v, ok := plainNumbers(a, 0)
		if !ok {
			return nil
		}
		return math.Sqrt(dot(v, v))
	}),
	fn("series_dot_product", "dd:r", func(a args) any {
		x, y, ok := vectors(a)
		if !ok {
			return nil
		}
		return dot(x, y)
	}),
	fn("series_cosine_similarity", "dd?rr:r", func(a args) any {
		x, y, ok := vectors(a)
		if !ok {
			return nil
		}
		return dot(x, y) / a.realOr(2, math.Sqrt(dot(x, x))) / a.realOr(3, math.Sqrt(dot(y, y)))
	}),
	fn("series_pearson_correlation", "dd:r", func(a args) any {
		x, ok1 := a.numbers(0)
		y, ok2 := a.numbers(1)
		if !ok1 || !ok2 || len(x) != len(y) || len(x) == 0 {
			return nil
		}
		mx, my := sum(x)/float64(len(x)), sum(y)/float64(len(y))
		var xy, xx, yy float64
		for i := range x {
			dx, dy := x[i]-mx, y[i]-my
			xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
		}
		if math.IsNaN(xy) { // an element is no number
			return nil
		}
		return xy / math.Sqrt(xx*yy)
	}),
}

type stats struct {
	min, max, avg, variance, stdev, sum any
	minAt, maxAt, n                     int64
}

// statsOf describes a series. Without the flag that ignores them, one value
// that is not finite makes everything null.
func statsOf(a args) (stats, bool) {
	v, ok := a.numbers(0)
	ignore := a.bool(1, false)
	s := stats{n: int64(len(v)), minAt: -1, maxAt: -1}
	var total, count float64
	for i, f := range v {
		if !finite(f) {
			if !ignore {
				return s, false
			}
			continue
		}
		if s.minAt < 0 || f < v[s.minAt] {
			s.minAt = int64(i)
		}
		if s.maxAt < 0 || f > v[s.maxAt] {
			s.maxAt = int64(i)
		}
		total += f
		count++
	}
	if !ok || count == 0 {
		return s, false
	}
	mean := total / count
	squares := 0.0
	for _, f := range v {
		if finite(f) {
			squares += (f - mean) * (f - mean)
		}
	}
	variance := 0.0
	if count > 1 {
		variance = squares / (count - 1)
	}
	s.min, s.max, s.avg, s.sum = v[s.minAt], v[s.maxAt], mean, total
	s.variance, s.stdev = variance, math.Sqrt(variance)
	return s, true
}

func sum(v []float64) float64 {
	t := 0.0
	for _, f := range v {
		t += f
	}
	return t
}

func dot(x, y []float64) float64 {
	t := 0.0
	for i := range min(len(x), len(y)) {
		t += x[i] * y[i]
	}
	return t
}

// plainNumbers drops what is no number; no element at all is no series.
func plainNumbers(a args, i int) ([]float64, bool) {
	v, ok := a.arr(i)
	var out []float64
	for _, e := range v {
		if f, ok := number(e); ok {
			out = append(out, f)
		}
	}
	return out, ok && len(v) > 0
}

// vectors gives two series of one length; a single number is spread.
func vectors(a args) (x, y []float64, ok bool) {
	x, xs := plainNumbers(a, 0)
	y, ys := plainNumbers(a, 1)
	if f, single := number(a.dyn(0)); single && ys {
		x, xs = spread(f, len(y)), true
	}
	if f, single := number(a.dyn(1)); single && xs {
		y, ys = spread(f, len(x)), true
	}
	n := min(len(x), len(y))
	return x[:n], y[:n], xs && ys
}

func spread(f float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f
	}
	return out
}
