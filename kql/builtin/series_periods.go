package builtin

import (
	"math"
	"slices"
)

// Kusto does not publish how it scores periods. Here a period's score is the
// least autocorrelation at the period and at its multiples within half of the
// series, which gives the numbers of the documentation's examples, and the
// candidates are the peaks of the periodogram, moved to the peak of the
// autocorrelation nearby.
var periodFuncs = []Func{
	withColumns(fn("series_periods_detect", "drrl:d", func(a args) any {
		v, ok := a.numbers(0)
		low, ok1 := a.real(1)
		high, ok2 := a.real(2)
		n, ok3 := a.long(3)
		if !ok || !ok1 || !ok2 || !ok3 || n < 1 || n > maxRange {
			return nil
		}
		found := detectPeriods(v, low, high)
		periods, scores := make([]any, n), make([]any, n)
		for i := range periods {
			periods[i], scores[i] = 0.0, 0.0
			if i < len(found) {
				periods[i], scores[i] = float64(found[i].length), found[i].score
			}
		}
		return encode([]any{periods, scores})
	}), "periods:d scores:d"),
	// The periods are reals, one argument each.
	withColumns(fn("series_periods_validate", "dr*:d", func(a args) any { return validatePeriods(a) }), "periods:d scores:d"),
	fn("series_seasonal", "d?l:d", func(a args) any {
		v, ok := a.numbers(0)
		if !ok {
			return nil
		}
		return encode(toAny(seasonal(v, len(v), a.longOr(1, -1), 0.7)))
	}),
}

// minPeriod is the shortest period that is looked for.
const minPeriod = 4

type period struct {
	length int
	score  float64
}

func validatePeriods(a args) any {
	v, ok := a.numbers(0)
	if !ok || len(a) < 2 || len(a) > 17 {
		return nil
	}
	r := autocorrelation(v)
	periods, scores := make([]any, len(a)-1), make([]any, len(a)-1)
	for i := range periods {
		p, ok := a.real(i + 1)
		if !ok {
			return nil
		}
		periods[i], scores[i] = p, 0.0
		if finite(p) && p >= minPeriod && p < float64(len(v)) {
			scores[i] = score(r, int(math.Round(p)))
		}
	}
	return encode([]any{periods, scores})
}

// autocorrelation gives the correlation of the series with itself for shifts up
// to half its length. What is no number counts as the mean.
func autocorrelation(v []float64) []float64 {
	n, mean, count := len(v), 0.0, 0.0
	for _, f := range v {
		if finite(f) {
			mean, count = mean+f, count+1
		}
	}
	out := make([]float64, n/2+1)
	if count == 0 {
		return out
	}
	mean /= count
	d := make([]float64, n)
	for i, f := range v {
		if finite(f) {
			d[i] = f - mean
		}
	}
	total := dot(d, d) / float64(n)
	if total <= 1e-12*mean*mean {
		return out
	}
	for shift := range out {
		out[shift] = dot(d[shift:], d[:n-shift]) / float64(n-shift) / total
	}
	return out
}

func score(r []float64, p int) float64 {
	// Half of the series is no period: there is nothing to compare it with.
	if p < minPeriod || p >= len(r)-1 {
		return 0
	}
	least := 1.0
	for at := p; at < len(r); at += p {
		least = math.Min(least, r[at])
	}
	return math.Max(least, 0)
}

// detectPeriods gives the periods between two lengths, best first.
func detectPeriods(v []float64, low, high float64) []period {
	n := len(v)
	if n < 2*minPeriod {
		return nil
	}
	r := autocorrelation(v)
	power := periodogram(v)
	mean := sum(power) / float64(len(power)-1)
	var found []period
	for k := 1; k < len(power); k++ {
		if power[k] < 3*mean || mean == 0 {
			continue
		}
		// The frequency is known to half a step: look at all lengths it covers.
		from, to := int(math.Floor(float64(n)/(float64(k)+0.5))), int(math.Ceil(float64(n)/(float64(k)-0.5)))
		best := 0
		for p := max(from, minPeriod); p <= min(to, len(r)-2); p++ {
			if r[p] >= r[p-1] && r[p] >= r[p+1] && (best == 0 || r[p] > r[best]) {
				best = p
			}
		}
		if best == 0 || float64(best) < low || float64(best) > high {
			continue
		}
		if s := score(r, best); s > 0 {
			found = append(found, period{best, s})
		}
	}
	slices.SortStableFunc(found, func(a, b period) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return a.length - b.length
	})
	return slices.CompactFunc(found, func(a, b period) bool { return a.length == b.length })
}

// periodogram gives the power at each frequency up to half the rate.
func periodogram(v []float64) []float64 {
	n := len(v)
	mean, count := 0.0, 0.0
	for _, f := range v {
		if finite(f) {
			mean, count = mean+f, count+1
		}
	}
	re, im := make([]float64, n), make([]float64, n)
	for i, f := range v {
		if finite(f) {
			re[i] = f - mean/count
		}
	}
	fourier(re, im, false)
	out := make([]float64, n/2+1)
	for k := 1; k < len(out); k++ {
		out[k] = re[k]*re[k] + im[k]*im[k]
	}
	return out
}

// seasonal repeats the median of the points in the same phase, learned from the
// first points. Without a period, given or found, it is zero.
func seasonal(v []float64, learn int, length int64, threshold float64) []float64 {
	out := make([]float64, len(v))
	if length < 0 {
		length = 0
		if found := detectPeriods(v[:learn], minPeriod, float64(learn)/2); len(found) > 0 && found[0].score >= threshold {
			length = int64(found[0].length)
		}
	}
	if length < 2 || length > int64(learn) {
		return out
	}
	p := int(length)
	for phase := range p {
		var same []float64
		for i := phase; i < learn; i += p {
			if finite(v[i]) {
				same = append(same, v[i])
			}
		}
		if len(same) == 0 {
			continue
		}
		m := median(same)
		for i := phase; i < len(v); i += p {
			out[i] = m
		}
	}
	return out
}
