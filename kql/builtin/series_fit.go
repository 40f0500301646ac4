package builtin

import "math"

const lineColumns = "rsquare:r slope:r variance:r rvariance:r interception:r line_fit:d"

var seriesFitFuncs = []Func{
	withColumns(fn("series_fit_line", "d:d", func(a args) any {
		v, ok := a.numbers(0)
		if !ok || !fittable(v) {
			return nil
		}
		l := fitLine(v)
		return encode([]any{l.rsquare, l.slope, l.variance, l.rvariance, l.interception(), toAny(l.values(len(v)))})
	}), lineColumns),
	fn("series_fit_line_dynamic", "d:d", func(a args) any {
		v, ok := a.numbers(0)
		if !ok || !fittable(v) {
			return nil
		}
		l := fitLine(v)
		return encode(makeBag("rsquare", l.rsquare, "slope", l.slope, "variance", l.variance, "rvariance", l.rvariance,
			"interception", l.interception(), "line_fit", toAny(l.values(len(v)))))
	}),
	withColumns(fn("series_fit_2lines", "d:d", func(a args) any {
		t, ok := twoLines(a)
		if !ok {
			return nil
		}
		l, r := t.left, t.right
		return encode([]any{t.rsquare, t.split, t.variance, t.rvariance, toAny(t.fit),
			r.rsquare, r.slope, r.interception(), r.variance, r.rvariance, l.rsquare, l.slope, l.interception(), l.variance, l.rvariance})
	}), "rsquare:r split_idx:l variance:r rvariance:r line_fit:d right_rsquare:r right_slope:r right_interception:r right_variance:r "+
		"right_rvariance:r left_rsquare:r left_slope:r left_interception:r left_variance:r left_rvariance:r"),
	fn("series_fit_2lines_dynamic", "d:d", func(a args) any {
		t, ok := twoLines(a)
		if !ok {
			return nil
		}
		return encode(makeBag("rsquare", t.rsquare, "split_idx", t.split, "variance", t.variance, "rvariance", t.rvariance,
			"line_fit", toAny(t.fit), "right", t.right.bag(), "left", t.left.bag()))
	}),
	withColumns(fn("series_fit_poly", "d?dl:d", func(a args) any { return fitPoly(a) }),
		"rsquare:r coefficients:d variance:r rvariance:r poly_fit:d"),
}

// line is a least-squares line over 0, 1, 2...
type line struct{ slope, intercept, rsquare, variance, rvariance float64 }

func (l line) at(x float64) float64 { return l.slope*x + l.intercept }

// interception is the intercept as Kusto counts: the first point is at 1.
func (l line) interception() float64 { return l.intercept - l.slope }

func (l line) values(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = l.at(float64(i))
	}
	return out
}

func (l line) bag() *bag {
	return makeBag("rsquare", l.rsquare, "slope", l.slope, "interception", l.interception(), "variance", l.variance, "rvariance", l.rvariance)
}

// fittable asks for at least two finite values.
func fittable(v []float64) bool {
	n := 0
	for _, f := range v {
		if finite(f) {
			n++
		}
	}
	return n >= 2
}

// fitLine skips what is not finite.
func fitLine(v []float64) line {
	var n, mx, my float64
	for i, f := range v {
		if finite(f) {
			n, mx, my = n+1, mx+float64(i), my+f
		}
	}
	mx, my = mx/n, my/n
	var xy, xx, yy float64
	for i, f := range v {
		if finite(f) {
			dx, dy := float64(i)-mx, f-my
			xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
		}
	}
	l := line{}
	if xx > 0 {
		l.slope = xy / xx
	}
	l.intercept = my - l.slope*mx
	rest := math.Max(yy-l.slope*xy, 0)
	if n > 1 {
		l.variance, l.rvariance = yy/(n-1), rest/(n-1)
	}
	if yy > 0 {
		l.rsquare = 1 - rest/yy
	}
	return l
}

type twoLineFit struct {
	rsquare, variance, rvariance float64
	split                        int64
	left, right                  line
	fit                          []float64
}

// twoLines takes the split into two lines that leaves the least.
func twoLines(a args) (twoLineFit, bool) {
	v, ok := a.numbers(0)
	if !ok || len(v) < 4 {
		return twoLineFit{}, false
	}
	for _, f := range v {
		if !finite(f) {
			return twoLineFit{}, false
		}
	}
	whole := fitLine(v)
	total := whole.variance * float64(len(v)-1)
	best, rest := twoLineFit{variance: whole.variance}, math.Inf(1)
	sums := prefixSums(v)
	for split := 2; split <= len(v)-2; split++ {
		if r := sums.residual(0, split) + sums.residual(split, len(v)); r < rest {
			rest, best.split = r, int64(split)
		}
	}
	best.left, best.right = fitLine(v[:best.split]), fitLine(v[best.split:])
	rest = math.Max(rest, 0)
	best.rvariance = rest / float64(len(v)-1)
	if total > 0 {
		best.rsquare = 1 - rest/total
	}
	best.fit = append(best.left.values(int(best.split)), best.right.values(len(v)-int(best.split))...)
	return best, true
}

