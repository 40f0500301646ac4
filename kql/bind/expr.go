package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// scope is what an expression sees. agg collects aggregates where they are
// allowed; window functions are allowed where rel is serialized and win set.
type scope struct {
	rel *rel
	env *env
	agg *aggs
	win bool
	// left and right are the sides of a join's condition.
	left, right *rel
	// search makes a bare string a search term.
	search bool
	// scan is set in the steps of a scan.
	scan *scanner
}

func call(name string, t types.Type, args ...plan.Expr) plan.Expr {
	return fold(&plan.Call{Name: name, Args: args, T: t})
}

func text(s string) *plan.Const  { return &plan.Const{T: types.String, V: s} }
func number(n int64) *plan.Const { return &plan.Const{T: types.Long, V: n} }
func boolean(v bool) *plan.Const { return &plan.Const{T: types.Bool, V: v} }

// expr binds a scalar expression; bad after a problem.
func (b *binder) expr(x ast.Expr, s *scope) plan.Expr {
	if b.late(x.Pos()) {
		return bad
	}
	switch x := x.(type) {
	case *ast.Paren:
		return b.expr(x.X, s)
	case *ast.Lit:
		return b.literal(x)
	case *ast.Name:
		return b.name(x, s)
	case *ast.Unary:
		return b.unary(x, s)
	case *ast.Binary:
		return b.binary(x, s)
	case *ast.List:
		return b.list(x, s)
	case *ast.Between:
		return b.between(x, s)
	case *ast.Member:
		return b.member(x, s)
	case *ast.Index:
		return b.index(x, s)
	case *ast.Call:
		return b.call(x, s)
	case *ast.Field:
		return b.field(x, s)
	case *ast.Named:
		return b.expr(x.X, s)
	case *ast.Pipe, *ast.Datatable, *ast.External, *ast.Block:
		b.fail("KQL103", x.Pos(), "expected a single value, found a table", "wrap it in toscalar()")
	case *ast.Star:
		b.fail("KQL121", x.Span, "* is not allowed here", "")
	case *ast.TypeOf:
		b.fail("KQL121", x.Span, "typeof is not allowed here", "")
	case *ast.Missing:
	}
	return bad
}

func (b *binder) name(x *ast.Name, s *scope) plan.Expr {
	if x.Text == "" {
		return bad
	}
	if s.rel != nil {
		if c, ok := find(s.rel.cols, x.Text); ok {
			return c.Ref()
		}
		if c, ok := find(s.rel.cols, standard[x.Text]); ok {
			return c.Ref()
		}
	}
	if v := s.env.find(x.Text); v != nil {
		switch {
		case v.scalar != nil:
			return v.scalar
		case v.fn != nil && bare(v.fn):
			return b.call(&ast.Call{At: x.At, Name: x.Text}, s)
		case v.fn != nil:
			b.fail("KQL103", x.Span, x.Text+" is a function", "call it with arguments: "+x.Text+"(...)")
		default:
			b.fail("KQL103", x.Span, x.Text+" is a table, not a single value", "wrap it in toscalar()")
		}
		return bad
	}
	if s.scan != nil && s.scan.declared[x.Text] {
		b.fail("KQL121", x.Span, x.Text+" has no value of its own in a step", "read what a step holds: step."+x.Text)
		return bad
	}
	list := s.env.names()
	if s.rel != nil {
		list = append(list, names(s.rel.cols)...)
	}
	hint := didYouMean(x.Text, list)
	if _, ok := b.cat.Table(x.Text); ok && s.rel != nil {
		hint = "it is a table; a value of it is toscalar(" + x.Text + " | ...)"
	}
	b.fail("KQL100", x.Span, fmt.Sprintf("there is no column or variable %q", x.Text), hint)
	return bad
}

func (b *binder) isColumn(x ast.Expr, s *scope) bool {
	n, ok := x.(*ast.Name)
	if !ok || s.rel == nil {
		return false
	}
	_, ok = find(s.rel.cols, n.Text)
	return ok
}

