package parse

import (
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
)

// sources are operators that may begin a pipe.
var sources = map[string]bool{"print": true, "range": true, "union": true, "search": true, "find": true, "evaluate": true}

// tabular reads an expression and the operators piped onto it. Without a pipe
// it is the plain expression.
func (p *parser) tabular() ast.Expr {
	defer func() { p.depth-- }()
	if !p.nest() {
		return p.missing()
	}
	start := p.tok().Pos.Pos
	var pipe *ast.Pipe
	if p.beginsPipe() {
		pipe = &ast.Pipe{Ops: []ast.Op{p.op()}}
	} else {
		src := p.expr()
		if !p.tok().Is("|") {
			return src
		}
		pipe = &ast.Pipe{Source: src}
	}
	pipe.Ops = append(pipe.Ops, p.ops()...)
	pipe.At = p.at(start)
	return pipe
}

// beginsPipe tells an operator at the start of a pipe from a name that is
// spelt like one.
func (p *parser) beginsPipe() bool {
	t, n := p.tok(), p.peek(1)
	if t.Kind != token.Ident || !sources[t.Text] {
		return false
	}
	switch t.Text {
	case "range":
		return n.Kind == token.Ident && p.peek(2).Is("from")
	case "union", "find", "search":
		if n.Is("(") || n.Is("in") && p.peek(2).Is("(") && t.Text != "union" {
			return true
		}
	case "print":
		if n.Is("(") || n.Is("-") || n.Is("[") {
			return true
		}
	}
	switch n.Kind {
	case token.EOF:
		return false
	case token.Op:
		return n.Is("*")
	case token.Ident:
		return !levels[0][n.Text] && !levels[1][n.Text] && !levels[2][n.Text]
	}
	return true
}

func (p *parser) ops() []ast.Op {
	var out []ast.Op
	for p.accept("|") {
		start := p.tok()
		out = append(out, p.op())
		if !p.atEnd() {
			p.fail(p.tok().Pos, "unexpected "+p.describe()+" in "+start.Text)
			p.skip("|", ";")
		}
	}
	return out
}

// atEnd tells whether an operator can end here.
func (p *parser) atEnd() bool {
	t := p.tok()
	return t.Kind == token.EOF || t.Is("|") || t.Is(")") || t.Is(";") || t.Is("}") || t.Is(",") || t.Is("]")
}

var aliases = map[string]string{"order": "sort", "limit": "take", "filter": "where", "mvexpand": "mv-expand", "mvapply": "mv-apply"}

// opName reads an operator's name, which may have hyphens.
func (p *parser) opName() string {
	t := p.tok()
	if t.Kind != token.Ident {
		p.fail(t.Pos, "expected an operator, found "+p.describe())
		return ""
	}
	p.next()
	name, end := t.Text, t.Pos.End
	for p.tok().Is("-") && p.tok().Pos.Pos == end && p.peek(1).Kind == token.Ident && p.touching(1) {
		p.next()
		n := p.next()
		name += "-" + n.Text
		end = n.Pos.End
	}
	if a := aliases[name]; a != "" {
		return a
	}
	return name
}

