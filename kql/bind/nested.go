package bind

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// level is a level of top-nested: the column of its values, which the input
// has as $x0, $x1 and so on, and that of its aggregate, $a0, $a1.
type level struct {
	ast.Level
	x, a   plan.Col
	others plan.Expr
	cut    bool // only the first n count
	n      int64
}

func levelName(kind string, i int) string { return "$" + kind + itoa(i) }

func ref(at ast.At, name string) ast.Expr { return &ast.Name{At: at, Text: name} }

// topNested binds levels of groups, each within those of the level above it.
// Rows outside of a level's first groups become one row per group above it,
// with the aggregates of that level and of all below it that ask for others.
func (b *binder) topNested(r *rel, op *ast.TopNested, e *env) *rel {
	if len(r.part) > 0 {
		b.unsupported(op.Span, "top-nested inside partition or mv-apply", "")
		return nil
	}
	levels, cur, ok := b.levels(r, op, e)
	if !ok {
		return nil
	}
	var legs []*rel
	for i := range levels {
		top := b.levelTop(levels, i, cur, e)
		if top == nil {
			return nil
		}
		last := i == len(levels)-1
		if last {
			legs = append(legs, top)
		}
		if levels[i].cut && anyOthers(levels[i:]) {
			rest := b.levelRest(levels, i, cur, top, e)
			if rest == nil {
				return nil
			}
			legs = append(legs, rest)
		}
		if !last {
			cur = b.within(cur, top, i)
		}
	}
	return b.nested(levels, legs)
}

func anyOthers(levels []level) bool {
	for _, l := range levels {
		if l.others != nil {
			return true
		}
	}
	return false
}

// levels binds the values, adds them to the input, and names the columns.
func (b *binder) levels(r *rel, op *ast.TopNested, e *env) ([]level, *rel, bool) {
	m := newNamer(nil)
	items := pass(r.cols)
	var out []level
	for i, l := range op.Levels {
		lv := level{Level: l}
		if l.N != nil {
			if lv.n, lv.cut = b.rows(l.N, e); !lv.cut {
				return nil, nil, false
			}
		}
		v := b.expr(l.X, &scope{rel: r, env: e})
		if v == bad {
			return nil, nil, false
		}
		if n, ok := l.X.(*ast.Named); ok {
			lv.x.Name = m.free(n.Names[0].Text)
		} else {
			lv.x.Name = m.auto(l.X)
		}
		lv.x.Type = v.Type()
		if n, ok := l.Agg.(*ast.Named); ok {
			lv.a.Name = m.free(n.Names[0].Text)
		} else {
			lv.a.Name = m.free("aggregated_" + lv.x.Name)
		}
		if l.Others != nil {
			o := b.expr(l.Others, &scope{env: e})
			if o == bad {
				return nil, nil, false
			}
			if o = b.coerce(o, v.Type()); !isConst(o) {
				b.fail("KQL125", l.Others.Pos(), "the value for others must be a constant "+v.Type().String(), "")
				return nil, nil, false
			}
			lv.others = o
		}
		items = append(items, plan.Item{Col: b.col(levelName("x", i), v.Type()), Expr: v})
		out = append(out, lv)
	}
	cur := r.copy().unordered().project(items)
	cur.node = b.share(cur.node)
	return out, cur, true
}

func isConst(e plan.Expr) bool {
	_, ok := e.(*plan.Const)
	return ok
}

// above lists the columns that the groups of level i have in common with
// their neighbours.
func above(at ast.At, i int) []ast.Expr {
	var out []ast.Expr
	for j := range i {
		out = append(out, ref(at, levelName("x", j)), ref(at, levelName("a", j)))
	}
	return out
}

// quietly binds without the warning about groups of dynamic values: it would
// point at columns that the query does not have.
func (b *binder) quietly(r *rel, aggs, by []ast.Expr, e *env) *rel {
	before := len(b.problems)
	r = r.copy()
	g, items, ok := b.grouped(r, aggs, by, e)
	if !ok {
		return nil
	}
	b.problems = b.problems[:before]
	return b.group(r, g, items)
}

