package bind

import (
	"fmt"
	"path"
	"sort"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// item is an expression with the name it is written with, "" for none.
type item struct {
	name string
	auto ast.Expr // names the column where name is ""
	base string   // for the columns of a function that yields several
	expr plan.Expr
}

// items binds a list such as extend's. It reads only the input's columns.
func (b *binder) items(list []ast.Expr, s *scope) ([]item, bool) {
	var out []item
	ok := true
	for _, x := range list {
		named, _ := x.(*ast.Named)
		inner := x
		if named != nil {
			inner = named.X
		}
		if c, isCall := unparen(inner).(*ast.Call); isCall && s.env.find(c.Name) == nil {
			if f, found := function.Lookup(c.Name); found && len(f.Outs) > 0 {
				list, good := b.outs(c, f, named, s)
				out, ok = append(out, list...), ok && good
				continue
			}
		}
		e := b.expr(inner, s)
		if e == bad {
			ok = false
			continue
		}
		if names := sortedNames(inner, s); len(names) > 1 { // several arrays sorted side by side give a column each
			for i, n := range names {
				it := item{base: n, expr: &plan.Path{X: e, Steps: []plan.Step{{Index: i, IsIndex: true}}}}
				if named != nil && i < len(named.Names) {
					it.name = named.Names[i].Text
				}
				out = append(out, it)
			}
			continue
		}
		switch {
		case named == nil:
			out = append(out, item{auto: inner, expr: e})
		case named.Tuple && e.Type() == types.Dynamic && len(named.Names) > 1: // (a, b) = array
			for i, n := range named.Names {
				out = append(out, item{name: n.Text, expr: b.path(inner, e, plan.Step{Index: i, IsIndex: true})})
			}
		default:
			out = append(out, item{name: named.Names[0].Text, expr: e})
		}
	}
	return out, ok
}

// outs spreads a function that yields several columns.
func (b *binder) outs(c *ast.Call, f *function.Func, named *ast.Named, s *scope) ([]item, bool) {
	args, ok := b.args(c, f, s)
	if !ok {
		return nil, false
	}
	v := call(f.Name, types.Dynamic, args...)
	arg := nameOf(c.Args[0])
	var out []item
	for i, o := range f.Outs {
		it := item{expr: b.out(v, f, i)}
		switch {
		case named != nil && i < len(named.Names):
			it.name = named.Names[i].Text
		case named != nil && !named.Tuple: // x = f() takes the first column alone
			return out, true
		default:
			it.base = f.Name + "_" + arg + "_" + o.Name
		}
		out = append(out, it)
	}
	return out, true
}

// sortedNames are the columns of array_sort_asc(a, b).
func sortedNames(x ast.Expr, s *scope) []string {
	c, ok := unparen(x).(*ast.Call)
	if !ok || c.Name != "array_sort_asc" && c.Name != "array_sort_desc" || s.env.find(c.Name) != nil {
		return nil
	}
	var out []string
	for _, a := range c.Args {
		if l, ok := a.(*ast.Lit); ok && l.Type == types.Bool {
			continue
		}
		out = append(out, nameOf(a)+"_sorted")
	}
	return out
}

// own is the name that an item is given, or that its expression has: both take
// the place of a column of that name in extend, so that extend tostring(a)
// changes a.
func (it item) own() string {
	if it.name == "" && it.auto != nil {
		return nameOf(it.auto)
	}
	return it.name
}

func (it item) named(m *namer) string {
	switch {
	case it.name != "":
		return m.free(it.name)
	case it.base != "":
		return m.free(it.base)
	}
	return m.auto(it.auto)
}

func (b *binder) columns(r *rel, op *ast.Columns, e *env) *rel {
	switch op.Kind {
	case "print":
		return b.print(op.Items, e)
	case "project":
		return b.project(r, op, e)
	case "distinct":
		return b.distinct(r, op, e)
	}
	if op.Kind == "serialize" {
		r = r.copy()
		r.serial = true
	}
	return b.extend(r, op.Items, e, op.Kind == "extend")
}

// extend adds columns. With replace, one of a name that is there takes its
// place; a hidden column of the name gives way.
func (b *binder) extend(r *rel, list []ast.Expr, e *env, replace bool) *rel {
	r = r.copy()
	its, ok := b.items(list, &scope{rel: r, env: e, win: true})
	if !ok {
		return nil
	}
	out := pass(r.cols)
	m := newNamer(visible(r.cols))
	for _, it := range its {
		if _, isName := it.auto.(*ast.Name); isName && !replace && indexOf(out, it.own()) >= 0 { // serialize a
			continue
		}
		if it.auto != nil && it.own() == "" && replace {
			for m.used["Column"+itoa(m.n+1)] {
				m.n++
			}
		}
		if name := it.own(); name != "" && replace {
			i := indexOf(out, name)
			if i >= 0 && out[i].Col.Hidden {
				out, i = append(out[:i], out[i+1:]...), -1
			}
			if i >= 0 {
				out[i] = plan.Item{Col: b.col(name, it.expr.Type()), Expr: it.expr}
				continue
			}
		}
		out = append(out, plan.Item{Col: b.col(it.named(m), it.expr.Type()), Expr: it.expr})
	}
	return r.project(out)
}

func indexOf(list []plan.Item, name string) int {
	for i, it := range list {
		if it.Col.Name == name {
			return i
		}
	}
	return -1
}

func (b *binder) project(r *rel, op *ast.Columns, e *env) *rel {
	r = r.copy()
	var list []ast.Expr
	for _, x := range op.Items {
		if isStar(x) {
			b.fail("KQL121", x.Pos(), "project does not take *", "use extend to keep all columns, or project-reorder")
			return nil
		}
		list = append(list, x)
	}
	its, ok := b.items(list, &scope{rel: r, env: e, win: true})
	if !ok {
		return nil
	}
	m := newNamer(nil)
	for _, it := range its {
		if it.name != "" && m.used[it.name] {
			b.fail("KQL127", op.Span, fmt.Sprintf("project gives two columns the name %q", it.name), "")
			return nil
		}
		if it.name != "" {
			m.used[it.name] = true
		}
	}
	m = newNamer(nil)
	var out []plan.Item
	for _, it := range its {
		out = append(out, b.asItem(r, it, m))
	}
	return r.project(out)
}

// asItem names an item; a plain column under its own name keeps its number.
func (b *binder) asItem(r *rel, it item, m *namer) plan.Item {
	name := it.named(m)
	if ref, ok := it.expr.(*plan.Ref); ok {
		if c, ok := find(r.cols, name); ok && c.ID == ref.ID {
			c.Hidden = false
			return plan.Item{Col: c, Expr: ref}
		}
	}
	return plan.Item{Col: b.col(name, it.expr.Type()), Expr: it.expr}
}

func (b *binder) print(list []ast.Expr, e *env) *rel {
	one := &rel{node: &plan.Values{Rows: [][]plan.Expr{{}}}}
	its, ok := b.items(list, &scope{env: e})
	if !ok {
		return nil
	}
	m := newNamer(nil)
	var out []plan.Item
	for i, it := range its {
		name := firstOf(it.name, it.base, "print_"+itoa(i))
		out = append(out, plan.Item{Col: b.col(m.free(name), it.expr.Type()), Expr: it.expr})
	}
	return one.project(out)
}

func (b *binder) distinct(r *rel, op *ast.Columns, e *env) *rel {
	var by []ast.Expr
	for _, x := range op.Items {
		if !isStar(x) {
			by = append(by, x)
			continue
		}
		for _, c := range visible(r.cols) {
			by = append(by, &ast.Name{At: ast.At{Span: x.Pos()}, Text: c.Name})
		}
	}
	r = r.copy()
	g, items, ok := b.grouped(r, nil, by, e)
	if !ok {
		return nil
	}
	return b.group(r, g, items)
}

// pick binds project-away, project-keep and project-reorder.
func (b *binder) pick(r *rel, op *ast.Pick) *rel {
	match := func(p ast.Pattern) []plan.Col {
		var out []plan.Col
		for _, c := range r.cols {
			if c.Name == p.Text { // who names a hidden column wants to see it
				c.Hidden = false
				out = append(out, c)
			} else if ok, _ := path.Match(p.Text, c.Name); ok && !p.Quoted && !c.Hidden {
				out = append(out, c)
			}
		}
		if len(out) == 0 && p.Quoted {
			b.fail("KQL100", p.Span, fmt.Sprintf("there is no column %q", p.Text), didYouMean(p.Text, names(r.cols)))
		}
		switch p.Dir {
		case "asc", "granny-asc":
			sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
		case "desc", "granny-desc":
			sort.SliceStable(out, func(i, j int) bool { return out[i].Name > out[j].Name })
		}
		return out
	}
	named := map[int]bool{}
	var order []plan.Col
	for _, p := range op.Names {
		for _, c := range match(p) {
			if !named[c.ID] {
				named[c.ID] = true
				order = append(order, c)
			}
		}
	}
	var keep []plan.Col
	switch op.Kind {
	case "project-reorder":
		keep = order
		for _, c := range r.cols {
			if !named[c.ID] {
				keep = append(keep, c)
			}
		}
	default:
		for _, c := range r.cols {
			if named[c.ID] != (op.Kind == "project-keep") {
				continue
			}
			if named[c.ID] {
				c.Hidden = false
			}
			keep = append(keep, c)
		}
	}
	return r.project(pass(keep))
}

func (b *binder) rename(r *rel, op *ast.Rename) *rel {
	out := pass(r.cols)
	taken := map[string]bool{}
	ok := true
	for _, x := range op.Items {
		n, isNamed := x.(*ast.Named)
		var old *ast.Name
		if isNamed {
			old, isNamed = unparen(n.X).(*ast.Name)
		}
		if !isNamed {
			b.fail("KQL121", x.Pos(), "project-rename takes new=old pairs of column names", "")
			return nil
		}
		c, found := find(r.cols, old.Text)
		if !found {
			b.fail("KQL100", old.Span, fmt.Sprintf("there is no column %q", old.Text), didYouMean(old.Text, names(r.cols)))
			ok = false
			continue
		}
		for i := range out {
			if out[i].Expr.(*plan.Ref).ID == c.ID {
				out[i].Col = plan.Col{ID: b.col("", c.Type).ID, Name: n.Names[0].Text, Type: c.Type}
			}
		}
		taken[n.Names[0].Text] = true
	}
	if !ok {
		return nil
	}
	for _, it := range out {
		if ref := it.Expr.(*plan.Ref); taken[it.Col.Name] && it.Col.ID == ref.ID && !it.Col.Hidden {
			b.fail("KQL127", op.Span, fmt.Sprintf("there is a column %q already", it.Col.Name), "take it away first: project-away "+it.Col.Name)
			return nil
		}
	}
	return r.project(out)
}
