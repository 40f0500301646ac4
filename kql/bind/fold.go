package bind

import (
	"math"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// fold computes calls over constants as far as later phases need values: times
// bound which files are read, whole numbers are limits, texts are patterns.
func fold(c *plan.Call) plan.Expr {
	args := make([]*plan.Const, len(c.Args))
	for i, a := range c.Args {
		k, ok := a.(*plan.Const)
		if !ok || k.V == nil {
			return c
		}
		args[i] = k
	}
	switch c.Name {
	case "neg":
		switch v := args[0].V.(type) {
		case int64:
			if v != math.MinInt64 {
				return &plan.Const{T: c.T, V: -v}
			}
		case float64:
			return &plan.Const{T: c.T, V: -v}
		}
	case "+", "-", "*":
		if a, ok := args[0].V.(int64); ok {
			if b, ok := args[1].V.(int64); ok {
				if v, ok := whole2(c.Name, a, b); ok {
					return fits(c.T, v)
				}
				if c.T == types.Datetime {
					return plan.Null(c.T)
				}
			}
		}
	case "scale":
		a, f := args[0].V.(int64), args[1].V.(float64)
		if v := math.Trunc(float64(a) * f); math.Abs(v) < math.MaxInt64/2 {
			return &plan.Const{T: c.T, V: int64(v)}
		}
	case "/":
		if c.T == types.Real {
			return &plan.Const{T: c.T, V: args[0].V.(float64) / args[1].V.(float64)}
		}
	case "startofday", "endofday", "startofweek", "endofweek":
		return foldDay(c, args)
	case "strcat":
		var s string
		for _, a := range args {
			v, ok := a.V.(string)
			if !ok || a.T != types.String {
				return c
			}
			s += v
		}
		return text(s)
	case "tostring":
		if v, ok := args[0].V.(int64); ok && args[0].T.Numeric() {
			return text(itoa(int(v)))
		}
	case "totimespan":
		if v, ok := args[0].V.(string); ok {
			if n, ok := builtin.ParseTimespan(v); ok {
				return &plan.Const{T: types.Timespan, V: n}
			}
		}
	case "bin", "floor":
		if a, ok := args[0].V.(int64); ok && (args[0].T == types.Datetime || args[0].T == types.Timespan) {
			if n, ok := args[1].V.(int64); ok && n > 0 && a >= 0 {
				return &plan.Const{T: c.T, V: a - a%n}
			}
		}
	}
	return c
}

func whole2(op string, a, b int64) (int64, bool) {
	switch op {
	case "+":
		s := a + b
		return s, (s > a) == (b > 0)
	case "-":
		s := a - b
		return s, (s < a) == (b > 0)
	}
	if a == 0 || b == 0 {
		return 0, true
	}
	p := a * b
	return p, p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}

func foldDay(c *plan.Call, args []*plan.Const) plan.Expr {
	t, ok := args[0].V.(int64)
	if !ok || t < 0 {
		return c
	}
	var n int64
	if len(args) > 1 {
		n, _ = args[1].V.(int64)
	}
	size, start := int64(builtin.Day), t-t%builtin.Day
	if c.Name == "startofweek" || c.Name == "endofweek" { // weeks begin on Sunday, 0001-01-01 was a Monday
		size, start = 7*builtin.Day, t-(t+builtin.Day)%(7*builtin.Day)
	}
	if c.Name[0] == 'e' {
		return fits(c.T, start+(n+1)*size-1)
	}
	return fits(c.T, start+n*size)
}

// fits is a constant; a time before year 1 or after year 9999 is null.
func fits(t types.Type, v int64) plan.Expr {
	if t == types.Datetime && (v < 0 || v > builtin.MaxDatetime) {
		return plan.Null(t)
	}
	return &plan.Const{T: t, V: v}
}
