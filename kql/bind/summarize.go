package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func (b *binder) summarize(r *rel, op *ast.Summarize, e *env) *rel {
	r = r.copy()
	g, items, ok := b.grouped(r, op.Aggs, op.By, e)
	if !ok {
		return nil
	}
	return b.group(r, g, items)
}

// grouping is what summarize and make-series have in common.
type grouping struct {
	by   []plan.Item
	aggs []plan.Agg
}

// grouped binds aggregates and by-expressions, whose window functions add to
// r, which is the caller's own. The items are the columns after
// the by-columns, over the aggregates' columns.
func (b *binder) grouped(r *rel, aggExprs, byExprs []ast.Expr, e *env) (*grouping, []plan.Item, bool) {
	m := newNamer(nil)
	g := &grouping{}
	collect := &aggs{by: map[int]bool{}}
	ok := true
	for _, x := range byExprs {
		it, good := b.byItem(r, x, m, e)
		if ok = ok && good; !good {
			continue
		}
		if ref, isRef := it.Expr.(*plan.Ref); isRef { // by x=a takes a out of arg_max(..., *) as well
			collect.by[ref.ID] = true
		}
		g.by = append(g.by, it)
	}
	s := &scope{rel: r, env: e, agg: collect, win: true}
	var items []plan.Item
	for _, x := range aggExprs {
		list, good := b.aggItem(x, m, s)
		ok = ok && good
		items = append(items, list...)
	}
	g.aggs = collect.list
	return g, items, ok
}

func (b *binder) byItem(r *rel, x ast.Expr, m *namer, e *env) (plan.Item, bool) {
	ex := b.expr(x, &scope{rel: r, env: e, win: true})
	if ex == bad {
		return plan.Item{}, false
	}
	var name string
	if n, ok := x.(*ast.Named); ok {
		name = m.free(n.Names[0].Text)
	} else {
		name = m.auto(x)
	}
	if ex.Type() == types.Dynamic {
		b.warn("KQL301", x.Pos(), "Kusto does not group by a dynamic value; here rows group by its text")
	}
	if ref, ok := ex.(*plan.Ref); ok {
		if c, ok := find(r.cols, name); ok && c.ID == ref.ID { // the same column goes on
			c.Hidden = false
			return plan.Item{Col: c, Expr: ex}, true
		}
	}
	return plan.Item{Col: b.col(name, ex.Type()), Expr: ex}, true
}

// aggItem binds one expression of the list before by.
func (b *binder) aggItem(x ast.Expr, m *namer, s *scope) ([]plan.Item, bool) {
	named, _ := x.(*ast.Named)
	inner := x
	if named != nil {
		inner = named.X
	}
	given := func(i int) string {
		if named != nil && i < len(named.Names) {
			return named.Names[i].Text
		}
		return ""
	}
	if c, ok := unparen(inner).(*ast.Call); ok {
		if v := s.env.find(c.Name); v == nil || v.fn == nil {
			if list, done, ok := b.several(c, s); done {
				var items []plan.Item
				for i, a := range list {
					name := given(i)
					if name == "" {
						name = a.Col.Name
					}
					if name == "" {
						m.n++
						name = "Column" + itoa(m.n)
					}
					col := a.Col
					col.Name = m.free(name)
					items = append(items, plan.Item{Col: col, Expr: a.Col.Ref()})
				}
				return items, ok
			}
		}
	}
	before := len(s.agg.list)
	e := b.expr(inner, s)
	if e == bad {
		return nil, false
	}
	if len(s.agg.list) == before {
		if _, isConst := e.(*plan.Const); !isConst {
			b.fail("KQL126", x.Pos(), "summarize wants an aggregate such as count() or max(...)", "put the expression behind by, or wrap it in take_any()")
			return nil, false
		}
	}
	name := given(0)
	switch {
	case name != "":
		name = m.free(name)
	default:
		name = m.auto(inner)
	}
	return []plan.Item{{Col: b.col(name, e.Type()), Expr: e}}, true
}

// several binds an aggregate that yields several columns; done is false for
// all others.
func (b *binder) several(c *ast.Call, s *scope) (list []plan.Agg, done, ok bool) {
	a, isAgg := function.LookupAggregate(c.Name)
	if !isAgg {
		return nil, false, true
	}
	switch a.Name {
	case "arg_max", "arg_min":
		list, ok = b.argMax(c, a, s)
		return list, true, ok
	case "take_any", "any":
		if len(c.Args) == 1 && !isStar(c.Args[0]) {
			return nil, false, true
		}
		list, ok = b.argMax(c, a, s)
		return list, true, ok
	case "percentile", "percentiles":
		list, ok = b.percentiles(c, a, s)
		return list, true, ok
	}
	return nil, false, true
}

// percentiles gives a column each: percentile_a_95.
func (b *binder) percentiles(x *ast.Call, a *function.Aggregate, s *scope) ([]plan.Agg, bool) {
	inner := *s
	inner.agg = nil
	args, ok := b.args(x, &a.Func, &inner)
	if !ok {
		return nil, false
	}
	if len(args) < 2 {
		b.fail("KQL110", x.Span, x.Name+"() takes a value and at least one percentile", "percentiles(duration, 50, 95, 99)")
		return nil, false
	}
	var out []plan.Agg
	for i, p := range args[1:] {
		agg, ok := b.oneAggregate(x, "percentile", []plan.Expr{args[0], p}, s)
		if !ok {
			return nil, false
		}
		if n := nameOf(x.Args[0]); n != "" {
			agg.Col.Name = "percentile_" + n + "_" + percentName(x.Args[i+1], p)
		} else {
			agg.Col.Name = "percentile_" + "_" + percentName(x.Args[i+1], p)
		}
		s.agg.list = append(s.agg.list, agg)
		out = append(out, agg)
	}
	return out, true
}

func percentName(x ast.Expr, e plan.Expr) string {
	if c, ok := e.(*plan.Const); ok {
		if f, ok := c.V.(float64); ok {
			return underscored(fmt.Sprint(f))
		}
	}
	return nameOf(x)
}

func underscored(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c == '.' {
			out[i] = '_'
		}
	}
	return string(out)
}

// group builds the node. Within mv-apply and partition rows stay apart, and
// the outer columns come along.
func (b *binder) group(r *rel, g *grouping, items []plan.Item) *rel {
	n := &plan.Summarize{In: r.node, By: g.by, Aggs: g.aggs}
	have := map[int]bool{}
	for _, it := range g.by {
		have[it.Col.ID] = true
	}
	for _, c := range r.part {
		if !have[c.ID] {
			have[c.ID] = true
			n.By = append(n.By, plan.Item{Col: c, Expr: c.Ref()})
		}
	}
	for _, c := range r.carry {
		if !have[c.ID] {
			have[c.ID] = true
			n.Aggs = append(n.Aggs, plan.Agg{Col: c, Pick: -1, Call: &plan.Call{Name: "take_any", Args: []plan.Expr{c.Ref()}, T: c.Type}})
		}
	}
	out := (&rel{node: n, part: r.part, carry: r.carry}).unordered()
	var all []plan.Item
	for _, it := range g.by {
		all = append(all, plan.Item{Col: it.Col, Expr: it.Col.Ref()})
	}
	return out.project(append(all, items...))
}