// prefix makes the residual of a line over any stretch a matter of a few
// operations, so that all splits together cost no more than one pass.
type prefix struct{ y, xy, yy []float64 }

func prefixSums(v []float64) prefix {
	p := prefix{make([]float64, len(v)+1), make([]float64, len(v)+1), make([]float64, len(v)+1)}
	// Centred values lose less to cancellation.
	mean := sum(v) / float64(len(v))
	for i, f := range v {
		f -= mean
		p.y[i+1], p.xy[i+1], p.yy[i+1] = p.y[i]+f, p.xy[i]+f*float64(i), p.yy[i]+f*f
	}
	return p
}

func (p prefix) residual(from, to int) float64 {
	n := float64(to - from)
	y, xy, yy := p.y[to]-p.y[from], p.xy[to]-p.xy[from], p.yy[to]-p.yy[from]
	mx := (float64(from) + float64(to-1)) / 2
	sxx := n * (n*n - 1) / 12
	sxy := xy - mx*y
	return yy - y*y/n - sxy*sxy/sxx
}

// maxDegree is where least squares by orthogonal polynomials still is sound.
const maxDegree = 20

// fitPoly solves by a QR of the powers of x scaled to [-1, 1] and then writes
// the coefficients for x itself.
func fitPoly(a args) any {
	y, ok := a.numbers(0)
	if !ok {
		return nil
	}
	x, given := a.numbers(1)
	if !given {
		x = make([]float64, len(y))
		for i := range x {
			x[i] = float64(i + 1)
		}
	}
	degree := a.longOr(2, 1)
	if degree < 1 || degree > maxDegree || len(x) != len(y) || int64(len(y)) <= degree {
		return nil
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range x {
		if !finite(x[i]) || !finite(y[i]) {
			return nil
		}
		lo, hi = math.Min(lo, x[i]), math.Max(hi, x[i])
	}
	mid, half := (lo+hi)/2, (hi-lo)/2
	if half == 0 {
		return nil
	}
	c := polynomial(x, y, int(degree), mid, half)
	if c == nil {
		return nil
	}
	fit := make([]any, len(x))
	mean := sum(y) / float64(len(y))
	var total, rest float64
	for i := range x {
		f := 0.0
		for k := len(c) - 1; k >= 0; k-- {
			f = f*((x[i]-mid)/half) + c[k]
		}
		fit[i] = f
		total += (y[i] - mean) * (y[i] - mean)
		rest += (y[i] - f) * (y[i] - f)
	}
	rsquare := 0.0
	if total > 0 {
		rsquare = 1 - rest/total
	}
	n := float64(len(y) - 1)
	return encode([]any{rsquare, toAny(unscale(c, mid, half)), total / n, rest / n, fit})
}

// polynomial gives the coefficients in t = (x-mid)/half, lowest power first,
// by modified Gram-Schmidt.
func polynomial(x, y []float64, degree int, mid, half float64) []float64 {
	n, m := len(x), degree+1
	q := make([][]float64, m)
	r := make([][]float64, m)
	rest := append([]float64(nil), y...)
	proj := make([]float64, m)
	for k := range q {
		q[k], r[k] = make([]float64, n), make([]float64, m)
		for i := range q[k] {
			q[k][i] = math.Pow((x[i]-mid)/half, float64(k))
		}
		for pass := 0; pass < 2; pass++ { // twice is enough
			for j := 0; j < k; j++ {
				d := dot(q[j], q[k])
				r[j][k] += d
				for i := range q[k] {
					q[k][i] -= d * q[j][i]
				}
			}
		}
		r[k][k] = math.Sqrt(dot(q[k], q[k]))
		if r[k][k] < 1e-12*math.Sqrt(float64(n)) {
			return nil // fewer distinct x than coefficients
		}
		for i := range q[k] {
			q[k][i] /= r[k][k]
		}
		proj[k] = dot(q[k], rest)
		for i := range rest {
			rest[i] -= proj[k] * q[k][i]
		}
	}
	c := make([]float64, m)
	for k := m - 1; k >= 0; k-- {
		c[k] = proj[k]
		for j := k + 1; j < m; j++ {
			c[k] -= r[k][j] * c[j]
		}
		c[k] /= r[k][k]
	}
	return c
}

// unscale gives the coefficients in x, highest power first.
func unscale(c []float64, mid, half float64) []float64 {
	out := make([]float64, len(c))
	for k := len(c) - 1; k >= 0; k-- { // Horner: out = out*(x-mid)/half + c[k]
		for i := len(c) - 1; i >= 0; i-- {
			v := -out[i] * mid / half
			if i > 0 {
				v += out[i-1] / half
			}
			out[i] = v
		}
		out[0] += c[k]
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
