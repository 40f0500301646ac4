package builtin

var filterFuncs = []Func{
	fn("series_fir", "dd?bb:d", func(a args) any { return fir(a) }),
	fn("series_iir", "ddd:d", func(a args) any {
		x, ok1 := a.numbers(0)
		b, ok2 := a.numbers(1)
		c, ok3 := a.numbers(2)
		if !ok1 || !ok2 || !ok3 || len(c) == 0 || c[0] == 0 {
			return nil
		}
		y := make([]float64, len(x))
		for i := range x {
			for j := 0; j < len(b) && j <= i; j++ {
				y[i] += b[j] * x[i-j]
			}
			for j := 1; j < len(c) && j <= i; j++ {
				y[i] -= c[j] * y[i-j]
			}
			y[i] /= c[0]
		}
		return encode(toAny(y))
	}),
}

// fir weighs each point and those before it, or around it when centred. Points
// outside of the series count as zero.
func fir(a args) any {
	x, ok1 := a.numbers(0)
	w, ok2 := a.numbers(1)
	if !ok1 || !ok2 || len(w) == 0 {
		return nil
	}
	negative := false
	for _, f := range w {
		negative = negative || f < 0
	}
	normalize := a.bool(2, !negative)
	if normalize && negative {
		return nil
	}
	scale := 1.0
	if total := sum(w); normalize && total != 0 {
		scale = total
	}
	shift := 0
	if a.bool(3, false) {
		shift = len(w) / 2
	}
	out := make([]float64, len(x))
	for i := range out {
		for j, f := range w {
			if at := i + shift - j; at >= 0 && at < len(x) {
				out[i] += f * x[at]
			}
		}
		out[i] /= scale
	}
	return encode(toAny(out))
}

func toAny(v []float64) []any {
	out := make([]any, len(v))
	for i, f := range v {
		out[i] = f
	}
	return out
}
