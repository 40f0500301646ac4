package parse

import "github.com/wholelog/wholelog/kql/ast"

// topNested reads levels, each of which repeats the operator's name.
func (p *parser) topNested(start int) ast.Op {
	o := &ast.TopNested{}
	at := start
	for {
		o.Levels = append(o.Levels, p.level(at))
		if !p.accept(",") {
			break
		}
		at = p.tok().Pos.Pos
		if name := p.opName(); name != "top-nested" {
			p.fail(p.toks[p.i-1].Pos, "expected top-nested behind the comma")
			break
		}
	}
	o.At = p.at(start)
	return o
}

// level reads what is behind the name: N of x with others = y by aggregate.
func (p *parser) level(start int) ast.Level {
	l := ast.Level{}
	if !p.tok().Is("of") {
		l.N = p.expr()
	}
	p.expect("of")
	l.X = p.named()
	if p.accept("with") {
		p.expect("others")
		p.expect("=")
		l.Others = p.expr()
	}
	p.expect("by")
	l.Agg = p.named()
	l.Dir, l.Nulls = p.direction(), p.nulls()
	l.At = p.at(start)
	return l
}
