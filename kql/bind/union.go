package bind

import (
	"fmt"
	"path"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func propText(list []ast.Prop, names ...string) string {
	for _, p := range list {
		for _, n := range names {
			if p.Name != n {
				continue
			}
			switch v := p.Value.(type) {
			case *ast.Name:
				return v.Text
			case *ast.Lit:
				return v.Text
			}
		}
	}
	return ""
}

func (b *binder) union(r *rel, op *ast.Union, e *env) *rel {
	var legs []*rel
	var sources []string
	if r != nil {
		legs, sources = append(legs, r), append(sources, "")
	}
	fuzzy := propText(op.Props, "isfuzzy") == "true"
	var left []string
	for _, t := range op.Tables {
		if s, ok := t.(*ast.Star); ok {
			list, names := b.wildcard(s, fuzzy, e)
			legs, sources = append(legs, list...), append(sources, names...)
			continue
		}
		before, notices := len(b.problems), len(b.notices)
		l := b.table(t, e)
		if l == nil && fuzzy {
			why := ""
			if len(b.problems) > before {
				why = ": " + b.problems[before].Message
			}
			b.problems, b.notices = b.problems[:before], b.notices[:notices]
			b.warn("KQL300", t.Pos(), "this leg of union does not resolve and is left out"+why)
			left = append(left, why)
			continue
		}
		if l == nil {
			return nil
		}
		legs, sources = append(legs, l), append(sources, sourceName(t, len(sources)))
	}
	if len(legs) == 0 {
		b.fail("KQL106", op.Span, "union has no table to read"+strings.Join(left, ""), "")
		return nil
	}
	source := propText(op.Props, "withsource", "with_source")
	out := b.unite(legs, sources, source)
	if r != nil {
		out.part, out.carry = nil, nil
	}
	return out
}

// wildcard lists the tables and views that a pattern names. Tables without a
// source are left out unless nothing else fits.
func (b *binder) wildcard(s *ast.Star, fuzzy bool, e *env) ([]*rel, []string) {
	var legs []*rel
	var names []string
	add := func(n string, read func() *rel) {
		if ok, _ := path.Match(s.Text, n); ok {
			if r := read(); r != nil {
				legs, names = append(legs, r), append(names, n)
			}
		}
	}
	for _, n := range b.cat.TableNames() {
		if t, _ := b.cat.Table(n); !t.NoSource && e.find(n) == nil {
			add(n, func() *rel { return b.scanTable(t) })
		}
	}
	for _, n := range e.views() {
		add(n, func() *rel { return b.table(&ast.Call{At: s.At, Name: n}, e) })
	}
	if len(legs) == 0 && !fuzzy {
		b.fail("KQL101", s.Span, fmt.Sprintf("no table fits %q", s.Text), "")
	}
	return legs, names
}

func sourceName(t ast.Expr, i int) string {
	switch x := unparen(t).(type) {
	case *ast.Name:
		return x.Text
	case *ast.Pipe:
		for _, op := range x.Ops {
			if as, ok := op.(*ast.As); ok {
				return as.Name.Text
			}
		}
		if n, ok := x.Source.(*ast.Name); ok && x.Source != nil {
			return n.Text
		}
	}
	return "union_arg" + itoa(i)
}

// slot is a column of a union: a name and type that legs have.
type slot struct {
	name   string
	t      types.Type
	hidden bool
}

// unite appends tables by column name. kind=inner changes nothing: Microsoft's
// analyzer gives all columns for it as well. One name with several types becomes a
// column per type, named name_type.
func (b *binder) unite(legs []*rel, sources []string, source string) *rel {
	type key struct {
		name string
		t    types.Type
	}
	at := map[key]*slot{}
	kinds := map[string]int{}
	var slots []*slot
	var order []string
	byName := map[string][]*slot{}
	for _, l := range legs {
		for _, c := range l.cols {
			k := key{c.Name, c.Type}
			s := at[k]
			if s == nil {
				s = &slot{name: c.Name, t: c.Type, hidden: true}
				at[k] = s
				if kinds[c.Name] == 0 {
					order = append(order, c.Name)
				}
				kinds[c.Name]++
				byName[c.Name] = append(byName[c.Name], s)
			}
			s.hidden = s.hidden && c.Hidden
		}
	}
	for _, n := range order { // the types of one name stand together
		slots = append(slots, byName[n]...)
	}
	u := &plan.Union{Maps: make([][]plan.Expr, len(legs))}
	for _, l := range legs {
		u.In = append(u.In, l.node)
	}
	if source != "" {
		u.Columns = append(u.Columns, b.col(source, types.String))
		for i := range legs {
			name := "union_arg" + itoa(i)
			if i < len(sources) && sources[i] != "" {
				name = sources[i]
			}
			u.Maps[i] = append(u.Maps[i], text(name))
		}
	}
	m := newNamer(nil)
	for _, s := range slots { // a name without conflict keeps it
		if kinds[s.name] == 1 {
			m.used[s.name] = true
		}
	}
	for _, s := range slots {
		name := s.name
		if kinds[s.name] > 1 {
			name = m.free(name + "_" + s.t.String())
		}
		n := b.col(name, s.t)
		n.Hidden = s.hidden
		u.Columns = append(u.Columns, n)
		for i, l := range legs {
			var x plan.Expr = plan.Null(s.t)
			for _, c := range l.cols {
				if c.Name == s.name && c.Type == s.t {
					x = c.Ref()
				}
			}
			u.Maps[i] = append(u.Maps[i], x)
		}
	}
	return &rel{node: u, cols: u.Columns}
}