func (b *binder) unary(x *ast.Unary, s *scope) plan.Expr {
	e := b.expr(x.X, s)
	if x.Op == "+" || e == bad {
		return e
	}
	if e.Type() == types.Dynamic {
		return call("todynamic_", types.Dynamic, call("neg", types.Real, b.coerce(e, types.Real)))
	}
	if !e.Type().Numeric() && e.Type() != types.Timespan {
		b.fail("KQL120", x.Span, "- does not apply to a "+e.Type().String(), "")
		return bad
	}
	t := e.Type()
	if t == types.Int {
		t = types.Long
	}
	return call("neg", t, e)
}

func (b *binder) member(x *ast.Member, s *scope) plan.Expr {
	if n, ok := x.X.(*ast.Name); ok && (n.Text == "$left" || n.Text == "$right") {
		side := s.left
		if n.Text == "$right" {
			side = s.right
		}
		if side == nil {
			b.fail("KQL121", n.Span, n.Text+" is not allowed here", "it belongs into the condition of a join")
			return bad
		}
		return b.name(&ast.Name{At: x.At, Text: x.Name}, &scope{rel: side, env: s.env.child()})
	}
	if i, ok := s.step(x.X); ok {
		return b.stepValue(s.scan, i, x)
	}
	return b.path(x, b.expr(x.X, s), plan.Step{Key: x.Name})
}

func (b *binder) path(x ast.Expr, e plan.Expr, st plan.Step) plan.Expr {
	if e == bad {
		return bad
	}
	if e.Type() != types.Dynamic {
		hint := "parse it first: parse_json(...)"
		if e.Type() != types.String {
			hint = ""
		}
		b.fail("KQL123", x.Pos(), fmt.Sprintf("a %s has no members", e.Type()), hint)
		return bad
	}
	if p, ok := e.(*plan.Path); ok {
		return &plan.Path{X: p.X, Steps: append(p.Steps[:len(p.Steps):len(p.Steps)], st)}
	}
	return &plan.Path{X: e, Steps: []plan.Step{st}}
}

func (b *binder) index(x *ast.Index, s *scope) plan.Expr {
	if n, ok := x.X.(*ast.Name); ok && (n.Text == "$left" || n.Text == "$right") {
		if l, ok := x.I.(*ast.Lit); ok && l.Type == types.String {
			return b.member(&ast.Member{At: x.At, X: x.X, Name: l.Text}, s)
		}
	}
	if n, ok := s.step(x.X); ok {
		if l, ok := x.I.(*ast.Lit); ok && l.Type == types.String {
			return b.stepValue(s.scan, n, &ast.Member{At: x.At, X: x.X, Name: l.Text})
		}
	}
	e, i := b.expr(x.X, s), b.expr(x.I, s)
	if anyBad(e, i) {
		return bad
	}
	if c, ok := i.(*plan.Const); ok {
		switch v := c.V.(type) {
		case string:
			return b.path(x, e, plan.Step{Key: v})
		case int64:
			if v == int64(int32(v)) {
				return b.path(x, e, plan.Step{Index: int(v), IsIndex: true})
			}
		}
	}
	if e.Type() != types.Dynamic {
		return b.path(x, e, plan.Step{})
	}
	switch i.Type() {
	case types.String, types.Long, types.Int:
	case types.Dynamic:
		i = b.coerce(i, types.String)
	default:
		b.fail("KQL123", x.I.Pos(), fmt.Sprintf("a %s cannot be an index", i.Type()), "use a string or a whole number")
		return bad
	}
	return call("at", types.Dynamic, e, i)
}

// truth makes a predicate of e.
func (b *binder) truth(e plan.Expr, at types.Span) plan.Expr {
	switch e.Type() {
	case types.Bool, types.Unknown:
		return e
	case types.Dynamic, types.Int, types.Long:
		return b.coerce(e, types.Bool)
	}
	b.fail("KQL120", at, fmt.Sprintf("expected a condition, found a %s", e.Type()), "")
	return bad
}

// standard are columns that every table of a workspace has without showing
// them, and ours that say the same (Azure Monitor, "Standard columns").
var standard = map[string]string{"_TimeReceived": "_IngestionTime"}
