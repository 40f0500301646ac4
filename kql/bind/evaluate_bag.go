package bind

import (
	"fmt"
	"sort"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// bagUnpack gives a column per key of a bag. The keys are read from the data
// once, before the query runs.
func (b *binder) bagUnpack(r *rel, op *ast.Evaluate, e *env) *rel {
	if len(op.Call.Args) < 1 {
		b.fail("KQL110", op.Call.Span, "bag_unpack() takes a dynamic column", "")
		return nil
	}
	bag := b.expr(op.Call.Args[0], &scope{rel: r, env: e})
	if bag == bad {
		return nil
	}
	if bag.Type() != types.Dynamic {
		b.fail("KQL125", op.Call.Args[0].Pos(), "bag_unpack() wants a dynamic column, not a "+bag.Type().String(), "parse it first: parse_json(...)")
		return nil
	}
	prefix, conflict := "", "error"
	var ignored map[string]bool
	for i, a := range op.Call.Args[1:] {
		name := []string{"OutputColumnPrefix", "columnsConflict", "ignoredProperties"}[min(i, 2)]
		if n, ok := a.(*ast.Named); ok {
			name, a = n.Names[0].Text, n.X
		}
		c, ok := b.expr(a, &scope{env: e}).(*plan.Const)
		if !ok {
			b.fail("KQL104", a.Pos(), "bag_unpack() needs constant options", "")
			return nil
		}
		switch name {
		case "OutputColumnPrefix":
			prefix, _ = c.V.(string)
		case "columnsConflict":
			conflict, _ = c.V.(string)
		case "ignoredProperties":
			ignored = map[string]bool{}
			for _, el := range elements(c) {
				if k, ok := c2s(el.(*plan.Const), true); ok {
					ignored[k] = true
				}
			}
		}
	}
	source, _ := bag.(*plan.Ref)
	if cols := declared(op); len(cols) > 0 {
		return b.unpackDeclared(r, op, bag, cols, prefix, conflict == "replace_source")
	}
	cols, ok := b.bagKeys(r, op, bag, ignored)
	if !ok {
		return nil
	}
	var items []plan.Item
	for _, c := range r.cols {
		if source == nil || c.ID != source.ID {
			items = append(items, plan.Item{Col: c, Expr: c.Ref()})
		}
	}
	for _, c := range cols {
		name := prefix + c.Name
		it := plan.Item{Col: b.col(name, c.Type), Expr: b.coerce(&plan.Path{X: bag, Steps: []plan.Step{{Key: c.Name}}}, c.Type)}
		at := indexOf(items, name)
		switch {
		case at < 0:
			items = append(items, it)
		case conflict == "replace_source":
			items[at] = it
		case conflict == "keep_source":
		default:
			b.fail("KQL127", op.Call.Span, fmt.Sprintf("bag_unpack() gives a column %q that is there already", name), `give a prefix, or columnsConflict="replace_source"`)
			return nil
		}
	}
	return r.project(items)
}

// unpackDeclared gives the columns of an output schema, under the names that it
// has; with a star those of the input come first. A column of the input keeps
// its value unless it is to be replaced.
func (b *binder) unpackDeclared(r *rel, op *ast.Evaluate, bag plan.Expr, cols []types.Column, prefix string, replace bool) *rel {
	var items []plan.Item
	source, _ := bag.(*plan.Ref)
	given := map[string]plan.Col{}
	for _, c := range r.cols {
		if source != nil && c.ID == source.ID {
			continue
		}
		if !c.Hidden {
			given[c.Name] = c
		}
		if op.Star || c.Hidden {
			items = append(items, plan.Item{Col: c, Expr: c.Ref()})
		}
	}
	for _, c := range cols {
		it := plan.Item{Col: b.col(c.Name, c.Type), Expr: b.coerce(&plan.Path{X: bag, Steps: []plan.Step{{Key: strings.TrimPrefix(c.Name, prefix)}}}, c.Type)}
		in, there := given[c.Name]
		if there && !replace {
			it.Expr = b.coerce(in.Ref(), c.Type)
		}
		if at := indexOf(items, c.Name); at >= 0 {
			items[at] = it
		} else {
			items = append(items, it)
		}
	}
	return r.project(items)
}

// bagKeys reads the keys and the types of their values.
func (b *binder) bagKeys(r *rel, op *ast.Evaluate, bag plan.Expr, ignored map[string]bool) ([]types.Column, bool) {
	in := b.shared(r)
	k, t := b.col("k", types.String), b.col("t", types.String)
	el := b.col("e", types.Dynamic)
	bags := b.col("b", types.Dynamic)
	first := &plan.Project{In: in, Items: []plan.Item{{Col: bags, Expr: bag}}}
	expand := &plan.Expand{In: &plan.Filter{In: first, Pred: call("==", types.Bool, call("gettype", types.String, bags.Ref()), text("dictionary"))},
		Items: []plan.Item{{Col: el, Expr: bags.Ref()}}, KV: true}
	pair := func(i int) plan.Expr {
		return &plan.Path{X: el.Ref(), Steps: []plan.Step{{Index: i, IsIndex: true}}}
	}
	kinds := &plan.Summarize{In: expand, By: []plan.Item{{Col: k, Expr: b.coerce(pair(0), types.String)}, {Col: t, Expr: call("gettype", types.String, pair(1))}}}
	rows, _, ok := b.discovered(op.Span, kinds, []plan.Col{k, t})
	if !ok {
		return nil, false
	}
	found := map[string]types.Type{}
	for _, row := range rows {
		got, _ := types.Parse(row[1])
		switch row[1] {
		case "array", "dictionary", "null", "":
			got = types.Dynamic
		}
		if ignored[row[0]] || row[0] == "" {
			continue
		}
		old, seen := found[row[0]]
		switch {
		case !seen || old == got:
			found[row[0]] = got
		case row[1] == "null":
		case old.Numeric() && got.Numeric():
			found[row[0]] = types.Real
		default:
			found[row[0]] = types.Dynamic
		}
	}
	var cols []types.Column
	for name, t := range found {
		cols = append(cols, types.Column{Name: name, Type: t})
	}
	sort.Slice(cols, func(i, j int) bool { return cols[i].Name < cols[j].Name })
	return cols, true
}
