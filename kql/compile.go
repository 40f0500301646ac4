package kql

import (
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wholelog/wholelog/kql/bind"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/parse"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/rewrite"
	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

// Options of Compile. The zero value is a good default.
type Options struct {
	// Now is what now() gives; zero: the time of the call.
	Now time.Time
	// From and To limit the rows of every table by TimeGenerated, From inclusive
	// and To exclusive; zero is no limit.
	From, To time.Time
	// MaxBytes and MaxDepth bound the text; 0: 1 MiB and 200 levels.
	MaxBytes, MaxDepth int
	// Discover runs a plan while the query is compiled, for operators whose
	// columns depend on data (bag_unpack, pivot). Nil leaves them out and sets
	// Query.Open.
	Discover func(n plan.Node, cols []plan.Col) ([][]string, error)
	// Stop is asked now and then whether to give up, which is an error. Nil:
	// never.
	Stop func() bool
	// Explain fills Query.Before.
	Explain bool
	// Functions are stored functions by name: "(parameters) { body }", as they
	// stand behind a let. A query that defines the name itself uses its own.
	Functions map[string]string
	// NoPromotions keeps queries from promoted columns, for tests.
	NoPromotions bool
}

// Query is a compiled query, ready for an emitter.
type Query struct {
	Plan    plan.Node
	Columns []Column     // of the result, in order
	Output  []plan.Col   // the same columns by number, for the emitter
	Notices []string     // what a reader of the result must know
	Render  *bind.Render // what the query's render operator asks for, nil without
	Open    bool         // further columns depend on data
	// Before is the plan as the binder made it; Plan is what the rules made of
	// it. It is filled on request.
	Before string
}

// Compile turns a query into a plan. The query is nil when a diagnostic is an
// error; warnings may stand beside a query.
func Compile(src string, cat Catalog, opt Options) (*Query, []Diagnostic) {
	if opt.MaxBytes == 0 {
		opt.MaxBytes = 1 << 20
	}
	stored := lets(src, opt.Functions)
	tree, problems := parse.Parse(stored+src, parse.Limits{Bytes: opt.MaxBytes + len(stored), Depth: opt.MaxDepth})
	if len(problems) > 0 {
		return nil, diagnostics(src, moved(problems, len(stored)))
	}
	now := opt.Now
	if now.IsZero() {
		now = time.Now()
	}
	rules := rewrite.Options{NoPromotions: opt.NoPromotions}
	from, to := bound(opt.From), bound(opt.To)
	b := bind.Options{Now: builtin.Ticks(now), Names: token.Names(src), Stop: opt.Stop}
	if opt.Discover != nil {
		b.Discover = func(n plan.Node, cols []plan.Col) ([][]string, error) {
			return opt.Discover(rewrite.Rules(rewrite.Within(plan.Clone(n), from, to), cols, rules), cols)
		}
	}
	res, problems := bind.Bind(tree, cat, b)
	problems = moved(problems, len(stored))
	if res == nil {
		return nil, diagnostics(src, problems)
	}
	q := &Query{Output: res.Columns, Notices: res.Notices, Render: res.Render, Open: res.Open}
	res.Node = rewrite.Within(res.Node, from, to)
	if opt.Explain {
		q.Before = plan.Print(res.Node)
	}
	for _, c := range res.Columns {
		q.Columns = append(q.Columns, Column{Name: c.Name, Type: c.Type})
	}
	q.Plan = rewrite.Rules(res.Node, res.Columns, rules)
	if n := size(q.Plan); n > maxCalls {
		return nil, diagnostics(src, []types.Problem{{Code: "KQL111", Span: types.Span{End: len(src)},
			Message: fmt.Sprintf("the query has %d operations, more than %d", n, maxCalls), Hint: "look for many values with in (...) or has_any (...)"}})
	}
	return q, diagnostics(src, problems)
}

// maxCalls bounds a plan: the engine takes minutes to look at more, and cannot
// be stopped in that.
const maxCalls = 20_000

// size counts the calls in a plan.
func size(n plan.Node) int {
	calls := 0
	plan.Walk(n, func(n plan.Node) {
		for _, e := range plan.Exprs(n) {
			plan.Visit(e, func(e plan.Expr) {
				if _, ok := e.(*plan.Call); ok {
					calls++
				}
			})
		}
	})
	return calls
}

// bound is a limit in ticks, 0 for none.
func bound(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return builtin.Ticks(t)
}

// diagnostics gives problems their lines, in the order of the text.
func diagnostics(src string, problems []types.Problem) []Diagnostic {
	starts := []int{0}
	for i := 0; i < len(src); i++ {
		if src[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	place := func(at int) (line, col int) {
		at = max(0, min(at, len(src)))
		i := sort.SearchInts(starts, at+1) - 1
		return i + 1, utf8.RuneCountInString(src[starts[i]:at]) + 1
	}
	out := make([]Diagnostic, 0, len(problems))
	for _, p := range problems {
		d := Diagnostic{Code: p.Code, Severity: "error", Message: p.Message, Hint: p.Hint}
		if p.Warning {
			d.Severity = "warning"
		}
		// A place at the end of the text points behind what is written last.
		pos, end := p.Span.Pos, p.Span.End
		if text := strings.TrimRight(src, " \t\r\n"); pos > len(text) {
			pos, end = len(text), len(text)
		}
		d.Line, d.Column = place(pos)
		d.EndLine, d.EndColumn = place(end)
		out = append(out, d)
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Line != out[j].Line {
			return out[i].Line < out[j].Line
		}
		return out[i].Column < out[j].Column
	})
	return out
}

// Failed tells whether any diagnostic is an error.
func Failed(list []Diagnostic) bool {
	for _, d := range list {
		if d.Severity == "error" {
			return true
		}
	}
	return false
}
