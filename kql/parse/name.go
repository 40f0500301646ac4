package parse

import (
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

// name reads a name; a missing one is reported.
func (p *parser) name() *ast.Name {
	t := p.tok()
	switch {
	case t.Kind == token.Ident || t.Kind == token.Literal && t.Raw == "":
		p.next()
		return &ast.Name{At: ast.At{Span: t.Pos}, Text: t.Text}
	case p.bracketed():
		p.next()
		s := p.next()
		p.next()
		return &ast.Name{At: p.at(t.Pos.Pos), Text: s.Text, Quoted: true}
	case t.Is("$") && p.peek(1).Kind == token.Ident:
		p.next()
		n := p.next()
		return &ast.Name{At: p.at(t.Pos.Pos), Text: "$" + n.Text}
	}
	p.fail(t.Pos, "expected a name, found "+p.describe())
	return &ast.Name{At: ast.At{Span: t.Pos}}
}

// bracketed tells whether a name ['...'] is next.
func (p *parser) bracketed() bool {
	return p.tok().Is("[") && p.peek(1).Kind == token.String && p.peek(2).Is("]")
}

// touching tells whether the n-th token ahead begins where the one before it
// ends.
func (p *parser) touching(n int) bool { return p.peek(n-1).Pos.End == p.peek(n).Pos.Pos }

// wildcard tells whether * or a name with * in it is next.
func (p *parser) wildcard() bool {
	t := p.tok()
	return t.Is("*") || (t.Kind == token.Ident || t.Kind == token.Number) && p.peek(1).Is("*") && p.touching(1)
}

func (p *parser) star() *ast.Star {
	start := p.tok().Pos
	var b strings.Builder
	for first := true; first || p.touching(0) && (p.tok().Is("*") || p.tok().Kind == token.Ident || p.tok().Kind == token.Number); first = false {
		b.WriteString(p.next().Text)
	}
	return &ast.Star{At: p.at(start.Pos), Text: b.String()}
}

func (p *parser) pattern() ast.Pattern {
	if p.wildcard() {
		s := p.star()
		return ast.Pattern{At: s.At, Text: s.Text}
	}
	n := p.name()
	return ast.Pattern{At: n.At, Text: n.Text, Quoted: true}
}

func (p *parser) typ() types.Type {
	t := p.tok()
	if k, ok := types.Parse(t.Text); ok && (t.Kind == token.Ident || t.Kind == token.Literal) {
		p.next()
		return k
	}
	p.fail(t.Pos, "expected a type, found "+p.describe())
	return types.Unknown
}

// params reads (a:long, T:(*), b:string="x").
func (p *parser) params() []ast.Param {
	var out []ast.Param
	p.expect("(")
	for !p.tok().Is(")") && p.tok().Kind != token.EOF {
		start := p.tok().Pos.Pos
		n := p.name()
		prm := ast.Param{Name: n.Text}
		if p.expect(":") {
			p.paramType(&prm)
		}
		if p.accept("=") {
			prm.Default = p.expr()
		}
		prm.At = p.at(start)
		out = append(out, prm)
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return out
}

func (p *parser) paramType(prm *ast.Param) {
	if !p.tok().Is("(") {
		prm.Type = p.typ()
		return
	}
	prm.Table = true
	if p.peek(1).Is("*") {
		p.next()
		p.next()
		prm.Star = true
		p.expect(")")
		return
	}
	if p.nest() {
		prm.Cols = p.params()
	}
	p.depth--
}

// props reads name=value pairs that stand before an operator's operands;
// known lists the names that are allowed to begin one.
func (p *parser) props(known ...string) []ast.Prop {
	var out []ast.Prop
	for {
		t := p.tok()
		if t.Kind != token.Ident {
			return out
		}
		start := t.Pos.Pos
		switch {
		case (t.Text == "hint" || t.Text == "__noWithSource") && p.peek(1).Is("."):
			p.next()
			name := t.Text
			for p.accept(".") {
				name += "." + p.next().Text
			}
			p.expect("=")
			out = append(out, ast.Prop{Name: name, Value: p.propValue(), At: p.at(start)})
		case p.peek(1).Is("=") && contains(known, t.Text):
			p.next()
			p.next()
			out = append(out, ast.Prop{Name: t.Text, Value: p.propValue(), At: p.at(start)})
		default:
			return out
		}
	}
}

// propValue reads a word, a literal or a parenthesis. hint.strategy and the
// like have words that are no variables.
func (p *parser) propValue() ast.Expr {
	if p.tok().Kind == token.Ident { // kind=inner (T): no call
		return p.name()
	}
	return p.primary()
}

// withProps reads with (a=b, c=d).
func (p *parser) withProps() []ast.Prop {
	var out []ast.Prop
	if !p.expect("(") {
		return nil
	}
	for !p.tok().Is(")") && p.tok().Kind != token.EOF {
		start := p.tok().Pos.Pos
		n := p.name()
		if !p.expect("=") {
			break
		}
		v := p.propList()
		out = append(out, ast.Prop{Name: n.Text, Value: v, At: p.at(start)})
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return out
}

// propList reads a value of render's properties: ycolumns=a, b is a list of
// names that only the following name= ends.
func (p *parser) propList() ast.Expr {
	x := p.propValue()
	for p.tok().Is(",") && p.peek(1).Kind == token.Ident && !p.peek(2).Is("=") {
		p.next()
		p.propValue()
	}
	return x
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
