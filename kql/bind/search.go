package bind

import (
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// tables resolves the tables of search and find; without a list, all that have
// a source, and views.
func (b *binder) tables(list []ast.Expr, e *env) (legs []*rel, names []string, ok bool) {
	if len(list) == 0 {
		legs, names = b.wildcard(&ast.Star{Text: "*"}, true, e)
		return legs, names, true
	}
	for _, x := range list {
		if s, isStar := x.(*ast.Star); isStar {
			l, n := b.wildcard(s, false, e)
			legs, names = append(legs, l...), append(names, n...)
			continue
		}
		l := b.table(x, e)
		if l == nil {
			return nil, nil, false
		}
		legs, names = append(legs, l), append(names, sourceName(x, len(names)))
	}
	return legs, names, len(legs) > 0
}

// search looks for terms in every column of one table or of many.
func (b *binder) search(r *rel, op *ast.Search, e *env) *rel {
	if r != nil {
		name := ""
		if s, ok := r.node.(*plan.Scan); ok {
			name = s.Table.Name
		}
		f := b.searchIn(r, op, e)
		if f == nil {
			return nil
		}
		return f.project(append([]plan.Item{{Col: b.col("$table", types.String), Expr: text(name)}}, pass(f.cols)...))
	}
	legs, names, ok := b.tables(op.Tables, e)
	if !ok {
		return nil
	}
	var kept []*rel
	var from []string
	match := false
	for i, l := range legs {
		// A table without a column that the predicate names cannot match, but its
		// columns are there.
		before := len(b.problems)
		f := b.searchIn(l, op, e)
		if f == nil {
			if len(legs) == 1 || len(b.problems) == before || b.problems[before].Code != "KQL100" {
				return nil
			}
			b.problems = b.problems[:before]
			f = l.copy()
			f.node = &plan.Filter{In: f.node, Pred: boolean(false)}
		} else {
			match = true
		}
		kept, from = append(kept, f), append(from, names[i])
	}
	if !match {
		b.fail("KQL100", op.Span, "no table has the columns that search names", "")
		return nil
	}
	return b.unite(kept, from, "$table")
}

func (b *binder) searchIn(r *rel, op *ast.Search, e *env) *rel {
	r = r.copy()
	s := &scope{rel: r, env: e, search: true}
	p := b.expr(op.Pred, s)
	if p == bad {
		return nil
	}
	if p = b.truth(b.term(p, s), op.Pred.Pos()); p == bad {
		return nil
	}
	r.node = &plan.Filter{In: r.node, Pred: p}
	return r
}

// term makes a search of all columns out of a bare text.
func (b *binder) term(e plan.Expr, s *scope) plan.Expr {
	c, ok := e.(*plan.Const)
	v, ok := c2s(c, ok)
	if !ok || !s.search {
		return e
	}
	if v == "*" {
		return boolean(true)
	}
	var parts []plan.Expr
	for _, c := range visible(s.rel.cols) {
		if c.Type == types.String || c.Type == types.Dynamic || c.Type == types.Guid {
			parts = append(parts, wildcardTerm(b.coerce(c.Ref(), types.String), v))
		}
	}
	if len(parts) == 0 {
		return boolean(false)
	}
	return tree("or", parts)
}

// wildcardTerm is has for a plain word, and the prefix and suffix forms for
// words with stars.
func wildcardTerm(x plan.Expr, v string) plan.Expr {
	name := "has"
	switch pre, suf := strings.HasPrefix(v, "*"), strings.HasSuffix(v, "*"); {
	case pre && suf:
		name = "contains"
	case suf:
		name = "hasprefix"
	case pre:
		name = "hassuffix"
	}
	return call(name, types.Bool, x, text(strings.Trim(v, "*")))
}

// field binds column:"text" of a search predicate.
func (b *binder) field(x *ast.Field, s *scope) plan.Expr {
	v := b.expr(x.X, &scope{env: s.env})
	if v == bad {
		return bad
	}
	t := b.coerce(v, types.String)
	c, ok := t.(*plan.Const)
	word, ok := c2s(c, ok)
	if !ok {
		b.fail("KQL104", x.X.Pos(), "a search term must be constant", "")
		return bad
	}
	if x.Name == nil {
		return b.term(text(word), &scope{rel: s.rel, env: s.env, search: true})
	}
	col := b.name(x.Name, s)
	if col == bad {
		return bad
	}
	return wildcardTerm(b.coerce(col, types.String), word)
}

// find filters many tables and shows the columns named, the rest packed.
func (b *binder) find(op *ast.Find, e *env) *rel {
	legs, names, ok := b.tables(op.Tables, e)
	if !ok {
		return nil
	}
	source := firstOf(propText(op.Props, "withsource", "with_source"), "source_")
	var kept []*rel
	var from []string
	inAll := map[string]int{}
	for _, l := range legs {
		for _, c := range visible(l.cols) {
			inAll[c.Name+":"+c.Type.String()]++
		}
	}
	common := func(c plan.Col) bool { return inAll[c.Name+":"+c.Type.String()] == len(legs) }
	for i, l := range legs {
		before := len(b.problems)
		l = l.copy()
		s := &scope{rel: l, env: e, search: true}
		p := b.expr(op.Pred, s)
		if p != bad {
			p = b.truth(b.term(p, s), op.Pred.Pos())
		}
		if p == bad {
			if len(legs) > 1 && len(b.problems) > before && b.problems[before].Code == "KQL100" {
				b.problems = b.problems[:before]
				continue
			}
			return nil
		}
		l.node = &plan.Filter{In: l.node, Pred: p}
		kept, from = append(kept, b.findColumns(l, op, common)), append(from, names[i])
	}
	if len(kept) == 0 {
		b.fail("KQL100", op.Span, "no table has the columns that find names", "")
		return nil
	}
	for _, k := range kept {
		if k == nil {
			return nil
		}
	}
	return b.unite(kept, from, source)
}

func (b *binder) findColumns(l *rel, op *ast.Find, common func(plan.Col) bool) *rel {
	var items []plan.Item
	if len(op.Project) == 0 { // what the predicate names or all tables have, and the rest as one
		named := map[string]bool{}
		namesIn(op.Pred, named)
		for _, c := range visible(l.cols) {
			if named[c.Name] || common(c) {
				items = append(items, plan.Item{Col: c, Expr: c.Ref()})
			}
		}
		var rest []plan.Col
		for _, c := range visible(l.cols) {
			if !named[c.Name] && !common(c) {
				rest = append(rest, c)
			}
		}
		if len(rest) == 0 {
			return l.project(items)
		}
		return l.project(append(items, plan.Item{Col: b.col("pack_", types.Dynamic), Expr: b.pack(rest, true)}))
	}
	for _, x := range op.Project {
		name, t := "", types.Unknown
		switch x := x.(type) {
		case *ast.Name:
			name = x.Text
		case *ast.Named:
			name, t = x.Names[0].Text, x.X.(*ast.TypeOf).Type
		case *ast.Call:
			items = append(items, plan.Item{Col: b.col("pack_", types.Dynamic), Expr: b.pack(visible(l.cols), true)})
			continue
		}
		c, ok := find(l.cols, name)
		switch {
		case ok && (t == types.Unknown || t == c.Type):
			items = append(items, plan.Item{Col: c, Expr: c.Ref()})
		case ok:
			items = append(items, plan.Item{Col: b.col(name, t), Expr: b.coerce(c.Ref(), t)})
		case t != types.Unknown:
			items = append(items, plan.Item{Col: b.col(name, t), Expr: plan.Null(t)})
		case name != "":
			b.warn("KQL303", x.Pos(), fmt.Sprintf("a table that find reads has no column %q", name))
			if len(op.Tables) == 0 { // a table without a source may have it: the column is there, and empty
				if t, ok := b.anyTable(name); ok {
					items = append(items, plan.Item{Col: b.col(name, t), Expr: plan.Null(t)})
				}
			}
		}
	}
	return l.project(items)
}

// anyTable finds the type that a column has in some table of the catalogue.
func (b *binder) anyTable(column string) (types.Type, bool) {
	for _, n := range b.cat.TableNames() {
		t, _ := b.cat.Table(n)
		for _, c := range t.Columns {
			if c.Name == column && t.NoSource {
				return c.Type, true
			}
		}
	}
	return types.Unknown, false
}
