package bind

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// expanded is one value that mv-expand or mv-apply turns into rows.
type expanded struct {
	name    string
	replace int // ID of the column it takes the place of, 0 for none
	value   plan.Expr
	t       types.Type
}

func (b *binder) expandItems(r *rel, list []ast.Expanded, e *env) ([]expanded, bool) {
	var out []expanded
	ok := true
	unnamed := 0
	for _, it := range list {
		x := it.X
		named, _ := x.(*ast.Named)
		if named != nil {
			x = named.X
		}
		v := b.expr(x, &scope{rel: r, env: e})
		if v == bad {
			ok = false
			continue
		}
		if v.Type() != types.Dynamic {
			b.fail("KQL125", x.Pos(), "a "+v.Type().String()+" cannot be expanded", "parse it first: parse_json(...) or split(...)")
			ok = false
			continue
		}
		ex := expanded{value: v, t: it.Type}
		if ex.t == types.Unknown {
			ex.t = types.Dynamic
		}
		switch {
		case named != nil:
			ex.name = named.Names[0].Text
		default:
			if ex.name = nameOf(x); ex.name == "" {
				unnamed++
				ex.name = "Column" + itoa(unnamed)
			}
		}
		if c, found := find(r.cols, ex.name); found {
			ex.replace = c.ID
		}
		out = append(out, ex)
	}
	return out, ok
}

// expand adds the node and gives the relation with the elements in it.
func (b *binder) expand(r *rel, list []expanded, index string, kv bool, limit int64) *rel {
	n := &plan.Expand{In: r.node, KV: kv, Limit: limit}
	ix := b.col("$index", types.Long)
	n.Index = &ix
	out := r.copy()
	out.node = n
	out.cols = append([]plan.Col(nil), r.cols...)
	var conv []plan.Item
	for _, ex := range list {
		el := b.col(ex.name, types.Dynamic)
		n.Items = append(n.Items, plan.Item{Col: el, Expr: ex.value})
		shown := el
		if ex.t != types.Dynamic {
			shown = b.col(ex.name, ex.t)
			conv = append(conv, plan.Item{Col: shown, Expr: b.coerce(el.Ref(), ex.t)})
		}
		placed := false
		for i, c := range out.cols {
			if c.Name == ex.name {
				out.cols[i], placed = shown, true
			}
		}
		if !placed {
			out.cols = append(out.cols, shown)
		}
	}
	if index != "" {
		shown := b.col(newNamer(out.cols).free(index), types.Long)
		conv = append(conv, plan.Item{Col: shown, Expr: ix.Ref()})
		out.cols = append(out.cols, shown)
	}
	// Elements follow each other within their row.
	out.order = append(r.order[:len(r.order):len(r.order)], plan.Key{Expr: ix.Ref(), NullsFirst: true})
	if len(r.order) == 0 {
		out.final, out.serial = false, r.serial
	}
	if len(conv) > 0 {
		cols := out.cols
		items := conv
		made := map[int]bool{}
		for _, it := range conv {
			made[it.Col.ID] = true
		}
		for _, c := range cols {
			if !made[c.ID] {
				items = append(items, plan.Item{Col: c, Expr: c.Ref()})
			}
		}
		out = out.project(items)
		out.cols = cols
	}
	return out
}

func (b *binder) mvExpand(r *rel, op *ast.MvExpand, e *env) *rel {
	list, ok := b.expandItems(r, op.Items, e)
	if !ok {
		return nil
	}
	var limit int64
	if op.Limit != nil {
		if limit, ok = b.rows(op.Limit, e); !ok {
			return nil
		}
	}
	kind := firstOf(propText(op.Props, "bagexpansion"), propText(op.Props, "kind"))
	return b.expand(r, list, propText(op.Props, "with_itemindex"), kind == "array", limit)
}

// mvApply runs a subquery over the elements of each row: rows of different
// input rows never meet in it, and outer columns come along.
func (b *binder) mvApply(r *rel, op *ast.MvApply, e *env) *rel {
	list, ok := b.expandItems(r, op.Items, e)
	if !ok {
		return nil
	}
	var limit int64
	if op.Limit != nil {
		if limit, ok = b.rows(op.Limit, e); !ok {
			return nil
		}
	}
	id := b.col("$row", types.Long)
	in := r.copy()
	in.node = &plan.Window{In: r.node, Items: []plan.Item{{Col: id, Expr: &plan.Call{Name: "row_id", T: types.Long}}}}
	replaced := map[int]bool{}
	for _, ex := range list {
		replaced[ex.replace] = true
	}
	in.part = append(r.part[:len(r.part):len(r.part)], id)
	in.carry = r.carry[:len(r.carry):len(r.carry)]
	for _, c := range append(r.cols[:len(r.cols):len(r.cols)], r.needed()...) {
		if !replaced[c.ID] {
			in.carry = append(in.carry, c)
		}
	}
	sub := b.expand(in, list, propText(op.Props, "with_itemindex"), false, limit)
	sub.order, sub.serial = sub.order[len(r.order):], true
	done := b.applied(sub, op.Sub, e)
	if done == nil {
		return nil
	}
	return b.outward(r, done, replaced)
}

// applied binds a subquery's operators over sub.
func (b *binder) applied(sub *rel, q *ast.Query, e *env) *rel {
	inner := e.child()
	b.lets(q, inner)
	p, ok := q.Main.(*ast.Pipe)
	if !ok {
		return nil
	}
	for _, op := range p.Ops {
		if sub = b.op(sub, op, inner); sub == nil {
			return nil
		}
	}
	return sub
}

// outward gives mv-apply's result: the outer columns that are still there,
// then what the subquery made.
func (b *binder) outward(r, sub *rel, replaced map[int]bool) *rel {
	out := sub.copy()
	out.part, out.carry = r.part, r.carry
	out.order, out.final, out.serial = r.order, r.final, r.serial
	out.cols = nil
	taken := map[string]bool{}
	for _, c := range r.cols {
		if replaced[c.ID] {
			continue
		}
		taken[c.Name] = true
		if n, ok := find(sub.cols, c.Name); ok { // perhaps with a new value
			c = n
		}
		out.cols = append(out.cols, c)
	}
	for _, c := range sub.cols {
		if !taken[c.Name] && !c.Hidden {
			taken[c.Name] = true
			out.cols = append(out.cols, c)
		}
	}
	return out
}

// partition runs a subquery over the rows of each value of a column.
func (b *binder) partition(r *rel, op *ast.Partition, e *env) *rel {
	k := b.expr(op.By, &scope{rel: r, env: e})
	if k == bad {
		return nil
	}
	ref, ok := k.(*plan.Ref)
	if !ok {
		b.fail("KQL121", op.By.Pos(), "partition wants a column", "make one first with extend")
		return nil
	}
	sub := r.copy()
	for _, c := range r.node.Cols() {
		if c.ID == ref.ID {
			sub.part = append(r.part[:len(r.part):len(r.part)], c)
		}
	}
	sub.carry = r.carry
	var done *rel
	if p, isPipe := op.Sub.Main.(*ast.Pipe); isPipe && p.Source == nil {
		done = b.applied(sub, op.Sub, e)
	} else {
		b.unsupported(op.Span, "partition with braces", "use parentheses")
		return nil
	}
	if done == nil {
		return nil
	}
	out := done.copy()
	out.part, out.carry = r.part, r.carry
	if !out.serial {
		out.order, out.final = nil, false
	}
	return out
}
