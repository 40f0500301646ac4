package builtin

import "math"

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// real1 lifts a function of one real.
func real1(name string, f func(float64) float64) Func {
	return fn(name, "r:r", func(a args) any {
		x, ok := a.real(0)
		if !ok {
			return nil
		}
		return f(x)
	})
}

var mathFuncs = []Func{
	real1("gamma", math.Gamma),
	real1("loggamma", func(x float64) float64 { v, _ := math.Lgamma(x); return v }),
	real1("erf", math.Erf),
	real1("erfc", math.Erfc),
	real1("sqrt", math.Sqrt),
	real1("exp", math.Exp),
	real1("exp2", math.Exp2),
	real1("exp10", func(x float64) float64 { return math.Pow(10, x) }),
	real1("cot", func(x float64) float64 { return 1 / math.Tan(x) }),
	real1("degrees", func(x float64) float64 { return x * 180 / math.Pi }),
	real1("radians", func(x float64) float64 { return x * math.Pi / 180 }),
	fn("pow", "rr:r", func(a args) any {
		x, ok1 := a.real(0)
		y, ok2 := a.real(1)
		if !ok1 || !ok2 {
			return nil
		}
		return math.Pow(x, y)
	}),
	fn("round", "r?l:r", func(a args) any {
		f, ok := a.real(0)
		if !ok {
			return nil
		}
		return roundTo(f, a.longOr(1, 0))
	}),
	// p-value of means, variances and counts of two series.
	fn("welch_test", "rrrrrr:r", func(a args) any {
		var v [6]float64
		for i := range v {
			f, ok := a.real(i)
			if !ok {
				return nil
			}
			v[i] = f
		}
		s1, s2 := v[1]/v[2], v[4]/v[5]
		t := (v[0] - v[3]) / math.Sqrt(s1+s2)
		df := (s1 + s2) * (s1 + s2) / (s1*s1/(v[2]-1) + s2*s2/(v[5]-1))
		return betaInc(df/(df+t*t), df/2, 0.5)
	}),
}

// Out of the domain the distribution itself is NaN and its inverse null.
var betaFuncs = []Func{
	fn("beta_cdf", "rrr:r", func(a args) any {
		return beta3(a, func(x, p, q float64) any {
			if p <= 0 || q <= 0 || x < 0 || x > 1 {
				return math.NaN()
			}
			return betaInc(x, p, q)
		})
	}),
	fn("beta_pdf", "rrr:r", func(a args) any {
		return beta3(a, func(x, p, q float64) any {
			if p <= 0 || q <= 0 || x <= 0 || x >= 1 {
				return math.NaN()
			}
			return math.Exp((p-1)*math.Log(x) + (q-1)*math.Log1p(-x) - logBeta(p, q))
		})
	}),
	fn("beta_inv", "rrr:r", func(a args) any {
		return beta3(a, func(p, alpha, beta float64) any {
			switch {
			case p < 0 || p > 1:
				return nil
			case alpha <= 0 || beta <= 0:
				return math.NaN()
			}
			lo, hi := 0.0, 1.0
			for i := 0; i < 200 && hi-lo > 0; i++ {
				mid := lo + (hi-lo)/2
				if mid == lo || mid == hi {
					break
				}
				if betaInc(mid, alpha, beta) < p {
					lo = mid
				} else {
					hi = mid
				}
			}
			return lo + (hi-lo)/2
		})
	}),
}

func beta3(a args, f func(x, p, q float64) any) any {
	x, ok1 := a.real(0)
	p, ok2 := a.real(1)
	q, ok3 := a.real(2)
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	return f(x, p, q)
}

func logBeta(p, q float64) float64 {
	a, _ := math.Lgamma(p)
	b, _ := math.Lgamma(q)
	c, _ := math.Lgamma(p + q)
	return a + b - c
}

// betaInc is the regularised incomplete beta function by its continued
// fraction (Lentz), which converges fast on the left of the mean.
func betaInc(x, p, q float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsNaN(p) || math.IsNaN(q):
		return math.NaN()
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (p+1)/(p+q+2):
		return 1 - betaInc(1-x, q, p)
	}
	const tiny = 1e-300
	front := math.Exp(p*math.Log(x)+q*math.Log1p(-x)-logBeta(p, q)) / p
	f, c, d := 1.0, 1.0, 0.0
	for i := 0; i <= 500; i++ {
		m := float64(i / 2)
		num := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			num = m * (q - m) * x / ((p + 2*m - 1) * (p + 2*m))
		default:
			num = -(p + m) * (p + q + m) * x / ((p + 2*m) * (p + 2*m + 1))
		}
		if d = 1 + num*d; math.Abs(d) < tiny {
			d = tiny
		}
		d = 1 / d
		if c = 1 + num/c; math.Abs(c) < tiny {
			c = tiny
		}
		f *= c * d
		if math.Abs(1-c*d) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}
