package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
)

func (p *parser) columns(kind string) func(int) ast.Op {
	return func(start int) ast.Op {
		c := &ast.Columns{Kind: kind}
		if kind != "serialize" || !p.atEnd() {
			c.Items = p.exprs()
		}
		c.At = p.at(start)
		return c
	}
}

func (p *parser) exprs() []ast.Expr {
	var out []ast.Expr
	for {
		out = append(out, p.named())
		if !p.accept(",") {
			return out
		}
	}
}

func (p *parser) pick(kind string) func(int) ast.Op {
	return func(start int) ast.Op {
		k := &ast.Pick{Kind: kind}
		for {
			n := p.pattern()
			n.Dir = p.direction()
			k.Names = append(k.Names, n)
			if !p.accept(",") {
				break
			}
		}
		k.At = p.at(start)
		return k
	}
}

func (p *parser) rename(start int) ast.Op {
	return &ast.Rename{Items: p.exprs(), At: p.at(start)}
}

func (p *parser) summarize(start int) ast.Op {
	s := &ast.Summarize{Props: p.props()}
	if !p.tok().Is("by") && !p.atEnd() {
		s.Aggs = p.exprs()
	}
	if p.accept("by") {
		s.By = p.exprs()
	}
	s.At = p.at(start)
	return s
}

func (p *parser) sort(start int) ast.Op {
	s := &ast.Sort{Props: p.props()}
	p.expect("by")
	s.Keys = p.keys()
	s.At = p.at(start)
	return s
}

func (p *parser) top(start int) ast.Op {
	t := &ast.Top{Props: p.props()}
	t.N = p.expr()
	p.expect("by")
	t.Keys = p.keys()
	t.At = p.at(start)
	return t
}

func (p *parser) keys() []ast.Key {
	var out []ast.Key
	for {
		k := ast.Key{X: p.named()}
		k.Dir, k.Nulls = p.direction(), p.nulls()
		out = append(out, k)
		if !p.accept(",") {
			return out
		}
	}
}

func (p *parser) nulls() string {
	if !p.accept("nulls") {
		return ""
	}
	where := p.next().Text
	if where != "first" && where != "last" {
		p.fail(p.toks[p.i-1].Pos, "expected first or last behind nulls")
	}
	return where
}

// direction reads asc, desc and project-reorder's granny variants.
func (p *parser) direction() string {
	for _, w := range []string{"asc", "desc", "granny-asc", "granny-desc"} {
		if p.accept(w) {
			return w
		}
	}
	if p.tok().Is("granny") && p.peek(1).Is("-") {
		p.next()
		p.next()
		return "granny-" + p.next().Text
	}
	return ""
}

func (p *parser) take(kind string) func(int) ast.Op {
	return func(start int) ast.Op {
		return &ast.Take{Kind: kind, N: p.expr(), At: p.at(start)}
	}
}

func (p *parser) sampleDistinct(start int) ast.Op {
	s := &ast.SampleDistinct{N: p.expr()}
	p.expect("of")
	s.X = p.named()
	s.At = p.at(start)
	return s
}
