package builtin

import (
	"math"
	"testing"
)

func TestSeriesArithmetic(t *testing.T) {
	f := check(t)
	f(`[4,6.5,null,null]`, "series_add", `[1,2.5,"x",4]`, `[3,4,5]`)
	f(`[-1,0]`, "series_subtract", `[1,2]`, `2`)
	f(`[10,20]`, "series_multiply", `10`, `[1,2]`)
	f(`[0.5,"Infinity","NaN"]`, "series_divide", `[1,1,0]`, `[2,0,0]`)
	f("null", "series_add", `1`, `2`)
	f(`[8.0,9.0]`, "series_pow", `[2,3]`, `[3,2]`)
	f(`[true,false,null]`, "series_greater", `[2,1,null]`, `[1,1,1]`)
	f(`[true,true]`, "series_greater_equals", `[2,1]`, `1`)
	f(`[false,true]`, "series_equals", `[2,1]`, `[1,1.0]`)
	f(`[1,2.5,null]`, "series_abs", `[-1,-2.5,"x"]`)
	f(`[1,-1.0,0]`, "series_sign", `[5,-0.5,0]`)
	f(`[1.0,-2.0,3]`, "series_floor", `[1.5,-1.5,3]`)
	f(`[2.0,-1.0]`, "series_ceiling", `[1.5,-1.5]`)
	f(`[0.0,null]`, "series_log", `[1,null]`)
	f(`[1.0]`, "series_cos", `[0]`)
	f("null", "series_exp", `"x"`)
}

func TestSeriesStats(t *testing.T) {
	f := check(t)
	f(`[1.0,1,4.0,2,2.5,1.2909944487358056,1.6666666666666667]`, "series_stats", `[2,1,4,3]`)
	f("null", "series_stats", `[1,null,2]`)
	f(`[1.0,0,2.0,2,1.5,0.7071067811865476,0.5]`, "series_stats", `[1,null,2]`, true)
	f("null", "series_stats", `[]`)
	f(`{"min":5.0,"min_idx":0,"max":5.0,"max_idx":0,"avg":5.0,"stdev":0.0,"variance":0.0,"sum":5.0,"len":1}`, "series_stats_dynamic", `[5]`)
	f("6.5", "series_sum", `[1,2.5,3]`)
	f("24", "series_product", `[2,3,4]`)
	f("5", "series_magnitude", `[3,4]`)
	f("11", "series_dot_product", `[1,2,9]`, `[3,4]`)
	f("null", "series_dot_product", `[]`, `[3,4]`)
	f("0.6", "series_cosine_similarity", `[1,0]`, `[3,4]`)
	f("0.3", "series_cosine_similarity", `[1,0]`, `[3,4]`, 2.0, nil)
	f("-1", "series_pearson_correlation", `[1,2,3]`, `[3,2,1]`)
	f("null", "series_pearson_correlation", `[1,2]`, `[3,2,1]`)
	f("null", "series_pearson_correlation", `[1,"x"]`, `[3,2]`)
}

func TestSeriesFill(t *testing.T) {
	f := check(t)
	f(`[0,1,0]`, "series_fill_const", `[null,1,null]`, `0`)
	f(`[null,1,5]`, "series_fill_const", `[null,1,-1]`, `5`, `-1`)
	f(`[null,1,1]`, "series_fill_forward", `[null,1,null]`)
	f(`[1,1,null]`, "series_fill_backward", `[null,1,null]`)
	f(`[7,7,2]`, "series_fill_forward", `[7,0,2]`, `0`)
	f(`[1.0,1.5,2.0]`, "series_fill_linear", `[1.0,null,2.0]`)
	f(`[3,3,2,1,1]`, "series_fill_linear", `[null,3,null,1,null]`)
	f(`[null,3,2,1,null]`, "series_fill_linear", `[null,3,null,1,null]`, nil, false)
	f(`[3,2,1]`, "series_fill_linear", `[3,0,1]`, `0`)
	f(`[0.0,0.0]`, "series_fill_linear", `[null,null]`)
	f("null", "series_fill_linear", `["a",null]`)
}

