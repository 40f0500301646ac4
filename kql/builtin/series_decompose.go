package builtin

import (
	"strings"
)

var decomposeFuncs = []Func{
	withColumns(fn("series_decompose", "d?lslr:d", func(a args) any {
		d, ok := decompose(a, 1)
		if !ok {
			return nil
		}
		return encode([]any{toAny(d.baseline), toAny(d.seasonal), toAny(d.trend), toAny(d.residual)})
	}), "baseline:d seasonal:d trend:d residual:d"),
	withColumns(fn("series_decompose_anomalies", "d?rlslsr:d", func(a args) any { return anomalies(a) }), "ad_flag:d ad_score:d baseline:d"),
	fn("series_decompose_forecast", "dl?lsr:d", func(a args) any {
		points, ok := a.long(1)
		if !ok {
			return nil
		}
		d, ok := decompose(args{a.at(0), a.at(2), a.at(3), points, a.at(4)}, 1)
		if !ok {
			return nil
		}
		return encode(toAny(d.baseline))
	}),
	withColumns(fn("series_fft", "d?d:d", func(a args) any { return transform(a, false) }), "real:d imag:d"),
	withColumns(fn("series_ifft", "d?d:d", func(a args) any { return transform(a, true) }), "real:d imag:d"),
}

type decomposition struct{ baseline, seasonal, trend, residual []float64 }

// decompose reads, from the argument at first on: seasonality, trend, points at
// the end that are not learned from, least score of a detected period.
func decompose(a args, first int) (decomposition, bool) {
	v, ok := a.numbers(0)
	var d decomposition
	test := a.longOr(first+2, 0)
	if !ok || len(v) == 0 || test < 0 || test >= int64(len(v)) {
		return d, false
	}
	learn := len(v) - int(test)
	d.seasonal = seasonal(v, learn, a.longOr(first, -1), a.realOr(first+3, 0.6))
	rest := make([]float64, len(v))
	for i := range v {
		rest[i] = v[i] - d.seasonal[i]
	}
	d.trend = make([]float64, len(v))
	switch trend := strings.ToLower(a.str(first + 1)); trend {
	case "", "avg":
		mean, n := 0.0, 0.0
		for _, f := range rest[:learn] {
			if finite(f) {
				mean, n = mean+f, n+1
			}
		}
		if n > 0 {
			d.trend = spread(mean/n, len(v))
		}
	case "linefit":
		if fittable(rest[:learn]) {
			d.trend = fitLine(rest[:learn]).values(len(v))
		}
	case "none":
	default:
		return d, false
	}
	d.baseline, d.residual = make([]float64, len(v)), make([]float64, len(v))
	for i := range v {
		d.baseline[i] = d.seasonal[i] + d.trend[i]
		d.residual[i] = v[i] - d.baseline[i]
	}
	return d, true
}

// anomalies takes series, threshold, seasonality, trend, test points, method
// and least score.
func anomalies(a args) any {
	threshold := a.realOr(1, 1.5)
	d, ok := decompose(args{a.at(0), a.at(2), a.at(3), a.at(4), a.at(6)}, 1)
	if !ok {
		return nil
	}
	low, high := 10.0, 90.0
	switch strings.ToLower(a.str(5)) {
	case "", "ctukey":
	case "tukey":
		low, high = 25, 75
	default:
		return nil
	}
	scores := outliers(d.residual, low, high)
	flags := make([]any, len(scores))
	for i, s := range scores {
		switch {
		case s > threshold:
			flags[i] = int64(1)
		case s < -threshold:
			flags[i] = int64(-1)
		default:
			flags[i] = int64(0)
		}
	}
	return encode([]any{flags, toAny(scores), toAny(d.baseline)})
}

func transform(a args, inverse bool) any {
	re, ok := a.numbers(0)
	im, given := a.numbers(1)
	if !ok || given && len(im) != len(re) {
		return nil
	}
	if !given {
		im = make([]float64, len(re))
	}
	for i := range re {
		if !finite(re[i]) || !finite(im[i]) {
			return nil
		}
	}
	fourier(re, im, inverse)
	if inverse {
		for i := range re {
			re[i], im[i] = re[i]/float64(len(re)), im[i]/float64(len(im))
		}
	}
	return encode([]any{toAny(re), toAny(im)})
}
