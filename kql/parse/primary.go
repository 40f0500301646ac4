package parse

import (
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

// booleans are the spellings of the two values.
var booleans = map[string]bool{"true": true, "True": true, "TRUE": true, "false": true, "False": true, "FALSE": true}

func (p *parser) primary() ast.Expr {
	t := p.tok()
	lit := func(k types.Type) ast.Expr {
		p.next()
		return &ast.Lit{At: ast.At{Span: t.Pos}, Type: k, Text: t.Text}
	}
	switch {
	case t.Kind == token.Number:
		if strings.ContainsAny(t.Text, ".eE") && !strings.HasPrefix(t.Text, "0x") && !strings.HasPrefix(t.Text, "0X") {
			return lit(types.Real)
		}
		return lit(types.Long)
	case t.Kind == token.Span:
		return lit(types.Timespan)
	case t.Kind == token.String:
		p.next()
		text := t.Text
		for p.tok().Kind == token.String { // adjacent literals are one
			text += p.next().Text
		}
		return &ast.Lit{At: p.at(t.Pos.Pos), Type: types.String, Text: text}
	case t.Kind == token.Literal:
		p.next()
		k, _ := types.Parse(t.Text)
		return &ast.Lit{At: ast.At{Span: t.Pos}, Type: k, Text: t.Raw, Null: t.Raw == "null"}
	case t.Is("("):
		return p.paren()
	case t.Is("*"): // a* is a product here
		p.next()
		return &ast.Star{At: ast.At{Span: t.Pos}, Text: "*"}
	case p.bracketed(), t.Is("$"):
		n := p.name()
		if p.tok().Is("(") { // ['a function']()
			return p.callOf(n)
		}
		return n
	case t.Kind == token.Ident:
		switch {
		case booleans[t.Text]:
			return lit(types.Bool)
		case t.Text == "null":
			p.next()
			return &ast.Lit{At: ast.At{Span: t.Pos}, Type: types.Dynamic, Null: true}
		case t.Text == "datatable" && p.peek(1).Is("("):
			return p.datatable()
		case t.Text == "externaldata" || t.Text == "external_data":
			return p.external()
		case t.Text == "typeof" && p.peek(1).Is("("):
			return p.typeof()
		case p.peek(1).Is("("):
			return p.call()
		}
		return p.name()
	}
	p.fail(t.Pos, "expected an expression, found "+p.describe())
	return p.missing()
}

func (p *parser) paren() ast.Expr {
	start := p.next().Pos.Pos
	defer func() { p.depth-- }()
	if !p.nest() {
		return p.missing()
	}
	x := p.tabular()
	p.expect(")")
	return &ast.Paren{X: x, At: p.at(start)}
}

func (p *parser) typeof() ast.Expr {
	start := p.next().Pos.Pos
	n := &ast.TypeOf{}
	if p.peek(1).Is("*") || p.peek(2).Is(":") || p.peek(1).Is(")") { // a table's columns
		n.Cols = p.columnList()
	} else {
		p.next()
		n.Type = p.typ()
		p.expect(")")
	}
	n.At = p.at(start)
	return n
}

// columnList reads (a:long, *, b:string); * is left out.
func (p *parser) columnList() []ast.Param {
	if p.peek(1).Is("*") {
		p.next()
		p.next()
		if !p.accept(",") {
			p.expect(")")
			return nil
		}
		// params wants its parenthesis; step back over what stands before it.
		p.i--
		p.toks[p.i] = token.Token{Kind: token.Op, Text: "(", Pos: p.toks[p.i].Pos}
	}
	return p.params()
}

func (p *parser) call() ast.Expr {
	t := p.next()
	return p.callOf(&ast.Name{At: ast.At{Span: t.Pos}, Text: t.Text})
}

func (p *parser) callOf(name *ast.Name) ast.Expr {
	c := &ast.Call{Name: name.Text}
	p.next()
	if p.nest() {
		for !p.tok().Is(")") && p.tok().Kind != token.EOF {
			if (p.tok().Kind == token.Ident || p.bracketed()) && (p.peek(1).Is("=") || p.bracketed() && p.peek(3).Is("=")) {
				n := p.name()
				p.next()
				x := p.tabular()
				c.Args = append(c.Args, &ast.Named{Names: []*ast.Name{n}, X: x, At: p.at(n.Span.Pos)})
			} else {
				c.Args = append(c.Args, p.tabular())
			}
			if !p.accept(",") {
				break
			}
		}
	}
	p.depth--
	p.expect(")")
	c.At = p.at(name.Span.Pos)
	return c
}

func (p *parser) datatable() ast.Expr {
	t := p.next()
	d := &ast.Datatable{Cols: p.params()}
	p.expect("[")
	d.Values = p.values()
	p.expect("]")
	d.At = p.at(t.Pos.Pos)
	return d
}

// values reads a list that may end in a comma.
func (p *parser) values() []ast.Expr {
	var out []ast.Expr
	for !p.tok().Is("]") && p.tok().Kind != token.EOF {
		out = append(out, p.expr())
		if !p.accept(",") {
			break
		}
	}
	return out
}

func (p *parser) external() ast.Expr {
	t := p.next()
	x := &ast.External{Cols: p.params()}
	if p.accept("[") {
		x.URIs = p.values()
		p.expect("]")
	}
	if p.accept("with") {
		x.Props = p.withProps()
	}
	x.At = p.at(t.Pos.Pos)
	return x
}

// named reads expr, name = expr, or (a, b) = expr.
func (p *parser) named() ast.Expr {
	start := p.tok().Pos.Pos
	if p.tok().Is("(") && p.tupleEnd() > 0 {
		p.next()
		n := &ast.Named{Tuple: true}
		for !p.tok().Is(")") && p.tok().Kind != token.EOF {
			n.Names = append(n.Names, p.name())
			if !p.accept(",") {
				break
			}
		}
		p.expect(")")
		p.expect("=")
		n.X = p.expr()
		n.At = p.at(start)
		return n
	}
	quoted := p.bracketed() && p.peek(3).Is("=")
	if quoted || p.peek(1).Is("=") && (p.tok().Kind == token.Ident || p.tok().Kind == token.Literal && p.tok().Raw == "") {
		name := p.name()
		p.expect("=")
		x := p.expr()
		return &ast.Named{Names: []*ast.Name{name}, X: x, At: p.at(start)}
	}
	return p.expr()
}

// tupleEnd finds the closing parenthesis of (a, b) = f(); 0 for (a) + 1.
func (p *parser) tupleEnd() int {
	j := p.i + 1
	for j < len(p.toks)-1 && (p.toks[j].Kind == token.Ident || p.toks[j].Is(",") || p.toks[j].Is("[") || p.toks[j].Is("]") || p.toks[j].Kind == token.String) {
		j++
	}
	if p.toks[j].Is(")") && j+1 < len(p.toks) && p.toks[j+1].Is("=") {
		return j
	}
	return 0
}
