package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// keys binds sort keys. The default is desc, with nulls last; asc has nulls
// first. Keys that are no columns become hidden ones.
func (b *binder) keys(r *rel, list []ast.Key, e *env) (*rel, []plan.Key, bool) {
	r = r.copy()
	var out []plan.Key
	var extra []plan.Item
	for _, k := range list {
		x := b.expr(k.X, &scope{rel: r, env: e, win: true})
		if x == bad {
			return nil, nil, false
		}
		if x.Type() == types.Dynamic {
			b.warn("KQL301", k.X.Pos(), "Kusto does not sort by a dynamic value; here rows sort by its text")
			x = b.coerce(x, types.String)
		}
		if _, ok := x.(*plan.Ref); !ok {
			if _, isConst := x.(*plan.Const); isConst {
				continue
			}
			c := b.col("$key", x.Type())
			extra = append(extra, plan.Item{Col: c, Expr: x})
			x = c.Ref()
		}
		desc := k.Dir != "asc"
		first := !desc
		if k.Nulls != "" {
			first = k.Nulls == "first"
		}
		out = append(out, plan.Key{Expr: x, Desc: desc, NullsFirst: first})
	}
	if len(extra) > 0 {
		cols := r.cols
		p := r.project(append(pass(cols), extra...))
		p.cols = cols
		r = p
	}
	return r, out, true
}

func (b *binder) sort(r *rel, op *ast.Sort, e *env) *rel {
	r, keys, ok := b.keys(r, op.Keys, e)
	if !ok {
		return nil
	}
	r.order, r.final, r.serial = keys, true, true
	return r
}

// rows reads a constant number of rows.
func (b *binder) rows(x ast.Expr, e *env) (int64, bool) {
	v := b.expr(x, &scope{env: e})
	if v == bad {
		return 0, false
	}
	c, ok := v.(*plan.Const)
	n, isWhole := int64(0), false
	if ok {
		n, isWhole = c.V.(int64)
	}
	if !isWhole || !c.T.Numeric() || n < 0 {
		b.fail("KQL104", x.Pos(), "expected a constant number of rows", "")
		return 0, false
	}
	return n, true
}

func partOf(r *rel) []plan.Expr {
	var out []plan.Expr
	for _, c := range r.part {
		out = append(out, c.Ref())
	}
	return out
}

func (b *binder) top(r *rel, op *ast.Top, e *env) *rel {
	n, ok := b.rows(op.N, e)
	if !ok {
		return nil
	}
	r, keys, ok := b.keys(r, op.Keys, e)
	if !ok {
		return nil
	}
	r.node = &plan.Take{In: r.node, N: n, Part: partOf(r), Keys: keys}
	r.order, r.final, r.serial = keys, true, true
	return r
}

func (b *binder) take(r *rel, op *ast.Take, e *env) *rel {
	n, ok := b.rows(op.N, e)
	if !ok {
		return nil
	}
	r = r.copy()
	t := &plan.Take{In: r.node, N: n, Part: partOf(r), Random: op.Kind == "sample"}
	if r.final && !t.Random {
		t.Keys = r.order
	}
	r.node = t
	return r
}

func (b *binder) sampleDistinct(r *rel, op *ast.SampleDistinct, e *env) *rel {
	n, ok := b.rows(op.N, e)
	if !ok {
		return nil
	}
	out := b.distinct(r, &ast.Columns{At: op.At, Kind: "distinct", Items: []ast.Expr{op.X}}, e)
	if out == nil {
		return nil
	}
	out.node = &plan.Take{In: out.node, N: n, Part: partOf(out)}
	return out
}

func (b *binder) rangeOp(op *ast.Range, e *env) *rel {
	s := &scope{env: e}
	lo, hi, step := b.expr(op.From, s), b.expr(op.To, s), b.expr(op.Step, s)
	if anyBad(lo, hi, step) {
		return nil
	}
	t := lo.Type()
	switch {
	case t.Numeric() && hi.Type().Numeric() && step.Type().Numeric():
		t = wider(wider(t, hi.Type()), step.Type())
		lo, hi, step = b.coerce(lo, t), b.coerce(hi, t), b.coerce(step, t)
	case (t == types.Datetime || t == types.Timespan) && hi.Type() == t && step.Type() == types.Timespan:
	default:
		b.fail("KQL125", op.Span, fmt.Sprintf("range cannot go from a %s to a %s by a %s", t, hi.Type(), step.Type()), "")
		return nil
	}
	c := b.col(op.Name.Text, t)
	return &rel{node: &plan.Series{Col: c, Lo: lo, Hi: hi, Step: step}, cols: []plan.Col{c}, order: []plan.Key{{Expr: c.Ref(), Desc: negative(step), NullsFirst: !negative(step)}}, final: true, serial: true}
}

// negative tells a step that goes down.
func negative(step plan.Expr) bool {
	c, ok := step.(*plan.Const)
	if !ok {
		return false
	}
	switch v := c.V.(type) {
	case int64:
		return v < 0
	case float64:
		return v < 0
	}
	return false
}
