package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// Options of Bind.
type Options struct {
	Now int64 // ticks that now() gives
	// Names are the names that occur in the query's text, for the columns of
	// watchlists that are not there.
	Names []string
	// Discover runs a plan while the query is bound, for operators whose
	// columns depend on data (bag_unpack, pivot). It returns the cells as
	// text. Nil: the query's columns cannot be known, Result.Open is set.
	Discover func(n plan.Node, cols []plan.Col) ([][]string, error)
	// Stop is asked now and then whether to give up. Nil: never.
	Stop func() bool
}

// Result is a bound query.
type Result struct {
	Node    plan.Node
	Columns []plan.Col // visible, in order
	Notices []string   // what a reader of the result must know
	Render  *Render    // nil without a render operator
	Open    bool       // further columns depend on data and were not looked up
}

// Render is what the render operator asks for.
type Render struct {
	Kind  string            `json:"kind"`
	Props map[string]string `json:"properties,omitempty"`
}

type binder struct {
	cat      types.Catalog
	opt      Options
	id       int
	shares   int
	depth    int
	problems []types.Problem
	notices  []string
	render   *Render
	open     bool
	// used lists the names that the query's text has, in order.
	used []string
	// seen counts expressions, for late.
	seen    int
	stopped bool
}

// maxColumns and maxDepth bound expansion: a few nested functions can multiply
// without end.
const maxColumns, maxDepth = 400_000, 100

// Bind resolves q.
func Bind(q *ast.Query, cat types.Catalog, opt Options) (*Result, []types.Problem) {
	b := &binder{cat: cat, opt: opt, used: opt.Names}
	e := (&env{}).child()
	r := b.main(q, e)
	for _, p := range b.problems {
		if !p.Warning {
			return nil, b.problems
		}
	}
	if r == nil {
		b.fail("KQL100", q.Span, "the query has no expression to run", "end it with a table or a pipe, for example: SigninLogs | take 10")
		return nil, b.problems
	}
	res := &Result{Notices: b.notices, Render: b.render, Columns: visible(r.cols), Node: r.node, Open: b.open}
	if len(r.order) > 0 && r.final {
		res.Node = &plan.Sort{In: r.node, Keys: r.order}
	}
	return res, b.problems
}

// main binds the query as a whole: a scalar at its end is shown as print does.
func (b *binder) main(q *ast.Query, e *env) *rel {
	b.lets(q, e)
	if q.Main == nil {
		return nil
	}
	if b.isTable(q.Main, e) {
		return b.table(q.Main, e)
	}
	if _, ok := q.Main.(*ast.Name); ok { // most likely a table's name with a mistake in it
		return b.table(q.Main, e)
	}
	return b.print([]ast.Expr{q.Main}, e)
}

// query binds a function's body.
func (b *binder) query(q *ast.Query, e *env) *rel {
	b.lets(q, e)
	if q.Main == nil {
		return nil
	}
	return b.table(q.Main, e)
}

func (b *binder) fail(code string, at types.Span, msg, hint string) {
	for _, p := range b.problems {
		if p.Span == at && p.Message == msg {
			return
		}
	}
	if len(b.problems) < 50 {
		b.problems = append(b.problems, types.Problem{Code: code, Span: at, Message: msg, Hint: hint})
	}
}

func (b *binder) warn(code string, at types.Span, msg string) {
	for _, p := range b.problems {
		if p.Span == at && p.Message == msg {
			return
		}
	}
	b.problems = append(b.problems, types.Problem{Code: code, Span: at, Message: msg, Warning: true})
}

func (b *binder) notice(note string) {
	for _, n := range b.notices {
		if n == note {
			return
		}
	}
	b.notices = append(b.notices, note)
}

// unsupported reports a feature that is on the published list of what is left
// out.
func (b *binder) unsupported(at types.Span, what, hint string) {
	b.fail("KQL200", at, what+" is not supported", hint)
}

func (b *binder) col(name string, t types.Type) plan.Col {
	b.id++
	return plan.Col{ID: b.id, Name: name, Type: t}
}

// enter guards expansion against recursion and against blow-up; every call is
// paired with b.depth--.
func (b *binder) enter(at types.Span) bool {
	b.depth++
	if b.late(at) {
		return false
	}
	if b.depth > maxDepth {
		b.fail("KQL111", at, fmt.Sprintf("functions and lets nest more than %d levels deep", maxDepth), "a function must not call itself")
		return false
	}
	if b.id > maxColumns {
		b.fail("KQL111", at, fmt.Sprintf("the query expands to more than %d columns", maxColumns), "wrap what is used often in materialize()")
		return false
	}
	return true
}

// late gives up when whoever asked no longer waits.
func (b *binder) late(at types.Span) bool {
	if b.seen++; !b.stopped && b.opt.Stop != nil && b.seen%256 == 0 && b.opt.Stop() {
		b.stopped = true
		b.fail("KQL112", at, "the query was not compiled in time", "")
	}
	return b.stopped
}

// bad stands for an expression that has a problem already.
var bad plan.Expr = &plan.Const{T: types.Unknown}

func anyBad(list ...plan.Expr) bool {
	for _, e := range list {
		if e == bad {
			return true
		}
	}
	return false
}