// op reads one operator. The readers begin behind its name.
func (p *parser) op() ast.Op {
	start := p.tok().Pos.Pos
	name := p.opName()
	switch name {
	case "where":
		return p.where(start)
	case "count":
		return p.count(start)
	case "getschema":
		return p.getschema(start)
	case "consume":
		return p.consume(start)
	case "extend":
		return p.columns("extend")(start)
	case "project":
		return p.columns("project")(start)
	case "print":
		return p.columns("print")(start)
	case "serialize":
		return p.columns("serialize")(start)
	case "distinct":
		return p.columns("distinct")(start)
	case "project-away":
		return p.pick("project-away")(start)
	case "project-keep":
		return p.pick("project-keep")(start)
	case "project-reorder":
		return p.pick("project-reorder")(start)
	case "project-rename":
		return p.rename(start)
	case "summarize":
		return p.summarize(start)
	case "sort":
		return p.sort(start)
	case "top":
		return p.top(start)
	case "top-nested":
		return p.topNested(start)
	case "take":
		return p.take("take")(start)
	case "sample":
		return p.take("sample")(start)
	case "sample-distinct":
		return p.sampleDistinct(start)
	case "join":
		return p.join(false)(start)
	case "lookup":
		return p.join(true)(start)
	case "union":
		return p.union(start)
	case "mv-expand":
		return p.mvExpand(start)
	case "mv-apply":
		return p.mvApply(start)
	case "parse":
		return p.parse(false)(start)
	case "parse-where":
		return p.parse(true)(start)
	case "parse-kv":
		return p.parseKV(start)
	case "make-series":
		return p.makeSeries(start)
	case "partition":
		return p.partition(start)
	case "scan":
		return p.scan(start)
	case "search":
		return p.search(start)
	case "find":
		return p.find(start)
	case "as":
		return p.as(start)
	case "range":
		return p.rangeOp(start)
	case "invoke":
		return p.invoke(start)
	case "render":
		return p.render(start)
	case "evaluate":
		return p.evaluate(start)
	}
	p.skip("|", ";")
	return &ast.Unknown{Name: name, At: ast.At{Span: ast.Span{Pos: start, End: start + max(len(name), 1)}}}
}

func (p *parser) where(start int) ast.Op {
	w := &ast.Where{Pred: p.expr()}
	if p.tok().Is("=") {
		p.fail(p.tok().Pos, "= gives a name; == compares")
		p.skip("|", ";")
	}
	w.At = p.at(start)
	return w
}

func (p *parser) count(start int) ast.Op {
	if p.accept("as") { // count as name
		n := p.name()
		return &ast.Summarize{Aggs: []ast.Expr{&ast.Named{Names: []*ast.Name{n}, X: &ast.Call{Name: "count", At: n.At}, At: n.At}}, At: p.at(start)}
	}
	return &ast.Count{At: p.at(start)}
}

func (p *parser) getschema(start int) ast.Op { return &ast.Getschema{At: p.at(start)} }

func (p *parser) consume(start int) ast.Op {
	p.props("decodeblocks")
	return &ast.Consume{At: p.at(start)}
}

func (p *parser) as(start int) ast.Op {
	props := p.props()
	return &ast.As{Props: props, Name: p.name(), At: p.at(start)}
}

func (p *parser) invoke(start int) ast.Op {
	return &ast.Invoke{Call: p.expr(), At: p.at(start)}
}

func (p *parser) render(start int) ast.Op {
	r := &ast.Render{Kind: p.name().Text}
	r.Props = p.props("kind", "title", "xaxis", "yaxis", "legend", "series", "ymin", "ymax", "accumulate", "xcolumn", "ycolumns", "xtitle", "ytitle", "anomalycolumns", "ysplit")
	if p.accept("with") {
		r.Props = append(r.Props, p.withProps()...)
	}
	r.At = p.at(start)
	return r
}

func (p *parser) evaluate(start int) ast.Op {
	e := &ast.Evaluate{Props: p.props()}
	if p.tok().Kind == token.Ident && p.peek(1).Is("(") {
		e.Call = p.call().(*ast.Call)
	} else {
		p.fail(p.tok().Pos, "expected a plugin call, found "+p.describe())
		e.Call = &ast.Call{At: p.at(start)}
	}
	if p.tok().Is(":") && p.peek(1).Is("(") {
		p.next()
		e.Star = p.peek(1).Is("*")
		e.Schema = p.columnList()
	}
	e.At = p.at(start)
	return e
}

func (p *parser) rangeOp(start int) ast.Op {
	r := &ast.Range{Name: p.name()}
	p.expect("from")
	r.From = p.expr()
	p.expect("to")
	r.To = p.expr()
	p.expect("step")
	r.Step = p.expr()
	r.At = p.at(start)
	return r
}
