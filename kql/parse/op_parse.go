package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

func (p *parser) parse(filter bool) func(int) ast.Op {
	return func(start int) ast.Op {
		o := &ast.Parse{Filter: filter, Props: p.props("kind", "flags")}
		o.X = p.binary(4)
		p.expect("with")
		for !p.atEnd() {
			o.Parts = append(o.Parts, p.part())
			if n := len(o.Parts); o.Parts[n-1].Col != nil && o.Parts[n-1].Col.Text == "" {
				break
			}
		}
		o.At = p.at(start)
		return o
	}
}

func (p *parser) part() ast.Part {
	t := p.tok()
	switch {
	case t.Kind == token.String:
		l := p.primary().(*ast.Lit)
		return ast.Part{At: l.At, Text: l.Text}
	case t.Is("*"):
		p.next()
		return ast.Part{At: ast.At{Span: t.Pos}, Star: true}
	}
	part := ast.Part{Col: p.name(), Type: types.String}
	if p.accept(":") {
		part.Type = p.typ()
	}
	part.At = p.at(t.Pos.Pos)
	return part
}

func (p *parser) parseKV(start int) ast.Op {
	o := &ast.ParseKV{X: p.binary(4)}
	p.expect("as")
	o.Cols = p.params()
	if p.accept("with") {
		o.Props = p.withProps()
	}
	o.At = p.at(start)
	return o
}
