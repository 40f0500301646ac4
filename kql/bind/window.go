package bind

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// window adds a column to the scope's table that looks at other rows. The
// scope's relation belongs to the operator being bound, which made a copy.
func (b *binder) window(x *ast.Call, s *scope, part []plan.Expr, c *plan.Call) plan.Expr {
	col := b.col("$"+c.Name, c.T)
	w := &plan.Window{In: s.rel.node, Items: []plan.Item{{Col: col, Expr: c}}, Part: append(partOf(s.rel), part...), Keys: s.rel.order}
	s.rel.node = w
	return col.Ref()
}

func (b *binder) serial(x *ast.Call, s *scope) bool {
	switch {
	case !s.win || s.rel == nil:
		b.fail("KQL130", x.Span, x.Name+"() is not allowed here", "use it in extend, project, where or serialize")
	case !s.rel.serial:
		b.fail("KQL130", x.Span, x.Name+"() needs rows in a fixed order", "put sort by or serialize before it")
	default:
		return true
	}
	return false
}

// neighbour binds prev(value, [offset], [default]) and next.
func (b *binder) neighbour(x *ast.Call, s *scope) plan.Expr {
	f, _ := function.Lookup(x.Name)
	args, ok := b.args(x, f, s)
	if !ok || !b.serial(x, s) {
		return bad
	}
	t := args[0].Type()
	if len(args) < 2 {
		args = append(args, number(1))
	}
	if len(args) < 3 {
		args = append(args, plan.Null(t))
	}
	args[2] = b.coerce(args[2], t)
	return b.window(x, s, nil, &plan.Call{Name: x.Name, Args: args, T: t})
}

func (b *binder) rowFunction(x *ast.Call, s *scope) plan.Expr {
	f, _ := function.Lookup(x.Name)
	args, ok := b.args(x, f, s)
	if !ok || !b.serial(x, s) {
		return bad
	}
	// An argument that says where to begin anew makes groups of its own.
	var part []plan.Expr
	at := 1
	if x.Name == "row_window_session" {
		at = 3
	}
	if len(args) > at {
		group := b.window(x, s, nil, &plan.Call{Name: "row_cumsum", T: types.Long, Args: []plan.Expr{call("iff", types.Long, args[at], number(1), number(0))}})
		part = append(part, group)
	}
	switch x.Name {
	case "row_number":
		start := plan.Expr(number(1))
		if len(args) > 0 {
			start = args[0]
		}
		return b.window(x, s, part, &plan.Call{Name: "row_number", T: types.Long, Args: []plan.Expr{start}})
	case "row_cumsum":
		return b.window(x, s, part, &plan.Call{Name: "row_cumsum", T: args[0].Type(), Args: args[:1]})
	case "row_rank_dense", "row_rank_min":
		// A rank grows where the value differs from the one before it.
		before := b.window(x, s, part, &plan.Call{Name: "prev", T: args[0].Type(), Args: []plan.Expr{args[0], number(1), plan.Null(args[0].Type())}})
		n := b.window(x, s, part, &plan.Call{Name: "row_number", T: types.Long, Args: []plan.Expr{number(1)}})
		changed := call("or", types.Bool, call("==", types.Bool, n, number(1)), call("not_same", types.Bool, args[0], before))
		if x.Name == "row_rank_dense" {
			return b.window(x, s, part, &plan.Call{Name: "row_cumsum", T: types.Long, Args: []plan.Expr{call("iff", types.Long, changed, number(1), number(0))}})
		}
		return b.window(x, s, part, &plan.Call{Name: "row_cummax", T: types.Long, Args: []plan.Expr{call("iff", types.Long, changed, n, number(0))}})
	}
	return b.window(x, s, part, &plan.Call{Name: "row_window_session", T: types.Datetime, Args: args[:3]})
}
