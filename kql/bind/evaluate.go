package bind

import (
	"sort"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// Plugins lists the plugins of evaluate.
var Plugins = []string{"bag_unpack", "ipv4_lookup", "narrow", "pivot"}

func (b *binder) evaluate(r *rel, op *ast.Evaluate, e *env) *rel {
	switch op.Call.Name {
	case "bag_unpack":
		return b.bagUnpack(r, op, e)
	case "pivot":
		return b.pivot(r, op, e)
	case "narrow":
		return b.narrow(r, op)
	case "ipv4_lookup":
		return b.ipv4Lookup(r, op, e)
	case "":
		return nil
	}
	b.unsupported(op.Call.Span, "the plugin "+op.Call.Name, didYouMean(op.Call.Name, Plugins))
	return nil
}

// discovered runs a plan now, for columns that depend on data. known is false
// when there is no store to ask.
func (b *binder) discovered(at types.Span, n plan.Node, cols []plan.Col) (rows [][]string, known, ok bool) {
	if b.opt.Discover == nil {
		b.open = true
		return nil, false, true
	}
	rows, err := b.opt.Discover(n, cols)
	if err != nil {
		b.fail("KQL400", at, "looking up the columns: "+err.Error(), "")
		return nil, true, false
	}
	return rows, true, true
}

// declared gives the columns of an explicit schema: evaluate f() : (a:long).
func declared(op *ast.Evaluate) []types.Column {
	var out []types.Column
	for _, p := range op.Schema {
		out = append(out, types.Column{Name: p.Name, Type: p.Type})
	}
	return out
}

// shared lets a table be read once more, for the look at its data.
func (b *binder) shared(r *rel) plan.Node {
	s, ok := r.node.(*plan.Share)
	if !ok {
		s = b.share(r.node)
		r.node = s
	}
	return s
}

// pivot turns the values of a column into columns: pivot(column, [aggregate],
// [columns to keep]).
func (b *binder) pivot(r *rel, op *ast.Evaluate, e *env) *rel {
	if len(op.Call.Args) < 1 {
		b.fail("KQL110", op.Call.Span, "pivot() takes a column", "pivot(Column, count(), Key)")
		return nil
	}
	r = r.copy()
	key := b.expr(op.Call.Args[0], &scope{rel: r, env: e})
	if key == bad {
		return nil
	}
	pivotRef, _ := key.(*plan.Ref)
	aggExpr := ast.Expr(&ast.Call{At: op.Call.At, Name: "count"})
	rest := op.Call.Args[1:]
	if len(rest) > 0 {
		if c, ok := unparen(rest[0]).(*ast.Call); ok {
			aggExpr, rest = c, rest[1:]
		}
	}
	by := append([]ast.Expr(nil), rest...)
	if len(rest) == 0 { // all columns that are neither pivoted nor aggregated
		reads := map[string]bool{}
		namesIn(aggExpr, reads)
		for _, c := range visible(r.cols) {
			if (pivotRef == nil || c.ID != pivotRef.ID) && !reads[c.Name] {
				by = append(by, &ast.Name{At: op.Call.At, Text: c.Name})
			}
		}
	}
	values := b.coerce(key, types.String)
	var found []string
	for _, c := range declared(op) {
		if _, isKey := find(r.cols, c.Name); !isKey {
			found = append(found, c.Name)
		}
	}
	if len(op.Schema) == 0 {
		in := b.shared(r)
		v := b.col("v", types.String)
		rows, _, ok := b.discovered(op.Span, &plan.Summarize{In: in, By: []plan.Item{{Col: v, Expr: values}}}, []plan.Col{v})
		if !ok {
			return nil
		}
		for _, row := range rows {
			found = append(found, row[0])
		}
		sort.Strings(found)
	}
	g, items, ok := b.grouped(r, nil, by, e)
	if !ok {
		return nil
	}
	m := newNamer(nil)
	for _, it := range g.by {
		m.free(it.Col.Name)
	}
	for _, v := range found {
		s := &scope{rel: r, env: e, agg: &aggs{}}
		x := b.expr(aggExpr, s)
		if x == bad {
			return nil
		}
		for _, a := range s.agg.list {
			p := call("==", types.Bool, values, text(v))
			if a.Filter != nil {
				p = call("and", types.Bool, p, a.Filter)
			}
			a.Filter = p
			g.aggs = append(g.aggs, a)
		}
		name := v
		if name == "" {
			name = "Column_"
		}
		items = append(items, plan.Item{Col: b.col(m.free(name), x.Type()), Expr: x})
	}
	return b.group(r, g, items)
}

func namesIn(x ast.Expr, set map[string]bool) {
	switch x := x.(type) {
	case *ast.Name:
		set[x.Text] = true
	case *ast.Paren:
		namesIn(x.X, set)
	case *ast.Member:
		namesIn(x.X, set)
	case *ast.Index:
		namesIn(x.X, set)
	case *ast.Call:
		for _, a := range x.Args {
			namesIn(a, set)
		}
	case *ast.Binary:
		namesIn(x.X, set)
		namesIn(x.Y, set)
	case *ast.Unary:
		namesIn(x.X, set)
	case *ast.Between:
		namesIn(x.X, set)
		namesIn(x.Lo, set)
		namesIn(x.Hi, set)
	case *ast.Field:
		if x.Name != nil {
			set[x.Name.Text] = true
		}
	case *ast.List:
		namesIn(x.X, set)
		for _, it := range x.Items {
			namesIn(it, set)
		}
	}
}

// narrow turns every cell into a row of row number, column and value.
func (b *binder) narrow(r *rel, op *ast.Evaluate) *rel {
	row := b.col("Row", types.Long)
	w := &plan.Window{In: r.node, Items: []plan.Item{{Col: row, Expr: &plan.Call{Name: "row_number", T: types.Long, Args: []plan.Expr{number(0)}}}}, Keys: r.order}
	var args []plan.Expr
	for _, c := range visible(r.cols) {
		args = append(args, call("pack_array", types.Dynamic, text(c.Name), b.coerce(c.Ref(), types.String)))
	}
	cells := b.col("cells", types.Dynamic)
	el := b.col("cell", types.Dynamic)
	ix := b.col("$index", types.Long)
	p := &plan.Project{In: w, Items: []plan.Item{{Col: row, Expr: row.Ref()}, {Col: cells, Expr: call("pack_array", types.Dynamic, args...)}}}
	x := &plan.Expand{In: p, Items: []plan.Item{{Col: el, Expr: cells.Ref()}}, Index: &ix}
	out := &rel{node: x, order: []plan.Key{{Expr: row.Ref(), NullsFirst: true}, {Expr: ix.Ref(), NullsFirst: true}}, final: true, part: r.part, carry: r.carry}
	cell := func(i int) plan.Expr {
		return b.coerce(&plan.Path{X: el.Ref(), Steps: []plan.Step{{Index: i, IsIndex: true}}}, types.String)
	}
	return out.project([]plan.Item{{Col: row, Expr: row.Ref()}, {Col: b.col("Column", types.String), Expr: cell(0)}, {Col: b.col("Value", types.String), Expr: cell(1)}})
}

// ipv4Lookup joins addresses with the networks of a table.
func (b *binder) ipv4Lookup(r *rel, op *ast.Evaluate, e *env) *rel {
	a := op.Call.Args
	if len(a) < 3 {
		b.fail("KQL110", op.Call.Span, "ipv4_lookup() takes a table of networks, the address column and the network column", "ipv4_lookup(Networks, IPAddress, Network)")
		return nil
	}
	right := b.table(a[0], e)
	if right == nil {
		return nil
	}
	right = right.copy()
	right.cols = visible(right.cols)
	ip, network := b.expr(a[1], &scope{rel: r, env: e}), b.expr(a[2], &scope{rel: right, env: e})
	if anyBad(ip, network) {
		return nil
	}
	j := &plan.Join{Kind: "inner", L: r.node, R: right.node}
	dropped := map[int]bool{}
	for _, x := range a[3:] {
		if n, ok := x.(*ast.Named); ok && n.Names[0].Text == "return_unmatched" {
			if isTrue(b.expr(n.X, &scope{env: e})) {
				j.Kind = "leftouter"
			}
			continue
		}
		if l, ok := x.(*ast.Lit); ok && l.Type == types.Bool {
			if l.Text == "true" {
				j.Kind = "leftouter"
			}
			continue
		}
		if !b.condition(r, right, x, j, e, dropped) {
			return nil
		}
	}
	j.On = call("ipv4_is_in_range", types.Bool, b.coerce(ip, types.String), b.coerce(network, types.String))
	return b.joined(r, right, j, true, dropped)
}
