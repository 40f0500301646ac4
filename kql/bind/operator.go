package bind

import (
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func (b *binder) binary(x *ast.Binary, s *scope) plan.Expr {
	if isStar(x.X) && s.rel != nil {
		return b.anyColumn(x, s)
	}
	l, r := b.expr(x.X, s), b.expr(x.Y, s)
	if anyBad(l, r) {
		return bad
	}
	switch x.Op {
	case "and", "or":
		if s.search {
			l, r = b.term(l, s), b.term(r, s)
		}
		l, r = b.truth(l, x.X.Pos()), b.truth(r, x.Y.Pos())
		if anyBad(l, r) {
			return bad
		}
		return call(x.Op, types.Bool, l, r)
	case "==", "!=", "<", "<=", ">", ">=":
		return b.compare(x.Op, l, r, x.Span)
	case "+", "-", "*", "/", "%":
		return b.arith(x, l, r)
	case "=~", "!~":
		return negated(x.Op == "!~", call("=~", types.Bool, b.coerce(l, types.String), b.coerce(r, types.String)))
	}
	// String operators: the left side may be a string or dynamic.
	switch l.Type() {
	case types.String, types.Dynamic, types.Guid:
	default:
		b.fail("KQL120", x.X.Pos(), fmt.Sprintf("%s does not apply to a %s", x.Op, l.Type()), "convert it first: tostring(...)")
		return bad
	}
	switch r.Type() {
	case types.String, types.Dynamic, types.Guid, types.Long, types.Int:
	default:
		b.fail("KQL120", x.Y.Pos(), fmt.Sprintf("%s looks for a string, not a %s", x.Op, r.Type()), "convert it first: tostring(...)")
		return bad
	}
	op, not := strings.CutPrefix(x.Op, "!")
	switch op {
	case "like", "notlike":
		b.unsupported(x.Span, op, "use has, contains, startswith or matches regex")
		return bad
	}
	return negated(not, call(op, types.Bool, b.coerce(l, types.String), b.coerce(r, types.String)))
}

// anyColumn is * has "x": any column of text will do.
func (b *binder) anyColumn(x *ast.Binary, s *scope) plan.Expr {
	var parts []plan.Expr
	for _, c := range visible(s.rel.cols) {
		if c.Type != types.String && c.Type != types.Dynamic && c.Type != types.Guid {
			continue
		}
		e := b.binary(&ast.Binary{At: x.At, Op: x.Op, X: &ast.Name{At: ast.At{Span: x.X.Pos()}, Text: c.Name}, Y: x.Y}, s)
		if e == bad {
			return bad
		}
		parts = append(parts, e)
	}
	if len(parts) == 0 {
		return boolean(false)
	}
	return tree("or", parts)
}

func negated(not bool, e plan.Expr) plan.Expr {
	if !not || e == bad {
		return e
	}
	return call("not", types.Bool, e)
}

// compare makes both sides comparable. A string against a number compares as
// numbers where the string is one and is unequal otherwise.
func (b *binder) compare(op string, l, r plan.Expr, at types.Span) plan.Expr {
	lt, rt := l.Type(), r.Type()
	if plan.IsNull(l) {
		l, lt = plan.Null(rt), rt
	} else if plan.IsNull(r) {
		r, rt = plan.Null(lt), lt
	}
	switch {
	case lt == rt && lt == types.String && !equality(op):
		b.fail("KQL120", at, op+" does not order strings", "use strcmp(a, b), or convert both sides")
		return bad
	case lt == rt:
		if lt == types.Dynamic && op != "==" && op != "!=" {
			l, r = b.coerce(l, types.Real), b.coerce(r, types.Real)
		}
	case lt.Numeric() && rt.Numeric():
		t := wider(lt, rt)
		l, r = b.coerce(l, t), b.coerce(r, t)
	case lt == types.Dynamic && (rt.Numeric() || rt == types.Timespan):
		l, r = b.fromDynamic(l, rt), b.fromDynamic(r, rt)
	case rt == types.Dynamic && (lt.Numeric() || lt == types.Timespan):
		l, r = b.fromDynamic(l, lt), b.fromDynamic(r, lt)
	case lt == types.Dynamic:
		l = b.coerce(l, rt)
	case rt == types.Dynamic:
		r = b.coerce(r, lt)
	case lt == types.String && rt.Numeric() && equality(op):
		l, r = call("number", types.Real, l), b.coerce(r, types.Real)
	case rt == types.String && lt.Numeric() && equality(op):
		l, r = b.coerce(l, types.Real), call("number", types.Real, r)
	case lt == types.Bool && (rt.Numeric() || rt == types.String):
		r = b.coerce(r, types.Bool)
	case rt == types.Bool && (lt.Numeric() || lt == types.String):
		l = b.coerce(l, types.Bool)
	case lt == types.String && rt == types.Guid || rt == types.String && lt == types.Guid:
		l, r = call("tolower", types.String, b.coerce(l, types.String)), call("tolower", types.String, b.coerce(r, types.String))
	case lt == types.String && (rt == types.Datetime || rt == types.Timespan) && equality(op):
		l = b.coerce(l, rt)
	case rt == types.String && (lt == types.Datetime || lt == types.Timespan) && equality(op):
		r = b.coerce(r, lt)
	case equality(op) && lt != types.Guid && rt != types.Guid && (ticking(lt) || ticking(rt)): // as numbers of ticks
		t := types.Long
		if lt == types.Real || rt == types.Real || lt == types.Decimal || rt == types.Decimal {
			t = types.Real
		}
		l, r = b.coerce(l, t), b.coerce(r, t)
	default:
		b.fail("KQL120", at, fmt.Sprintf("a %s and a %s cannot be compared", lt, rt), conversionHint(lt, rt))
		return bad
	}
	return call(op, types.Bool, l, r)
}

func ticking(t types.Type) bool { return t == types.Datetime || t == types.Timespan }

func equality(op string) bool { return op == "==" || op == "!=" }

func conversionHint(l, r types.Type) string {
	for _, t := range []types.Type{l, r} {
		switch t {
		case types.Datetime:
			return "convert the other side with todatetime()"
		case types.Timespan:
			return "convert the other side with totimespan()"
		case types.Long, types.Int, types.Real:
			return "convert the other side with todouble() or tolong()"
		}
	}
	return "convert one side, for example with tostring()"
}

func wider(a, b types.Type) types.Type {
	switch {
	case a == types.Decimal || b == types.Decimal:
		return types.Decimal
	case a == types.Real || b == types.Real:
		return types.Real
	}
	return types.Long
}

// fromDynamic reads a number or timespan out of a dynamic value; a number on
// the other side stays as exact as it is.
func (b *binder) fromDynamic(e plan.Expr, other types.Type) plan.Expr {
	if other == types.Timespan {
		return b.coerce(e, types.Timespan)
	}
	return b.coerce(e, types.Real)
}

// arith binds + - * / %.
func (b *binder) arith(x *ast.Binary, l, r plan.Expr) plan.Expr {
	dt, ts := types.Datetime, types.Timespan
	if l.Type() == types.Dynamic && r.Type() == types.Dynamic { // of what type they are only the data tells
		return call("todynamic_", types.Dynamic, call(x.Op, types.Real, b.coerce(l, types.Real), b.coerce(r, types.Real)))
	}
	if l.Type() == types.Dynamic {
		l = b.operand(l, r.Type(), x.Op == "-" || x.Op == "+")
	}
	if r.Type() == types.Dynamic {
		r = b.operand(r, l.Type(), x.Op == "-")
	}
	lt, rt := l.Type(), r.Type()
	switch {
	case lt.Numeric() && rt.Numeric():
		t := wider(lt, rt)
		return call(x.Op, t, b.coerce(l, t), b.coerce(r, t))
	case lt == dt && rt == dt && x.Op == "-", lt == ts && rt == ts && (x.Op == "+" || x.Op == "-" || x.Op == "%"):
		return call(x.Op, ts, l, r)
	case lt == dt && rt == ts && (x.Op == "+" || x.Op == "-"):
		return call(x.Op, dt, l, r)
	case lt == ts && rt == dt && x.Op == "+":
		return call(x.Op, dt, r, l)
	case lt == ts && rt == ts && x.Op == "/":
		return call("ratio", types.Real, l, r)
	case lt == ts && rt.Numeric() && x.Op == "*", lt.Numeric() && rt == ts && x.Op == "*":
		if lt.Numeric() {
			l, r = r, l
		}
		if r.Type() == types.Real || r.Type() == types.Decimal {
			return call("scale", ts, l, b.coerce(r, types.Real))
		}
		return call("*", ts, l, r)
	case lt == ts && rt.Numeric() && x.Op == "/":
		return call("scale", ts, l, call("/", types.Real, &plan.Const{T: types.Real, V: 1.0}, b.coerce(r, types.Real)))
	case lt == dt && rt == ts && x.Op == "/", lt == dt && rt == ts && x.Op == "%":
		return call(x.Op, ts, l, r)
	}
	b.fail("KQL120", x.Span, fmt.Sprintf("%s does not apply to a %s and a %s", x.Op, lt, rt), "")
	return bad
}

// operand reads a dynamic as what the other side of an operator is.
func (b *binder) operand(e plan.Expr, other types.Type, times bool) plan.Expr {
	switch {
	case times && (other == types.Datetime || other == types.Timespan):
		return b.coerce(e, types.Datetime)
	case other.Numeric() && other != types.Int:
		return b.coerce(e, other)
	case other == types.Int:
		return b.coerce(e, types.Long)
	}
	return b.coerce(e, types.Real)
}

func (b *binder) between(x *ast.Between, s *scope) plan.Expr {
	v, lo, hi := b.expr(x.X, s), b.expr(x.Lo, s), b.expr(x.Hi, s)
	if anyBad(v, lo, hi) {
		return bad
	}
	if v.Type() == types.Datetime && hi.Type() == types.Timespan && lo.Type() == types.Datetime {
		hi = call("+", types.Datetime, lo, hi)
	}
	l, h := b.compare(">=", v, lo, x.Span), b.compare("<=", v, hi, x.Span)
	if anyBad(l, h) {
		return bad
	}
	return negated(x.Not, call("and", types.Bool, l, h))
}

// coerce converts e to a type where Kusto does so without a word.
func (b *binder) coerce(e plan.Expr, t types.Type) plan.Expr {
	if e == bad || e.Type() == t || t == types.Unknown {
		return e
	}
	if c, ok := e.(*plan.Const); ok {
		switch v := c.V.(type) {
		case nil:
			return plan.Null(t)
		case int64:
			if c.T.Numeric() && (t == types.Real || t == types.Decimal) {
				return &plan.Const{T: t, V: float64(v)}
			}
			if c.T.Numeric() && (t == types.Long || t == types.Int && v == int64(int32(v))) {
				return &plan.Const{T: t, V: v}
			}
		case float64:
			if t == types.Real || t == types.Decimal {
				return &plan.Const{T: t, V: v}
			}
		case string:
			if c.T == types.String && t == types.Datetime {
				if n, ok := builtin.ParseDatetime(v); ok {
					return &plan.Const{T: t, V: n}
				}
			}
		}
	}
	name := map[types.Type]string{types.Bool: "tobool", types.Int: "toint", types.Long: "tolong", types.Real: "todouble", types.Decimal: "todecimal",
		types.String: "tostring", types.Datetime: "todatetime", types.Timespan: "totimespan", types.Guid: "toguid", types.Dynamic: "todynamic_"}[t]
	return call(name, t, e)
}
