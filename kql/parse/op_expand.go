package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
)

func (p *parser) mvExpand(start int) ast.Op {
	m := &ast.MvExpand{Props: p.props("bagexpansion", "kind", "with_itemindex")}
	m.Items, m.Limit = p.expanded()
	m.At = p.at(start)
	return m
}

func (p *parser) mvApply(start int) ast.Op {
	m := &ast.MvApply{Props: p.props("with_itemindex", "id")}
	m.Items, m.Limit = p.expanded()
	if p.expect("on") && p.expect("(") {
		m.Sub = p.subquery()
		p.expect(")")
	}
	if m.Sub == nil {
		m.Sub = &ast.Query{}
	}
	m.At = p.at(start)
	return m
}

func (p *parser) expanded() ([]ast.Expanded, ast.Expr) {
	var out []ast.Expanded
	for {
		e := ast.Expanded{X: p.named()}
		if p.accept("to") {
			if t, ok := p.primary().(*ast.TypeOf); ok {
				e.Type = t.Type
			} else {
				p.fail(p.tok().Pos, "expected typeof(...) behind to")
			}
		}
		out = append(out, e)
		if !p.accept(",") {
			break
		}
	}
	if p.accept("limit") {
		return out, p.expr()
	}
	return out, nil
}

// subquery reads the operators between an operator's parentheses. They begin
// without a source; lets may stand before them.
func (p *parser) subquery() *ast.Query {
	q := &ast.Query{}
	defer func() { p.depth-- }()
	if !p.nest() {
		return q
	}
	start := p.tok().Pos.Pos
	for p.tok().Is("let") {
		if l := p.let(); l != nil {
			q.Lets = append(q.Lets, l)
		}
		p.expect(";")
	}
	pipe := &ast.Pipe{Ops: []ast.Op{p.op()}}
	if !p.atEnd() {
		p.fail(p.tok().Pos, "unexpected "+p.describe())
		p.skip("|", ";")
	}
	pipe.Ops = append(pipe.Ops, p.ops()...)
	pipe.At = p.at(start)
	q.Main, q.At = pipe, pipe.At
	return q
}

func (p *parser) partition(start int) ast.Op {
	o := &ast.Partition{Props: p.props()}
	p.expect("by")
	o.By = p.name() // not an expression: the subquery's parenthesis would make it a call
	if p.tok().Is("(") {
		p.next()
		o.Sub = p.subquery()
		p.expect(")")
	} else if p.accept("{") {
		o.Sub = p.block("}")
		p.expect("}")
	} else {
		p.fail(p.tok().Pos, "expected a subquery in parentheses, found "+p.describe())
		o.Sub = &ast.Query{}
	}
	o.At = p.at(start)
	return o
}

func (p *parser) makeSeries(start int) ast.Op {
	m := &ast.MakeSeries{Props: p.props("kind")}
	for {
		s := ast.Series{X: p.named()}
		if p.accept("default") {
			p.expect("=")
			s.Default = p.expr()
		}
		m.Aggs = append(m.Aggs, s)
		if !p.accept(",") {
			break
		}
	}
	p.expect("on")
	m.On = p.axis()
	if p.accept("in") { // in range(from, to, step), the older form
		if c, ok := p.primary().(*ast.Call); ok && c.Name == "range" && len(c.Args) == 3 {
			m.From, m.To, m.Step = c.Args[0], c.Args[1], c.Args[2]
		} else {
			p.fail(p.tok().Pos, "expected range(from, to, step) behind in")
		}
	} else {
		if p.accept("from") {
			m.From = p.expr()
		}
		if p.accept("to") {
			m.To = p.expr()
		}
		p.expect("step")
		m.Step = p.expr()
	}
	if p.accept("by") {
		m.By = p.exprs()
	}
	m.At = p.at(start)
	return m
}

// axis reads name = expr or expr, without the in that may follow it.
func (p *parser) axis() ast.Expr {
	start := p.tok().Pos.Pos
	if p.tok().Kind == token.Ident && p.peek(1).Is("=") || p.bracketed() && p.peek(3).Is("=") {
		n := p.name()
		p.next()
		return &ast.Named{Names: []*ast.Name{n}, X: p.binary(4), At: p.at(start)}
	}
	return p.binary(4)
}

func (p *parser) scan(start int) ast.Op {
	s := &ast.Scan{Props: p.props("with_match_id", "with_step_name", "kind")}
	for {
		switch {
		case p.tok().Is("partition") && p.peek(1).Is("by"):
			p.next()
			p.next()
			s.Partition = p.exprs()
			continue
		case p.tok().Is("order") && p.peek(1).Is("by"):
			p.next()
			p.next()
			s.Order = p.keys()
			continue
		case p.accept("declare"):
			s.Declare = p.params()
			continue
		}
		break
	}
	p.expect("with")
	p.expect("(")
	for p.tok().Is("step") {
		s.Steps = append(s.Steps, p.step())
	}
	p.expect(")")
	s.At = p.at(start)
	return s
}

func (p *parser) step() ast.Step {
	start := p.next().Pos.Pos
	s := ast.Step{Name: p.name().Text, Output: "all"}
	for !p.tok().Is(":") && !p.atEnd() {
		switch {
		case p.accept("optional"):
			s.Optional = true
		case p.tok().Is("output") && p.peek(1).Is("="):
			p.next()
			p.next()
			s.Output = p.next().Text
		default:
			p.fail(p.tok().Pos, "unexpected "+p.describe()+" in step")
			p.next()
		}
	}
	p.expect(":")
	s.Cond = p.expr()
	if p.accept("=>") {
		s.Assign = p.exprs()
	}
	p.expect(";")
	s.At = p.at(start)
	return s
}
