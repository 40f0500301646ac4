package bind

import (
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// list binds in, has_any and their kin: over values, over dynamic arrays, or
// over the first column of a table.
func (b *binder) list(x *ast.List, s *scope) plan.Expr {
	l := b.expr(x.X, s)
	if l == bad {
		return bad
	}
	op, not := strings.CutPrefix(x.Op, "!")
	has := op == "has_any" || op == "has_all"
	if has || op == "in~" {
		if t := l.Type(); has && t != types.String && t != types.Dynamic && t != types.Guid {
			b.fail("KQL120", x.X.Pos(), x.Op+" does not apply to a "+t.String(), "convert it first: tostring(...)")
			return bad
		}
		l = b.coerce(l, types.String)
	}
	if len(x.Items) == 1 && !b.isColumn(x.Items[0], s) && b.isTable(x.Items[0], s.env) {
		return negated(not, b.inTable(x, op, l, s))
	}
	var items []plan.Expr
	for _, it := range x.Items {
		e := b.expr(it, s)
		if e == bad {
			return bad
		}
		if e.Type() != types.Dynamic {
			items = append(items, e)
			continue
		}
		if c, ok := e.(*plan.Const); ok {
			items = append(items, elements(c)...)
			continue
		}
		if len(x.Items) == 1 {
			return negated(not, call(op+"_array", types.Bool, b.coerce(l, types.String), e))
		}
		items = append(items, e)
	}
	if len(items) == 0 {
		return boolean((op == "has_all") != not)
	}
	switch op {
	case "has_any", "has_all":
		args := []plan.Expr{l}
		for _, it := range items {
			args = append(args, b.coerce(it, types.String))
		}
		return negated(not, call(op, types.Bool, args...))
	case "in~":
		args := []plan.Expr{l}
		for _, it := range items {
			args = append(args, b.coerce(it, types.String))
		}
		return negated(not, call("in~", types.Bool, args...))
	}
	return b.inValues(x, not, l, items)
}

// inValues makes one call of constants of the left side's own type, and a
// comparison each of all others.
func (b *binder) inValues(x *ast.List, not bool, l plan.Expr, items []plan.Expr) plan.Expr {
	if l.Type() == types.Dynamic {
		same := true
		for _, it := range items {
			same = same && it.Type() == items[0].Type()
		}
		if t := items[0].Type(); same && t != types.Dynamic {
			if t == types.Long || t == types.Int {
				t = types.Real
			}
			l = b.coerce(l, t)
		}
	}
	args := []plan.Expr{l}
	var parts []plan.Expr
	for _, it := range items {
		if l.Type().Numeric() && it.Type().Numeric() {
			it = b.coerce(it, l.Type())
		}
		if c, ok := it.(*plan.Const); ok && c.V != nil && c.T == l.Type() && c.T != types.Dynamic {
			args = append(args, c)
			continue
		}
		e := b.compare("==", l, it, x.Span)
		if e == bad {
			return bad
		}
		parts = append(parts, e)
	}
	if len(args) > 1 {
		parts = append(parts, call("in", types.Bool, args...))
	}
	return negated(not, tree("or", parts))
}

// tree joins parts in a balanced way: thousands of values must not make a
// deep expression.
func tree(op string, parts []plan.Expr) plan.Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	m := len(parts) / 2
	return call(op, types.Bool, tree(op, parts[:m]), tree(op, parts[m:]))
}

// inTable binds x in (table).
func (b *binder) inTable(x *ast.List, op string, l plan.Expr, s *scope) plan.Expr {
	r := b.table(x.Items[0], s.env)
	if r == nil || !b.closed(r.node, x.Items[0].Pos()) {
		return bad
	}
	vis := visible(r.cols)
	if len(vis) == 0 {
		b.fail("KQL103", x.Items[0].Pos(), "the table has no column to look into", "")
		return bad
	}
	c := vis[0]
	if op == "has_any" || op == "has_all" {
		set := b.col("set", types.Dynamic)
		n := &plan.Summarize{In: r.node, Aggs: []plan.Agg{{Col: set, Pick: -1, Call: &plan.Call{Name: "make_set", Args: []plan.Expr{b.coerce(c.Ref(), types.String), number(1 << 20)}, T: types.Dynamic}}}}
		return call(op+"_array", types.Bool, l, &plan.First{Node: n, ID: set.ID, T: types.Dynamic})
	}
	t := l.Type()
	switch {
	case t == types.Dynamic && c.Type == types.Dynamic:
		t = types.String
	case t == types.Dynamic:
		t = c.Type
	case t.Numeric() && c.Type.Numeric():
		t = wider(t, c.Type)
	case t == c.Type, c.Type == types.Dynamic:
	case t == types.String && c.Type == types.Guid, t == types.Guid && c.Type == types.String, t == types.String && c.Type.Numeric(), c.Type == types.String && t.Numeric():
		t = types.String
	default:
		b.fail("KQL120", x.Span, "a "+t.String()+" cannot be found in a column of type "+c.Type.String(), conversionHint(t, c.Type))
		return bad
	}
	if op == "in~" {
		t = types.String
	}
	n := b.col(c.Name, t)
	p := &plan.Project{In: r.node, Items: []plan.Item{{Col: n, Expr: b.coerce(c.Ref(), t)}}}
	return &plan.In{X: b.coerce(l, t), Node: p, Col: n.Ref(), Fold: op == "in~"}
}
