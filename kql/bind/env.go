package bind

import (
	"slices"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
)

// binding is what a name stands for: one of scalar, expr with env (a table
// that is bound at each use), fn with env, or rel.
type binding struct {
	scalar plan.Expr
	expr   ast.Expr
	fn     *ast.Func
	rel    func() *rel
	env    *env
}

// bare tells functions that need no arguments: their name is a call as well.
func bare(f *ast.Func) bool {
	for _, p := range f.Params {
		if p.Default == nil {
			return false
		}
	}
	return true
}

func (v *binding) tabular() bool { return v.expr != nil || v.rel != nil }

// env is a lexical scope.
type env struct {
	up   *env
	vars map[string]*binding
}

func (e *env) find(name string) *binding {
	for ; e != nil; e = e.up {
		if b := e.vars[name]; b != nil {
			return b
		}
	}
	return nil
}

func (e *env) child() *env { return &env{up: e, vars: map[string]*binding{}} }

func (e *env) names() []string {
	var out []string
	for ; e != nil; e = e.up {
		for n := range e.vars {
			out = append(out, n)
		}
	}
	return out
}

// views are the names of functions that wildcards find: those declared with
// the word view, which take nothing.
func (e *env) views() []string {
	var out []string
	seen := map[string]bool{}
	for ; e != nil; e = e.up {
		for n, v := range e.vars {
			if !seen[n] && v.fn != nil && v.fn.View && len(v.fn.Params) == 0 {
				out = append(out, n)
			}
			seen[n] = true
		}
	}
	slices.Sort(out)
	return out
}

// lets binds names in order. Each sees those before it, so that a name may be
// given anew in terms of its old meaning.
func (b *binder) lets(q *ast.Query, e *env) {
	for _, l := range q.Lets {
		outer := e.child()
		outer.up = e.up
		for k, v := range e.vars {
			outer.vars[k] = v
		}
		name := l.Name.Text
		switch {
		case l.Func != nil:
			e.vars[name] = &binding{fn: l.Func, env: outer}
		case b.isTable(l.X, outer):
			e.vars[name] = &binding{expr: l.X, env: outer}
			if c, ok := unparen(l.X).(*ast.Call); ok && c.Name == "materialize" && len(c.Args) == 1 {
				e.vars[name] = b.materialize(c.Args[0], outer)
			}
		default:
			e.vars[name] = &binding{scalar: b.expr(l.X, &scope{env: outer})}
		}
	}
}

func unparen(x ast.Expr) ast.Expr {
	for {
		p, ok := x.(*ast.Paren)
		if !ok {
			return x
		}
		x = p.X
	}
}

// materialize binds a table once; each use reads it under new numbers.
func (b *binder) materialize(x ast.Expr, e *env) *binding {
	var first *rel
	var share *plan.Share
	return &binding{env: e, rel: func() *rel {
		if first == nil {
			if first = b.table(x, e); first == nil {
				return nil
			}
			share = b.share(first.node)
		}
		use := first.copy()
		use.node = share
		return b.renumber(use)
	}}
}

func (b *binder) share(n plan.Node) *plan.Share {
	b.shares++
	return &plan.Share{In: n, ID: b.shares}
}

// tableFunctions are calls that give a table.
var tableFunctions = map[string]bool{"materialize": true, "table": true, "view": true, "_GetWatchlist": true, "_GetWatchlistAlias": true}

// isTable decides whether an expression is tabular, without binding it.
func (b *binder) isTable(x ast.Expr, e *env) bool {
	if b.depth > maxDepth {
		return false
	}
	b.depth++
	defer func() { b.depth-- }()
	switch x := x.(type) {
	case *ast.Pipe, *ast.Datatable, *ast.External, *ast.Block:
		return true
	case *ast.Paren:
		return b.isTable(x.X, e)
	case *ast.Name:
		if v := e.find(x.Text); v != nil {
			return v.tabular() || v.fn != nil && bare(v.fn) && b.bodyIsTable(v)
		}
		_, ok := b.cat.Table(x.Text)
		return ok
	case *ast.Member: // workspace("w").T
		_, ok := crossScope(x)
		return ok
	case *ast.Call:
		if v := e.find(x.Name); v != nil && v.fn != nil {
			return b.bodyIsTable(v)
		}
		return tableFunctions[x.Name]
	}
	return false
}

func (b *binder) bodyIsTable(v *binding) bool {
	if v.fn.Body.Main == nil {
		return false
	}
	inner := v.env.child()
	for _, p := range v.fn.Params {
		if p.Table {
			inner.vars[p.Name] = &binding{rel: func() *rel { return nil }}
		} else {
			inner.vars[p.Name] = &binding{scalar: bad}
		}
	}
	for _, l := range v.fn.Body.Lets {
		switch {
		case l.Func != nil:
			inner.vars[l.Name.Text] = &binding{fn: l.Func, env: inner}
		case b.isTable(l.X, inner):
			inner.vars[l.Name.Text] = &binding{expr: l.X, env: inner}
		default:
			inner.vars[l.Name.Text] = &binding{scalar: bad}
		}
	}
	return b.isTable(v.fn.Body.Main, inner)
}

// crossScope reads workspace("w").T, database("d").T and the like.
func crossScope(x *ast.Member) (string, bool) {
	in := x.X
	for {
		switch y := in.(type) {
		case *ast.Member:
			in = y.X
			continue
		case *ast.Call:
			switch y.Name {
			case "workspace", "database", "cluster":
				return x.Name, true
			}
		}
		return "", false
	}
}

// params makes the scope of a function's body: a child of the scope in which
// the function was defined.
func (b *binder) params(c *ast.Call, v *binding, s *scope) *env {
	e := v.env.child()
	given := map[string]ast.Expr{}
	for n, a := range c.Args { // a named argument takes its place in the row as well
		if x, ok := a.(*ast.Named); ok {
			given[x.Names[0].Text] = x.X
			continue
		}
		if n >= len(v.fn.Params) {
			b.fail("KQL110", c.Span, call0(c.Name)+" takes "+count(len(v.fn.Params), "argument")+", not "+itoa(len(c.Args)), "")
			return nil
		}
		given[v.fn.Params[n].Name] = a
	}
	for _, p := range v.fn.Params {
		arg := given[p.Name]
		switch {
		case arg == nil && p.Default == nil:
			b.fail("KQL110", c.Span, call0(c.Name)+" needs an argument for "+p.Name, "")
			return nil
		case arg == nil:
			e.vars[p.Name] = &binding{scalar: b.coerce(b.expr(p.Default, &scope{env: v.env}), p.Type)}
		case p.Table:
			if !b.isTable(arg, s.env) {
				b.fail("KQL103", arg.Pos(), p.Name+" of "+call0(c.Name)+" must be a table", "")
				return nil
			}
			e.vars[p.Name] = &binding{expr: arg, env: s.env}
		default:
			x := b.expr(arg, s)
			if x == bad {
				return nil
			}
			e.vars[p.Name] = &binding{scalar: b.coerce(x, p.Type)}
		}
	}
	return e
}

func call0(name string) string { return name + "()" }
