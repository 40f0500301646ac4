package duckdb

import (
	"math"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// To the engine NaN is a number like others, equal to itself and greater than
// all; to Kusto it is unequal to everything and neither less nor greater.

// nan tells expressions that may be not a number.
func nan(e plan.Expr) bool {
	if t := e.Type(); t != types.Real && t != types.Decimal {
		return false
	}
	if c, ok := e.(*plan.Const); ok {
		f, is := c.V.(float64)
		return is && math.IsNaN(f)
	}
	return true
}

// order writes <, <=, > and >=. Only a NaN on the side that has to be greater
// makes the engine say yes.
func (x *emitter) order(e *plan.Call) string {
	v := binaryWord(" "+e.Name+" ")(x, e)
	high := e.Args[0]
	if e.Name[0] == '<' {
		high = e.Args[1]
	}
	if !nan(high) {
		return v
	}
	return "(" + v + " AND NOT isnan(" + x.expr(high) + "))"
}

// truth writes == and != where null and false are the same.
func (x *emitter) truth(e *plan.Call) string {
	l, r := x.expr(e.Args[0]), x.expr(e.Args[1])
	switch {
	case e.Name == "==":
		return x.unequalNaN(e, "("+l+" = "+r+")")
	case x.nonNull(e.Args[0]) && x.nonNull(e.Args[1]):
		return x.unequalNaN(e, "("+l+" <> "+r+")")
	}
	return x.unequalNaN(e, "("+l+" IS DISTINCT FROM "+r+")")
}

// equal writes == and != as values: null equals nothing but makes null of two
// nulls.
func (x *emitter) equal(e *plan.Call) string {
	l, r := x.expr(e.Args[0]), x.expr(e.Args[1])
	plain, same := " = ", " IS NOT DISTINCT FROM "
	if e.Name == "!=" {
		plain, same = " <> ", " IS DISTINCT FROM "
	}
	ln, rn := x.nonNull(e.Args[0]), x.nonNull(e.Args[1])
	var v string
	switch {
	case ln && rn:
		v = "(" + l + plain + r + ")"
	case ln || rn:
		v = "(" + l + same + r + ")"
	default:
		v = "(CASE WHEN " + l + " IS NULL AND " + r + " IS NULL THEN NULL ELSE " + l + same + r + " END)"
	}
	return x.unequalNaN(e, v)
}

// unequalNaN takes two NaNs out of a comparison for equality.
func (x *emitter) unequalNaN(e *plan.Call, v string) string {
	if !nan(e.Args[0]) || !nan(e.Args[1]) {
		return v
	}
	if e.Name == "!=" {
		return "(" + v + " OR isnan(" + x.expr(e.Args[0]) + "))"
	}
	return "(" + v + " AND NOT isnan(" + x.expr(e.Args[0]) + "))"
}
