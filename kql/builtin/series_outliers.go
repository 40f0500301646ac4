package builtin

import (
	"math"
	"slices"
	"strings"
)

var outlierFuncs = []Func{
	fn("series_outliers", "d?srrr:d", func(a args) any {
		v, ok := a.numbers(0)
		low, high := a.realOr(3, 10), a.realOr(4, 90)
		if !ok || low < 2 || high > 98 || low >= high {
			return nil
		}
		if skip, given := a.real(2); given {
			for i := range v {
				if v[i] == skip {
					v[i] = math.NaN()
				}
			}
		}
		switch strings.ToLower(a.str(1)) {
		case "", "ctukey":
		case "tukey":
			low, high = 25, 75
		default:
			return nil
		}
		return encode(toAny(outliers(v, low, high)))
	}),
}

// outliers scores each value by how many ranges between the two percentiles it
// lies outside of them. Where most values are equal that range is zero, and
// the standard deviation stands in for it, so that a lone peak is found with a
// finite score.
func outliers(v []float64, low, high float64) []float64 {
	out := make([]float64, len(v))
	var sorted []float64
	for _, f := range v {
		if finite(f) {
			sorted = append(sorted, f)
		}
	}
	if len(sorted) < 2 {
		return out
	}
	slices.Sort(sorted)
	lo, hi := quantile(sorted, low), quantile(sorted, high)
	span := hi - lo
	if span <= 1e-12*math.Max(math.Abs(lo), math.Abs(hi)) {
		l := fitLine(sorted)
		if span = math.Sqrt(l.variance); span == 0 {
			return out
		}
	}
	for i, f := range v {
		switch {
		case !finite(f):
		case f > hi:
			out[i] = (f - hi) / span
		case f < lo:
			out[i] = (f - lo) / span
		}
	}
	return out
}

// quantile interpolates between the two nearest of the sorted values.
func quantile(sorted []float64, percent float64) float64 {
	at := percent / 100 * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func median(v []float64) float64 {
	slices.Sort(v)
	return quantile(v, 50)
}