func TestSeriesFilters(t *testing.T) {
	f := check(t)
	f(`[1.0,2.0,3.0,2.0]`, "series_fir", `[3,3,3,0]`, `[1,1,1]`)
	f(`[2.0,3.0,2.0,1.0]`, "series_fir", `[3,3,3,0]`, `[1,1,1]`, true, true)
	f(`[3.0,1.0,-2.0]`, "series_fir", `[3,4,2]`, `[1,-1]`)
	f("null", "series_fir", `[3,4,2]`, `[1,-1]`, true)
	f(`[2.0,1.0]`, "series_fir", `[1,0]`, `[2,1]`, false)
	f(`[1.0,3.0,6.0]`, "series_iir", `[1,2,3]`, `[1]`, `[1,-1]`)
	f("null", "series_iir", `[1]`, `[1]`, `[0]`)
}

func TestSeriesFit(t *testing.T) {
	f := check(t)
	f(`[1.0,2.0,6.666666666666667,0.0,-1.0,[1.0,3.0,5.0,7.0]]`, "series_fit_line", `[1,3,5,7]`)
	f(`[1.0,1.0,4.0,0.0,0.0,[1.0,2.0,3.0,4.0,5.0]]`, "series_fit_line", `[1,null,3,null,5]`)
	f(`{"rsquare":0.0,"slope":0.0,"variance":0.0,"rvariance":0.0,"interception":4.0}`, "bag_remove_keys",
		call("series_fit_line_dynamic", `[4,4,4]`), `["line_fit"]`)
	f("null", "series_fit_line", `[1]`)
	f("4", "extract_json", "$.split_idx", call("series_fit_2lines_dynamic", `[1,2,3,4,10,8,6,4]`))
	f("1.0", "extract_json", "$.rsquare", call("series_fit_2lines_dynamic", `[1,2,3,4,10,8,6,4]`))
	f("-2.0", "extract_json", "$.right.slope", call("series_fit_2lines_dynamic", `[1,2,3,4,10,8,6,4]`))
	f("null", "series_fit_2lines", `[1,2,3]`)
	f("null", "series_fit_poly", `[1,2]`, nil, 2)
	f("null", "series_fit_poly", `[1,2,3]`, `[1,1,1]`, 1)
}

func call(name string, in ...any) any {
	f, _ := Lookup(name)
	return f.Call(in)
}

func TestFitPoly(t *testing.T) {
	out := decode(call("series_fit_poly", `[2,9,28,65,126]`, `[1,2,3,4,5]`, int64(3)).(string)).([]any)
	want := []float64{1, 0, 0, 1} // x^3 + 1
	for i, c := range out[1].([]any) {
		if got, _ := toReal(c); math.Abs(got-want[i]) > 1e-9 {
			t.Errorf("coefficient %d is %v, want %v", i, got, want[i])
		}
	}
	if r, _ := toReal(out[0]); math.Abs(r-1) > 1e-12 {
		t.Errorf("r-square %v", r)
	}
}

func TestFourier(t *testing.T) {
	for _, n := range []int{1, 2, 7, 8, 60, 97} {
		re, im := make([]float64, n), make([]float64, n)
		for i := range re {
			re[i], im[i] = math.Sin(float64(i*i)), math.Cos(float64(3*i))
		}
		wantRe, wantIm := append([]float64(nil), re...), append([]float64(nil), im...)
		slowRe, slowIm := make([]float64, n), make([]float64, n)
		for k := range n {
			for i := range n {
				s, c := math.Sincos(-2 * math.Pi * float64(k*i) / float64(n))
				slowRe[k] += re[i]*c - im[i]*s
				slowIm[k] += re[i]*s + im[i]*c
			}
		}
		fourier(re, im, false)
		for k := range n {
			if math.Abs(re[k]-slowRe[k])+math.Abs(im[k]-slowIm[k]) > 1e-8 {
				t.Fatalf("length %d, frequency %d: %v %v, want %v %v", n, k, re[k], im[k], slowRe[k], slowIm[k])
			}
		}
		fourier(re, im, true)
		for i := range n {
			if math.Abs(re[i]/float64(n)-wantRe[i])+math.Abs(im[i]/float64(n)-wantIm[i]) > 1e-9 {
				t.Fatalf("length %d: no way back at %d", n, i)
			}
		}
	}
	check(t)(`[[1.0,1.0],[0.0,0.0]]`, "series_fft", `[1,0]`)
	check(t)(`[[1.0,0.0],[0.0,0.0]]`, "series_ifft", `[1,1]`, `[0,0]`)
	check(t)("null", "series_fft", `[1,0]`, `[1]`)
}
