package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
)

// expr reads a scalar expression.
func (p *parser) expr() ast.Expr {
	defer func() { p.depth-- }()
	if !p.nest() {
		return p.missing()
	}
	return p.binary(0)
}

func (p *parser) missing() ast.Expr { return &ast.Missing{At: ast.At{Span: p.tok().Pos}} }

// levels are the binary operators from the weakest to the strongest.
var levels = []map[string]bool{
	{"or": true}, {"and": true},
	{"==": true, "!=": true, "<>": true, "=~": true, "!~": true, ":": true, "has": true, "!has": true, "has_cs": true, "!has_cs": true, "contains": true, "!contains": true,
		"contains_cs": true, "!contains_cs": true, "startswith": true, "!startswith": true, "startswith_cs": true,
		"!startswith_cs": true, "endswith": true, "!endswith": true, "endswith_cs": true, "!endswith_cs": true,
		"hasprefix": true, "!hasprefix": true, "hasprefix_cs": true, "!hasprefix_cs": true, "hassuffix": true,
		"!hassuffix": true, "hassuffix_cs": true, "!hassuffix_cs": true, "matches": true, "like": true, "!like": true, "notlike": true,
		"notcontains": true, "notcontains_cs": true, "in": true, "!in": true,
		"in~": true, "!in~": true, "has_any": true, "has_all": true, "between": true, "!between": true},
	{"<": true, ">": true, "<=": true, ">=": true},
	{"+": true, "-": true}, {"*": true, "/": true, "%": true},
}

// older spellings
var operatorAlias = map[string]string{"<>": "!=", "notcontains": "!contains", "notcontains_cs": "!contains_cs"}

func (p *parser) binary(level int) ast.Expr {
	if level == len(levels) {
		return p.unary()
	}
	x := p.binary(level + 1)
	for {
		t := p.tok()
		if t.Kind != token.Op && t.Kind != token.Ident || !levels[level][t.Text] {
			return x
		}
		if t.Text == ":" && !p.searchTerm(x) {
			return x
		}
		p.next()
		x = p.operator(t.Text, x, level)
		if x == nil {
			return p.missing()
		}
	}
}

// searchTerm tells whether x : y can be a search predicate; elsewhere a colon
// follows a name with a type.
func (p *parser) searchTerm(x ast.Expr) bool {
	switch x.(type) {
	case *ast.Name, *ast.Star:
		k := p.peek(1).Kind
		return k == token.String || k == token.Number || p.peek(1).Is("-") || k == token.Span
	}
	return false
}

func (p *parser) operator(op string, x ast.Expr, level int) ast.Expr {
	start := x.Pos().Pos
	if a := operatorAlias[op]; a != "" {
		op = a
	}
	switch op {
	case "in", "!in", "in~", "!in~", "has_any", "has_all":
		return p.list(x, op)
	case ":":
		f := &ast.Field{X: p.binary(level + 1)}
		f.Name, _ = x.(*ast.Name)
		f.At = p.at(start)
		return f
	case "between", "!between":
		b := &ast.Between{X: x, Not: op[0] == '!'}
		p.expect("(")
		b.Lo = p.expr()
		p.expect("..")
		b.Hi = p.expr()
		p.expect(")")
		b.At = p.at(start)
		return b
	case "matches":
		p.expect("regex")
	}
	y := p.binary(level + 1)
	return &ast.Binary{Op: op, X: x, Y: y, At: p.at(start)}
}

func (p *parser) list(x ast.Expr, op string) ast.Expr {
	l := &ast.List{Op: op, X: x}
	if p.accept("(") {
		for !p.tok().Is(")") && p.tok().Kind != token.EOF {
			l.Items = append(l.Items, p.tabular())
			if !p.accept(",") {
				break
			}
		}
		p.expect(")")
	} else {
		l.Items = append(l.Items, p.unary())
	}
	l.At = p.at(x.Pos().Pos)
	return l
}

func (p *parser) unary() ast.Expr {
	t := p.tok()
	if t.Is("-") || t.Is("+") {
		p.next()
		defer func() { p.depth-- }()
		if !p.nest() {
			return p.missing()
		}
		x := p.unary()
		return &ast.Unary{Op: t.Text, X: x, At: p.at(t.Pos.Pos)}
	}
	return p.postfix(p.primary())
}

// postfix reads .name and [index] behind x.
func (p *parser) postfix(x ast.Expr) ast.Expr {
	start := x.Pos().Pos
	for n := 0; ; n++ {
		t := p.tok()
		switch {
		case t.Is(".") && (p.peek(1).Kind == token.Ident || p.peek(1).Kind == token.Literal):
			p.next()
			if p.peek(1).Is("(") { // database('x').Table(...) and the like
				c := p.call().(*ast.Call)
				x = &ast.Member{X: x, Name: c.Name, At: p.at(start)}
				break
			}
			x = &ast.Member{X: x, Name: p.next().Text, At: p.at(start)}
		case t.Is(".") && p.peek(1).Is("["):
			p.next()
			if p.bracketed() {
				x = &ast.Member{X: x, Name: p.name().Text, At: p.at(start)}
				break
			}
			x = p.subscript(x, start)
		case t.Is("["):
			x = p.subscript(x, start)
		default:
			return x
		}
		if n > p.maxDepth {
			p.fail(t.Pos, "the access path is too long")
			return x
		}
	}
}

func (p *parser) subscript(x ast.Expr, start int) ast.Expr {
	p.next()
	i := p.expr()
	p.expect("]")
	return &ast.Index{X: x, I: i, At: p.at(start)}
}
