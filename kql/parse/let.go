package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
)

// let reads let name = value, where the value may be a function.
func (p *parser) let() *ast.Let {
	start := p.next().Pos.Pos
	l := &ast.Let{Name: p.name()}
	if !p.expect("=") {
		p.skip(";")
		return nil
	}
	view := p.tok().Is("view") && p.peek(1).Is("(")
	if view {
		p.next()
	}
	if view || p.isFunc() {
		l.Func = p.function(view)
	} else {
		l.X = p.tabular()
	}
	l.At = p.at(start)
	return l
}

// isFunc looks for ( ... ) { ahead.
func (p *parser) isFunc() bool {
	if !p.tok().Is("(") {
		return false
	}
	depth := 0
	for j := p.i; j < len(p.toks); j++ {
		if p.toks[j].Is("(") {
			depth++
		} else if p.toks[j].Is(")") {
			if depth--; depth == 0 {
				return p.toks[j+1].Is("{")
			}
		} else if p.toks[j].Is("|") || p.toks[j].Is(";") {
			return false // no parameter list has one
		}
	}
	return false
}

func (p *parser) function(view bool) *ast.Func {
	start := p.tok().Pos.Pos
	f := &ast.Func{View: view, Params: p.params()}
	if p.expect("{") {
		f.Body = p.block("}")
		p.expect("}")
	}
	if f.Body == nil {
		f.Body = &ast.Query{}
	}
	f.At = p.at(start)
	return f
}

// block reads a query up to a closing token, which it leaves.
func (p *parser) block(closing string) *ast.Query {
	q := &ast.Query{}
	if p.nest() {
		q = p.query(func() bool { return p.tok().Is(closing) })
	}
	p.depth--
	return q
}
