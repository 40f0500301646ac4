package builtin

import (
	"math"
	"testing"
)

// weekly is five weeks of days: five busy ones, two quiet ones, a slow rise if
// asked for, and a little noise that repeats with no period of its own.
func weekly(rise float64) []float64 {
	v := make([]float64, 35)
	for i := range v {
		v[i] = 100 + rise*float64(i) + float64(i*i*31%7)
		if i%7 >= 5 {
			v[i] -= 70
		}
	}
	return v
}

func column(t *testing.T, name string, i int, in ...any) []float64 {
	t.Helper()
	s, ok := call(name, in...).(string)
	if !ok {
		t.Fatalf("%s gave null", name)
	}
	v := decode(s)
	if i >= 0 {
		v = element(v, int64(i))
	}
	list, ok := v.([]any)
	if !ok {
		t.Fatalf("%s has no column %d: %s", name, i, s)
	}
	out := make([]float64, len(list))
	for j, e := range list {
		out[j], _ = number(e)
	}
	return out
}

func TestPeriods(t *testing.T) {
	v := encode(toAny(weekly(0)))
	if p := column(t, "series_periods_detect", 0, v, 2.0, 20.0, int64(2)); p[0] != 7 {
		t.Errorf("periods %v", p)
	}
	if p := column(t, "series_periods_detect", 0, v, 8.0, 13.0, int64(1)); p[0] == 7 {
		t.Errorf("a period outside of the limits: %v", p)
	}
	s := column(t, "series_periods_validate", 1, v, 7.0, 5.0, 3.0, 18.0)
	if s[0] < 0.8 || s[1] > 0.2 || s[2] != 0 || s[3] != 0 {
		t.Errorf("scores %v", s)
	}
	for _, flat := range []any{"[]", "[1,1,1,1,1,1,1,1,1,1,1,1]", "[null,null,null,null,null,null,null,null,null]"} {
		if p := column(t, "series_periods_detect", 0, flat, 0.0, 20.0, int64(2)); p[0] != 0 || len(p) != 2 {
			t.Errorf("periods of %v: %v", flat, p)
		}
	}
	check(t)("[1.0,2.0,1.0,2.0,1.0]", "series_seasonal", "[1,2,1,2,9]", 2)
	check(t)("[0.0,0.0]", "series_seasonal", "[1,2]")
}

func TestDecompose(t *testing.T) {
	v := weekly(2)
	in := encode(toAny(v))
	parts := make([][]float64, 4)
	for i := range parts {
		parts[i] = column(t, "series_decompose", i, in, int64(7), "linefit")
	}
	for i := range v {
		baseline, seasonal, trend, residual := parts[0][i], parts[1][i], parts[2][i], parts[3][i]
		if math.Abs(seasonal+trend-baseline) > 1e-9 || math.Abs(baseline+residual-v[i]) > 1e-9 {
			t.Fatalf("point %d does not add up: %v", i, parts)
		}
	}
	if parts[2][34]-parts[2][0] < 30 {
		t.Errorf("the rise is not found: %v", parts[2])
	}
	check(t)("[[0.0,0.0],[0.0,0.0],[0.0,0.0],[1.0,3.0]]", "series_decompose", "[1,3]", 0, "none")
	check(t)("[[2.0,2.0],[0.0,0.0],[2.0,2.0],[-1.0,1.0]]", "series_decompose", "[1,3]", 0, "avg")
	check(t)("null", "series_decompose", "[1,3]", 0, "wavelet")
	check(t)("null", "series_decompose", "[]")
}

func TestAnomalies(t *testing.T) {
	v := weekly(0)
	v[20], v[30] = 300, -200
	flags := column(t, "series_decompose_anomalies", 0, encode(toAny(v)))
	scores := column(t, "series_decompose_anomalies", 1, encode(toAny(v)))
	for i, f := range flags {
		want := 0.0
		switch i {
		case 20:
			want = 1
		case 30:
			want = -1
		}
		if f != want || f != 0 && math.Abs(scores[i]) < 1.5 {
			t.Errorf("point %d: flag %v, score %v", i, f, scores[i])
		}
	}
	// Most values equal: the lone peak is found all the same.
	flat := make([]float64, 30)
	flat[17] = 5
	if f := column(t, "series_decompose_anomalies", 0, encode(toAny(flat))); f[17] != 1 || sum(f) != 1 {
		t.Errorf("flags %v", f)
	}
	if f := column(t, "series_decompose_anomalies", 0, encode(toAny(flat)), 100.0); sum(f) != 0 {
		t.Errorf("flags over a high threshold %v", f)
	}
	check(t)("null", "series_decompose_anomalies", "[1,2]", 1.5, 0, "avg", 0, "sigma", 0.6)
}

func TestOutliers(t *testing.T) {
	f := check(t)
	f("[0.0,0.0,0.0,0.0,3.0]", "series_outliers", "[1,1,2,2,5]", "tukey")
	f("[-0.5,0.0,0.0,0.0,0.5]", "series_outliers", "[1,2,3,4,5]", "tukey")
	f("[0.0,0.0,0.0,0.0,0.0]", "series_outliers", "[7,7,7,7,null]")
	f("[0.0,0.0,0.0,0.0]", "series_outliers", "[0,0,0,-1]", "ctukey", -1.0)
	f("null", "series_outliers", "[1,2]", "ctukey", nil, 1.0, 99.0)
	f("null", "series_outliers", "[1,2]", "median")
}

func TestForecast(t *testing.T) {
	v := weekly(2)
	in := toAny(v)
	for i := 28; i < 35; i++ {
		in[i] = nil
	}
	got := column(t, "series_decompose_forecast", -1, encode(in), int64(7), int64(7), "linefit")
	for i := 28; i < 35; i++ {
		if math.Abs(got[i]-v[i]) > 15 {
			t.Errorf("point %d: forecast %v, was %v", i, got[i], v[i])
		}
	}
	check(t)("null", "series_decompose_forecast", "[1,2]", 2)
}
