package builtin

import (
	"math"
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

// number reads an element of a series; the words that stand for what JSON has
// no number for count.
func number(v any) (float64, bool) {
	if f, ok := toReal(v); ok {
		return f, true
	}
	switch v {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

// numbers gives a series in which what is no number is NaN; it is false for
// what is no array.
func (a args) numbers(i int) ([]float64, bool) {
	v, ok := a.arr(i)
	out := make([]float64, len(v))
	for j, e := range v {
		if f, ok := number(e); ok {
			out[j] = f
		} else {
			out[j] = math.NaN()
		}
	}
	return out, ok
}

// perElement makes a function that maps the numbers of a series and turns the
// rest into null.
func perElement(name string, f func(float64) float64) Func {
	return fn(name, "d:d", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		for i, e := range v {
			v[i] = nil
			if n, ok := number(e); ok {
				v[i] = f(n)
			}
		}
		return encode(v)
	})
}

// keepLong is perElement for functions under which longs stay longs.
func keepLong(name string, f func(float64) float64, l func(int64) int64) Func {
	return fn(name, "d:d", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		for i, e := range v {
			n, isNumber := number(e)
			switch x, isLong := e.(int64); {
			case isLong:
				v[i] = l(x)
			case isNumber:
				v[i] = f(n)
			default:
				v[i] = nil
			}
		}
		return encode(v)
	})
}

// pairwise makes a function of two series. A single number stands for a series
// of it; where one of the two has no number the result is null. f gets longs
// as well where both are, else ints is false.
func pairwise(name string, f func(x, y float64, i, j int64, ints bool) any) Func {
	return fn(name, "dd:d", func(a args) any {
		x, xs := a.arr(0)
		y, ys := a.arr(1)
		n := max(len(x), len(y))
		if !xs && !ys {
			return nil
		}
		out := make([]any, n)
		for k := range out {
			var e, g any
			if e = a.dynElement(x, xs, 0, k); e == nil {
				continue
			}
			if g = a.dynElement(y, ys, 1, k); g == nil {
				continue
			}
			p, ok1 := number(e)
			q, ok2 := number(g)
			if !ok1 || !ok2 {
				continue
			}
			i, int1 := e.(int64)
			j, int2 := g.(int64)
			out[k] = f(p, q, i, j, int1 && int2)
		}
		return encode(out)
	})
}

func (a args) dynElement(v []any, isArray bool, arg, i int) any {
	if isArray {
		return element(v, int64(i))
	}
	return a.dyn(arg)
}

func arithmetic(name string, f func(x, y float64) float64, l func(i, j int64) int64) Func {
	return pairwise(name, func(x, y float64, i, j int64, ints bool) any {
		if ints && l != nil {
			return l(i, j)
		}
		return f(x, y)
	})
}

func comparison(name string, f func(x, y float64) bool) Func {
	return pairwise(name, func(x, y float64, _, _ int64, _ bool) any { return f(x, y) })
}

var seriesFuncs = []Func{
	arithmetic("series_add", func(x, y float64) float64 { return x + y }, func(i, j int64) int64 { return i + j }),
	arithmetic("series_subtract", func(x, y float64) float64 { return x - y }, func(i, j int64) int64 { return i - j }),
	arithmetic("series_multiply", func(x, y float64) float64 { return x * y }, func(i, j int64) int64 { return i * j }),
	arithmetic("series_divide", func(x, y float64) float64 { return x / y }, nil),
	arithmetic("series_pow", math.Pow, nil),
	comparison("series_equals", func(x, y float64) bool { return x == y }),
	comparison("series_not_equals", func(x, y float64) bool { return x != y }),
	comparison("series_less", func(x, y float64) bool { return x < y }),
	comparison("series_less_equals", func(x, y float64) bool { return x <= y }),
	comparison("series_greater", func(x, y float64) bool { return x > y }),
	comparison("series_greater_equals", func(x, y float64) bool { return x >= y }),
	keepLong("series_abs", math.Abs, func(n int64) int64 { return max(n, -n) }),
	keepLong("series_sign", sign, func(n int64) int64 { return min(max(n, -1), 1) }),
	keepLong("series_floor", math.Floor, func(n int64) int64 { return n }),
	keepLong("series_ceiling", math.Ceil, func(n int64) int64 { return n }),
	perElement("series_exp", math.Exp),
	perElement("series_log", math.Log),
	perElement("series_sin", math.Sin),
	perElement("series_cos", math.Cos),
	perElement("series_tan", math.Tan),
	perElement("series_asin", math.Asin),
	perElement("series_acos", math.Acos),
	perElement("series_atan", math.Atan),
}

func sign(f float64) float64 {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return f
}

// columns describes a function's several columns: name:type, the type by the
// letter of signatures.
func columns(list string) []types.Column {
	var out []types.Column
	for item := range strings.FieldsSeq(list) {
		name, letter, _ := strings.Cut(item, ":")
		out = append(out, types.Column{Name: name, Type: letters[rune(letter[0])]})
	}
	return out
}

func withColumns(f Func, list string) Func {
	f.Columns = columns(list)
	return f
}