// levelTop gives the first groups of level i within each group above it.
func (b *binder) levelTop(levels []level, i int, cur *rel, e *env) *rel {
	l := &levels[i]
	top := b.quietly(cur, []ast.Expr{l.Agg}, append(above(l.At, i), ref(l.At, levelName("x", i))), e)
	if top == nil {
		return nil
	}
	if len(top.cols) != 2*i+2 {
		b.fail("KQL126", l.Agg.Pos(), "a level of top-nested orders by one aggregate", "use another top-nested of the same column for a second one")
		return nil
	}
	a := &top.cols[2*i+1]
	a.Name = levelName("a", i)
	l.a.Type = a.Type
	if l.cut {
		x, _ := find(top.cols, levelName("x", i))
		desc := l.Dir != "asc"
		by := plan.Key{Expr: a.Ref(), Desc: desc, NullsFirst: !desc}
		if l.Nulls != "" {
			by.NullsFirst = l.Nulls == "first"
		}
		t := &plan.Take{In: top.node, N: l.n, Keys: []plan.Key{by, {Expr: x.Ref(), NullsFirst: true}}}
		for j := range i {
			c, _ := find(top.cols, levelName("x", j))
			t.Part = append(t.Part, c.Ref())
		}
		top.node = t
	}
	top.node = b.share(top.node)
	return top
}

// sameGroup pairs the columns that tell groups of levels 0 to i.
func sameGroup(l, r *rel, i int) (left, right []plan.Expr) {
	for j := range i + 1 {
		x, _ := find(l.cols, levelName("x", j))
		y, _ := find(r.cols, levelName("x", j))
		left, right = append(left, x.Ref()), append(right, y.Ref())
	}
	return left, right
}

// within gives the rows of the groups in top, with their aggregate.
func (b *binder) within(cur, top *rel, i int) *rel {
	other := b.renumber(top)
	j := &plan.Join{Kind: "inner", L: cur.node, R: other.node}
	j.Left, j.Right = sameGroup(cur, other, i)
	a, _ := find(other.cols, levelName("a", i))
	out := cur.copy()
	out.cols = append(cur.cols[:len(cur.cols):len(cur.cols)], a)
	out.node = b.share(j)
	return out
}

// levelRest aggregates the rows of level i that are in none of its first
// groups.
func (b *binder) levelRest(levels []level, i int, cur, top *rel, e *env) *rel {
	other := b.renumber(top)
	j := &plan.Join{Kind: "leftanti", L: cur.node, R: other.node}
	j.Left, j.Right = sameGroup(cur, other, i)
	rest := cur.copy()
	rest.node = j
	aggs := []ast.Expr{&ast.Call{At: levels[i].At, Name: "count"}}
	var of []int
	for k := i; k < len(levels); k++ {
		if levels[k].others != nil {
			aggs, of = append(aggs, levels[k].Agg), append(of, k)
		}
	}
	out := b.quietly(rest, aggs, above(levels[i].At, i), e)
	if out == nil {
		return nil
	}
	for k := range out.cols[2*i:] {
		c := &out.cols[2*i+k]
		if c.Name = "$n"; k > 0 {
			c.Name = levelName("a", of[k-1])
		}
	}
	n, _ := find(out.cols, "$n") // without groups an aggregate of no rows is a row
	out.node = &plan.Filter{In: out.node, Pred: call(">", types.Bool, n.Ref(), number(0))}
	return out
}

// nested gives the result: what a leg does not have is the value for others,
// or null.
func (b *binder) nested(levels []level, legs []*rel) *rel {
	u := &plan.Union{Maps: make([][]plan.Expr, len(legs))}
	for _, leg := range legs {
		u.In = append(u.In, leg.node)
	}
	for k, l := range levels {
		x, a := b.col(l.x.Name, l.x.Type), b.col(l.a.Name, l.a.Type)
		u.Columns = append(u.Columns, x, a)
		for i, leg := range legs {
			var xv, av plan.Expr = plan.Null(x.Type), plan.Null(a.Type)
			agg, hasAgg := find(leg.cols, levelName("a", k))
			if hasAgg {
				av = agg.Ref()
			}
			if c, ok := find(leg.cols, levelName("x", k)); ok {
				xv = c.Ref()
			} else if hasAgg && l.others != nil {
				xv = l.others
			}
			u.Maps[i] = append(u.Maps[i], xv, av)
		}
	}
	return &rel{node: u, cols: u.Columns}
}
