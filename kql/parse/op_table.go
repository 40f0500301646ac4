package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
)

func (p *parser) join(lookup bool) func(int) ast.Op {
	return func(start int) ast.Op {
		j := &ast.Join{Lookup: lookup, Props: p.props("kind")}
		j.Right = p.source()
		if p.accept("on") {
			j.On = p.exprs()
		} else if p.accept("where") {
			p.fail(p.toks[p.i-1].Pos, "join has no where clause; put the conditions behind on, or filter afterwards")
			p.expr()
		}
		j.At = p.at(start)
		return j
	}
}

func (p *parser) union(start int) ast.Op {
	u := &ast.Union{Props: p.props("kind", "isfuzzy", "withsource", "with_source")}
	for {
		u.Tables = append(u.Tables, p.source())
		if !p.accept(",") || p.tok().Is(")") && p.atEnd() {
			break
		}
		// kind and its like may also stand between the tables
		u.Props = append(u.Props, p.props("kind", "isfuzzy", "withsource", "with_source")...)
	}
	u.At = p.at(start)
	return u
}

// source reads a table of join or union: a name, a wildcard, a call or (...).
func (p *parser) source() ast.Expr {
	if p.wildcard() {
		return p.star()
	}
	return p.postfix(p.primary())
}

func (p *parser) search(start int) ast.Op {
	s := &ast.Search{}
	for _, pr := range p.props("kind") {
		if n, ok := pr.Value.(*ast.Name); ok && pr.Name == "kind" {
			s.Kind = n.Text
		}
	}
	if p.tok().Is("in") && p.peek(1).Is("(") {
		p.next()
		s.Tables = p.tableList()
	}
	s.Pred = p.expr()
	s.At = p.at(start)
	return s
}

func (p *parser) tableList() []ast.Expr {
	var out []ast.Expr
	p.expect("(")
	for !p.tok().Is(")") && p.tok().Kind != token.EOF {
		if p.wildcard() {
			out = append(out, p.star())
		} else {
			out = append(out, p.tabular())
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return out
}

func (p *parser) find(start int) ast.Op {
	f := &ast.Find{Props: p.props("withsource", "with_source", "datascope")}
	if p.tok().Is("in") && p.peek(1).Is("(") {
		p.next()
		f.Tables = p.tableList()
	}
	p.accept("where")
	f.Pred = p.expr()
	switch {
	case p.accept("project-smart"):
		f.Smart = true
	case p.tok().Is("project") && p.peek(1).Is("-"):
		switch name := p.opName(); name {
		case "project-smart":
			f.Smart = true
		case "project-away":
			for {
				f.Away = append(f.Away, p.pattern())
				if !p.accept(",") {
					break
				}
			}
		default:
			p.fail(p.tok().Pos, "find takes project, project-smart or project-away, not "+name)
		}
	case p.accept("project"):
		for {
			f.Project = append(f.Project, p.findColumn())
			if !p.accept(",") {
				break
			}
		}
	}
	f.At = p.at(start)
	return f
}

// findColumn reads a column of find's project: a name, a name:type, or
// pack_all().
func (p *parser) findColumn() ast.Expr {
	if p.tok().Is("pack_all") || p.tok().Is("pack") {
		if p.tok().Is("pack") && p.peek(1).Is("(") && p.peek(2).Is("*") {
			start := p.next().Pos.Pos
			p.next()
			p.next()
			p.expect(")")
			return &ast.Call{Name: "pack_all", At: p.at(start)}
		}
		return p.primary()
	}
	n := p.name()
	if !p.accept(":") {
		return n
	}
	t := &ast.TypeOf{Type: p.typ(), At: n.At}
	return &ast.Named{Names: []*ast.Name{n}, X: t, At: p.at(n.Span.Pos)}
}
