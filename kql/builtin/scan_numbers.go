package builtin

import (
	"math"
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

const scanOverflow = scanError("Out of Range: a number in scan grows beyond what a long can hold")

// scanNumbers are arithmetic and order. Whole numbers, datetimes and timespans
// are all int64; what overflows ends the query, as it does in SQL.
var scanNumbers = map[string]scanOp{
	"+": arith(func(a, b int64) (int64, bool) { s := a + b; return s, (s > a) == (b > 0) }, func(x, y float64) float64 { return x + y }),
	"-": arith(func(a, b int64) (int64, bool) { s := a - b; return s, (s < a) == (b > 0) }, func(x, y float64) float64 { return x - y }),
	"*": arith(product, func(x, y float64) float64 { return x * y }),
	"/": func(*ScanExpr) func([]any) any {
		return func(in []any) any {
			if a, b, ok := longs(in); ok {
				if b == 0 {
					return nil
				}
				if a == math.MinInt64 && b == -1 {
					panic(scanOverflow)
				}
				return a / b
			}
			return ofReals(in, func(x, y float64) float64 { return x / y })
		}
	},
	"%": func(*ScanExpr) func([]any) any {
		return func(in []any) any {
			if a, b, ok := longs(in); ok {
				if b == 0 || b == math.MinInt64 {
					return nil
				}
				return (a%b + max(b, -b)) % b
			}
			return ofReals(in, func(x, y float64) float64 { return math.Mod(math.Mod(x, y)+math.Abs(y), y) })
		}
	},
	"neg": plain(func(in []any) any {
		switch v := in[0].(type) {
		case int64:
			if v == math.MinInt64 {
				panic(scanOverflow)
			}
			return -v
		case float64:
			return -v
		}
		return nil
	}),
	"abs": plain(func(in []any) any {
		switch v := in[0].(type) {
		case int64:
			if v == math.MinInt64 {
				panic(scanOverflow)
			}
			return max(v, -v)
		case float64:
			return math.Abs(v)
		}
		return nil
	}),
	"scale": reals(func(x, y float64) any { return truncated(x * y) }),
	"sign": reals(func(x, _ float64) any {
		switch {
		case x > 0:
			return 1.0
		case x < 0:
			return -1.0
		}
		return 0.0
	}),
	"ceiling": plain(func(in []any) any {
		if f, ok := in[0].(float64); ok {
			return math.Ceil(f)
		}
		return in[0]
	}),
	"round": func(e *ScanExpr) func([]any) any {
		return func(in []any) any {
			v := table["round"].Call(in)
			if f, ok := v.(float64); ok && e.Type != types.Real && e.Type != types.Decimal {
				return int64(f)
			}
			return v
		}
	},
	"max_of": plain(func(in []any) any { return extreme(in, 1) }), "min_of": plain(func(in []any) any { return extreme(in, -1) }),
	"<":  ordered(func(c int) bool { return c < 0 }),
	"<=": ordered(func(c int) bool { return c <= 0 }),
	">":  ordered(func(c int) bool { return c > 0 }),
	">=": ordered(func(c int) bool { return c >= 0 }),
	"==": plain(func(in []any) any { return equal(in, true) }),
	"!=": plain(func(in []any) any { return equal(in, false) }),
	"not_same": plain(func(in []any) any {
		return !same2(in[0], in[1])
	}),
}

func longs(in []any) (a, b int64, ok bool) {
	a, ok1 := in[0].(int64)
	b, ok2 := in[1].(int64)
	return a, b, ok1 && ok2
}

func ofReals(in []any, f func(x, y float64) float64) any {
	x, ok1 := in[0].(float64)
	y, ok2 := in[1].(float64)
	if !ok1 || !ok2 {
		return nil
	}
	return f(x, y)
}

func arith(whole func(a, b int64) (int64, bool), f func(x, y float64) float64) scanOp {
	return plain(func(in []any) any {
		if a, b, ok := longs(in); ok {
			n, ok := whole(a, b)
			if !ok {
				panic(scanOverflow)
			}
			return n
		}
		return ofReals(in, f)
	})
}

func product(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	p := a * b
	return p, p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}

// order compares two values of one type; nothing compares with null. NaN is
// above all others, as it is for the engine.
func order(x, y any) (int, bool) {
	switch a := x.(type) {
	case int64:
		if b, ok := y.(int64); ok {
			return three(a < b, a > b), true
		}
	case float64:
		if b, ok := y.(float64); ok {
			if math.IsNaN(a) || math.IsNaN(b) {
				return three(!math.IsNaN(a), !math.IsNaN(b)), true
			}
			return three(a < b, a > b), true
		}
	case string:
		if b, ok := y.(string); ok {
			return strings.Compare(a, b), true
		}
	case bool:
		if b, ok := y.(bool); ok {
			return three(!a && b, a && !b), true
		}
	}
	return 0, false
}

func three(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

func ordered(f func(int) bool) scanOp {
	return plain(func(in []any) any {
		c, ok := order(in[0], in[1])
		if !ok {
			return nil
		}
		return f(c) && !notNumber(in[0]) && !notNumber(in[1])
	})
}

func notNumber(v any) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}

// same2 tells two nulls the same, and null different from all values; NaN is
// the same as nothing.
func same2(x, y any) bool {
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	c, ok := order(x, y)
	return ok && c == 0 && !notNumber(x)
}

func equal(in []any, want bool) any {
	if in[0] == nil && in[1] == nil {
		return nil
	}
	return same2(in[0], in[1]) == want
}

// extreme ignores nulls.
func extreme(in []any, sign int) any {
	var best any
	for _, v := range in {
		if v == nil {
			continue
		}
		if c, ok := order(v, best); best == nil || ok && c*sign > 0 {
			best = v
		}
	}
	return best
}
