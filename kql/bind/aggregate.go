package bind

import (
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// aggs collects the aggregates of one summarize.
type aggs struct {
	list []plan.Agg
	by   map[int]bool // columns that the summarize groups by as they are
}

// add appends an aggregate and gives its column.
func (g *aggs) add(a plan.Agg) plan.Expr {
	g.list = append(g.list, a)
	return a.Col.Ref()
}

// setLimit is how many values make_set and make_list keep unless told.
const setLimit, oldSetLimit = 1_048_576, 128

// aggregate binds an aggregate that yields one value.
func (b *binder) aggregate(x *ast.Call, a *function.Aggregate, s *scope) plan.Expr {
	inner := *s
	inner.agg = nil
	if a.Name == "arg_max" || a.Name == "arg_min" || len(x.Args) > 0 && isStar(x.Args[0]) && a.Name != "count" {
		list, ok := b.argMax(x, a, s)
		if !ok {
			return bad
		}
		return list[0].Col.Ref()
	}
	if a.Name == "count" && len(x.Args) == 1 && isStar(x.Args[0]) {
		x = &ast.Call{At: x.At, Name: x.Name}
	}
	args, ok := b.args(x, &a.Func, &inner)
	if !ok {
		return bad
	}
	base, args, filter := condition(a, args)
	agg, ok := b.oneAggregate(x, base, args, s)
	if !ok {
		return bad
	}
	agg.Filter = filter
	if strings.HasPrefix(base, "make_list") {
		agg.Keys = s.rel.order
	}
	return s.agg.add(agg)
}

func isStar(x ast.Expr) bool {
	_, ok := x.(*ast.Star)
	return ok
}

// condition takes the condition of an ...if aggregate off its arguments.
func condition(a *function.Aggregate, args []plan.Expr) (string, []plan.Expr, plan.Expr) {
	for i, p := range a.Params {
		if p.Name == "condition" && i < len(args) {
			rest := append(args[:i:i], args[i+1:]...)
			base := strings.TrimSuffix(strings.TrimSuffix(a.Name, "if"), "_")
			return base, rest, args[i]
		}
	}
	return a.Name, args, nil
}

// oneAggregate settles result type and arguments.
func (b *binder) oneAggregate(x *ast.Call, name string, args []plan.Expr, s *scope) (plan.Agg, bool) {
	t := types.Long
	var in types.Type
	if len(args) > 0 {
		in = args[0].Type()
	}
	fail := func(want string) (plan.Agg, bool) {
		b.fail("KQL125", x.Args[0].Pos(), x.Name+"() wants "+want+", not a "+in.String(), "convert it first, for example with tolong() or tostring()")
		return plan.Agg{}, false
	}
	switch name {
	case "count", "dcount", "count_distinct":
	case "sum", "avg":
		if in == types.Dynamic {
			args[0], in = b.coerce(args[0], types.Real), types.Real
		}
		switch {
		case in == types.Timespan || name == "avg" && in == types.Datetime:
			t = in
		case in.Numeric() && name == "avg":
			t = types.Real
		case in == types.Real || in == types.Decimal:
			t = in
		case in.Numeric():
		case in == types.Bool && name == "sum":
			args[0] = b.coerce(args[0], types.Long)
		default:
			return fail("a number or timespan")
		}
	case "min", "max":
		if in == types.Dynamic || in == types.Guid {
			return fail("a number, timespan, datetime, string or bool")
		}
		t = in
	case "take_any", "any":
		t = in
	case "make_set", "make_list", "makeset", "makelist", "make_bag", "make_list_with_nulls", "percentiles_array":
		t = types.Dynamic
		limit := int64(setLimit)
		if name == "makeset" || name == "makelist" {
			name, limit = "make_"+name[4:], oldSetLimit
		}
		switch name {
		case "make_set", "make_list", "make_bag":
			if len(args) == 1 {
				args = append(args, number(limit))
			}
		case "percentiles_array":
			name = "percentiles"
		}
	case "percentile":
		switch {
		case in == types.Dynamic:
			args[0], in = b.coerce(args[0], types.Real), types.Real
		case !in.Numeric() && in != types.Datetime && in != types.Timespan:
			return fail("a number, datetime or timespan")
		case in == types.Int:
			args[0], in = b.coerce(args[0], types.Long), types.Long
		}
		t = in
	case "stdev", "stdevp", "variance", "variancep", "covariance", "covariancep":
		t = types.Real
		for i := range args {
			args[i] = b.coerce(args[i], types.Real)
		}
	case "binary_all_and", "binary_all_or", "binary_all_xor":
	default:
		b.unsupported(x.Span, x.Name+"()", LeftOutFunctions[x.Name])
		return plan.Agg{}, false
	}
	return plan.Agg{Col: b.col(x.Name, t), Pick: -1, Call: &plan.Call{Name: name, Args: args, T: t}}, true
}

// argMax binds arg_max(value, columns) and take_any(*): one column for the
// value and one for each of the others, in the order written.
func (b *binder) argMax(x *ast.Call, a *function.Aggregate, s *scope) ([]plan.Agg, bool) {
	inner := *s
	inner.agg = nil
	c := &plan.Call{Name: a.Name}
	var out []plan.Agg
	add := func(name string, e plan.Expr) {
		col := b.col(name, e.Type())
		c.Args = append(c.Args, e)
		out = append(out, plan.Agg{Col: col, Call: c, Pick: len(c.Args) - 1})
	}
	first := x.Args
	if a.Name == "arg_max" || a.Name == "arg_min" {
		if len(x.Args) < 1 {
			b.fail("KQL110", x.Span, x.Name+"() takes the value to compare and the columns to return", "arg_max(TimeGenerated, *)")
			return nil, false
		}
		v := b.expr(x.Args[0], &inner)
		if v == bad {
			return nil, false
		}
		if v.Type() == types.Dynamic {
			v = b.coerce(v, types.String)
		}
		add(nameOf(x.Args[0]), v)
		first = x.Args[1:]
	} else {
		c.Name = "take_any"
	}
	for _, arg := range first {
		if isStar(arg) {
			for _, col := range visible(s.rel.cols) {
				if n := nameOf(x.Args[0]); n == col.Name && !isStar(x.Args[0]) || s.agg.by[col.ID] {
					continue
				}
				add(col.Name, col.Ref())
			}
			continue
		}
		e := b.expr(arg, &inner)
		if e == bad {
			return nil, false
		}
		add(nameOf(arg), e)
	}
	if len(out) == 0 {
		b.fail("KQL110", x.Span, x.Name+"(*) has no column left to return", "")
		return nil, false
	}
	c.T = out[0].Col.Type
	s.agg.list = append(s.agg.list, out...)
	return out, true
}
