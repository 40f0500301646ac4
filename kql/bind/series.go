package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// makeSeries groups into bins, then gathers each series into arrays whose
// missing bins hold the default.
func (b *binder) makeSeries(r *rel, op *ast.MakeSeries, e *env) *rel {
	s := &scope{rel: r, env: e}
	on := op.On
	axisName := nameOf(on)
	if n, ok := on.(*ast.Named); ok {
		on, axisName = n.X, n.Names[0].Text
	}
	axis, step := b.expr(on, s), b.expr(op.Step, &scope{env: e})
	if anyBad(axis, step) {
		return nil
	}
	t := axis.Type()
	fits := t.Numeric() && step.Type().Numeric() || (t == types.Datetime || t == types.Timespan) && step.Type() == types.Timespan
	if !fits {
		b.fail("KQL125", op.Step.Pos(), fmt.Sprintf("an axis of type %s cannot have steps of type %s", t, step.Type()), "step 1h for a datetime")
		return nil
	}
	if t.Numeric() {
		t = wider(t, step.Type())
		axis, step = b.coerce(axis, t), b.coerce(step, t)
	}
	var lo, hi plan.Expr
	for _, side := range []struct {
		x  ast.Expr
		to *plan.Expr
	}{{op.From, &lo}, {op.To, &hi}} {
		if side.x == nil {
			continue
		}
		v := b.expr(side.x, &scope{env: e})
		if v == bad {
			return nil
		}
		if v = b.coerce(v, t); v.Type() != t {
			return nil
		}
		*side.to = v
	}
	r = r.copy()
	var limits []plan.Expr
	if lo != nil {
		limits = append(limits, call(">=", types.Bool, axis, lo))
	}
	if hi != nil {
		limits = append(limits, call("<", types.Bool, axis, hi))
	}
	if len(limits) > 0 {
		r.node = &plan.Filter{In: r.node, Pred: plan.And(limits)}
	}
	// Bins begin at from, else at the multiples of the step.
	binned := call("bin", t, axis, step)
	if lo != nil {
		binned = call("bin_at", t, axis, step, lo)
	}
	bin := b.col("$bin", t)
	var aggExprs []ast.Expr
	for _, a := range op.Aggs {
		aggExprs = append(aggExprs, a.X)
	}
	g, items, ok := b.grouped(r, aggExprs, op.By, e)
	if !ok {
		return nil
	}
	by := g.by
	g.by = append(g.by[:len(g.by):len(g.by)], plan.Item{Col: bin, Expr: binned})
	inner := b.group(r, g, items)
	return b.gather(op, inner, by, bin, items, axisName, lo, hi, step, e)
}

func (b *binder) gather(op *ast.MakeSeries, in *rel, by []plan.Item, bin plan.Col, items []plan.Item, axisName string, lo, hi, step plan.Expr, e *env) *rel {
	orNull := func(x plan.Expr) plan.Expr {
		if x == nil {
			return plan.Null(bin.Type)
		}
		return x
	}
	n := &grouping{}
	for _, it := range by {
		n.by = append(n.by, plan.Item{Col: it.Col, Expr: it.Col.Ref()})
	}
	m := newNamer(nil)
	for _, it := range by {
		m.free(it.Col.Name)
	}
	var out []plan.Item
	add := func(name string, c *plan.Call) {
		col := b.col(m.free(name), types.Dynamic)
		n.aggs = append(n.aggs, plan.Agg{Col: col, Call: c, Pick: -1})
		out = append(out, plan.Item{Col: col, Expr: col.Ref()})
	}
	// Without bounds the axis spans what all series have together.
	if lo == nil || hi == nil {
		in = b.bounds(in, bin, &lo, &hi, step)
	}
	for i, it := range items {
		var def plan.Expr = plan.Null(it.Col.Type)
		if it.Col.Type.Numeric() {
			def = b.coerce(number(0), it.Col.Type)
		}
		if i < len(op.Aggs) && op.Aggs[i].Default != nil {
			d := b.expr(op.Aggs[i].Default, &scope{env: e})
			if d == bad {
				return nil
			}
			def = d
		}
		add(it.Col.Name, &plan.Call{Name: "series_values", T: types.Dynamic, Args: []plan.Expr{bin.Ref(), it.Col.Ref(), orNull(lo), orNull(hi), step, b.coerce(def, it.Col.Type)}})
	}
	if axisName == "" {
		axisName = "Column1"
	}
	count := b.col("$count", types.Long)
	n.aggs = append(n.aggs, plan.Agg{Col: count, Call: &plan.Call{Name: "count", T: types.Long}, Pick: -1})
	add(axisName, &plan.Call{Name: "series_axis", T: types.Dynamic, Args: []plan.Expr{bin.Ref(), orNull(lo), orNull(hi), step}})
	if propText(op.Props, "kind") == "nonempty" || len(by) > 0 {
		return b.group(in, n, out)
	}
	// Without rows there is no series, unless asked for.
	all := b.group(in, n, append(out, plan.Item{Col: count, Expr: count.Ref()}))
	all.node = &plan.Filter{In: all.node, Pred: call(">", types.Bool, count.Ref(), number(0))}
	all.cols = all.cols[:len(all.cols)-1]
	return all
}

// bounds adds the first and last bin of all rows as columns.
func (b *binder) bounds(in *rel, bin plan.Col, lo, hi *plan.Expr, step plan.Expr) *rel {
	in = in.copy()
	w := &plan.Window{In: in.node, Part: partOf(in)}
	add := func(name string) plan.Expr {
		c := b.col("$"+name, bin.Type)
		w.Items = append(w.Items, plan.Item{Col: c, Expr: &plan.Call{Name: name + "_over", T: bin.Type, Args: []plan.Expr{bin.Ref()}}})
		return c.Ref()
	}
	if *lo == nil {
		*lo = add("min")
	}
	if *hi == nil {
		last := add("max")
		if bin.Type == types.Datetime {
			*hi = call("+", bin.Type, last, step)
		} else {
			*hi = call("+", bin.Type, last, step)
		}
	}
	in.node = w
	return in
}
