package parse

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

// Limits of a source; zero means the default.
type Limits struct {
	Bytes int // 1 MiB
	Depth int // 200 levels of nesting
}

const (
	defaultBytes = 1 << 20
	defaultDepth = 200
	maxProblems  = 20
)

type parser struct {
	toks     []token.Token
	i        int
	depth    int
	maxDepth int
	problems []types.Problem
	// last is the token of the newest problem, so that one place is reported
	// once and recovery makes headway.
	last int
}

// Parse reads a query. The tree is usable only when there are no problems.
func Parse(src string, lim Limits) (*ast.Query, []types.Problem) {
	if lim.Bytes <= 0 {
		lim.Bytes = defaultBytes
	}
	if lim.Depth <= 0 {
		lim.Depth = defaultDepth
	}
	if len(src) > lim.Bytes {
		return &ast.Query{}, []types.Problem{{Code: "KQL002", Message: fmt.Sprintf("the query has %d bytes, the limit is %d", len(src), lim.Bytes),
			Hint: "move long lists into a watchlist"}}
	}
	p := &parser{toks: token.Scan(src), maxDepth: lim.Depth, last: -1}
	q := p.query(func() bool { return p.tok().Kind == token.EOF })
	if p.tok().Kind != token.EOF {
		p.fail(p.tok().Pos, "unexpected "+p.describe())
	}
	return q, p.problems
}

// query reads lets and expressions up to end. Several expressions may follow
// each other; the last one is the query's.
func (p *parser) query(end func() bool) *ast.Query {
	start := p.tok().Pos.Pos
	q := &ast.Query{}
	for !end() && p.tok().Kind != token.EOF {
		at := p.i
		switch t := p.tok(); {
		case t.Is(";"):
			p.next()
			continue
		case t.Is("let") && p.peek(1).Kind != token.EOF && !p.peek(1).Is("|"):
			if l := p.let(); l != nil {
				q.Lets = append(q.Lets, l)
			}
		case t.Is("set") && p.peek(1).Kind == token.Ident:
			p.skip(";") // request properties change no result
		case t.Is("alias"), t.Is("declare"), t.Is("restrict") && p.peek(1).Is("access"):
			p.fail(t.Pos, t.Text+" statements are not supported")
			p.skip(";")
		default:
			q.Main = p.tabular()
		}
		if !end() && !p.tok().Is(";") && p.tok().Kind != token.EOF {
			p.fail(p.tok().Pos, "unexpected "+p.describe())
			p.skip(";")
			if p.i == at {
				if p.tok().Is(")") || p.tok().Is("}") || p.tok().Is("]") {
					if end() {
						break
					}
				}
				p.next()
			}
		}
	}
	q.Span = p.from(start)
	return q
}

func (p *parser) tok() token.Token { return p.toks[p.i] }

func (p *parser) peek(n int) token.Token { return p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) next() token.Token {
	t := p.toks[p.i]
	if p.i < len(p.toks)-1 {
		p.i++
	}
	return t
}

func (p *parser) accept(s string) bool {
	if p.tok().Is(s) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(s string) bool {
	if p.accept(s) {
		return true
	}
	p.fail(p.tok().Pos, fmt.Sprintf("expected %q, found %s", s, p.describe()))
	return false
}

func (p *parser) describe() string {
	switch t := p.tok(); t.Kind {
	case token.EOF:
		return "the end of the query"
	case token.Bad:
		return t.Text
	case token.String:
		return "a string"
	default:
		return fmt.Sprintf("%q", t.Text)
	}
}

// fail records a problem unless one stands at the same token already.
func (p *parser) fail(at types.Span, msg string) {
	if p.last == p.i || len(p.problems) >= maxProblems {
		return
	}
	p.last = p.i
	if t := p.tok(); t.Kind == token.Bad {
		msg, at = t.Text, t.Pos
	}
	p.problems = append(p.problems, types.Problem{Code: "KQL001", Span: at, Message: msg})
}

// from is the place from an offset to the end of the last token read.
func (p *parser) from(start int) ast.Span {
	end := start
	if p.i > 0 {
		end = max(start, p.toks[p.i-1].Pos.End)
	}
	return ast.Span{Pos: start, End: end}
}

func (p *parser) at(start int) ast.At { return ast.At{Span: p.from(start)} }

// skip moves to a token of the list that is not inside a parenthesis.
func (p *parser) skip(stops ...string) {
	depth := 0
	for ; p.tok().Kind != token.EOF; p.next() {
		t := p.tok()
		if t.Kind == token.Op {
			switch t.Text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				if depth == 0 {
					return
				}
				depth--
			}
		}
		if depth == 0 {
			for _, s := range stops {
				if t.Is(s) {
					return
				}
			}
		}
	}
}

// nest guards recursion; every call is paired with p.depth--.
func (p *parser) nest() bool {
	p.depth++
	if p.depth <= p.maxDepth {
		return true
	}
	p.fail(p.tok().Pos, fmt.Sprintf("the query nests more than %d levels deep", p.maxDepth))
	p.i = len(p.toks) - 1 // nothing behind this makes sense
	return false
}
