package rewrite

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// promote replaces a conversion of a path by a promoted column of the scan
// that the path begins at: tostring(LocationDetails.city) reads a column and
// no JSON.
func promote(n plan.Node) plan.Node {
	p := &promoter{next: maxID(n) + 1, home: map[int]origin{}}
	p.find(n, map[plan.Node]bool{})
	p.replace(n, map[plan.Node]bool{})
	return n
}

// origin says where a column comes from: a column of a scan, and the nodes
// above it that let it pass under its own number.
type origin struct {
	scan *plan.Scan
	name string
}

type promoter struct {
	next int
	home map[int]origin
}

func maxID(n plan.Node) int {
	top := 0
	plan.Walk(n, func(n plan.Node) {
		for _, c := range n.Cols() {
			top = max(top, c.ID)
		}
		for _, e := range plan.Exprs(n) {
			plan.Visit(e, func(e plan.Expr) {
				if r, ok := e.(*plan.Ref); ok {
					top = max(top, r.ID)
				}
			})
		}
	})
	return top
}

// find notes the scan of every column that has promotions.
func (p *promoter) find(n plan.Node, seen map[plan.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	for _, in := range n.Inputs() {
		p.find(in, seen)
	}
	s, ok := n.(*plan.Scan)
	if !ok {
		return
	}
	for i, c := range s.Columns {
		for _, pr := range s.Table.Promotions {
			if pr.Column == s.Physical[i] {
				p.home[c.ID] = origin{s, pr.Column}
			}
		}
	}
}

// replace rewrites the expressions of every node, deepest first.
func (p *promoter) replace(n plan.Node, seen map[plan.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	for _, in := range n.Inputs() {
		p.replace(in, seen)
	}
	plan.MapExprs(n, func(e plan.Expr) plan.Expr {
		return plan.Map(e, func(e plan.Expr) plan.Expr { return p.expr(n, e) })
	})
}

// conversions that a promoted column can stand for, by its type.
var conversions = map[string]bool{"tostring": true, "tolong": true, "toint": true, "todouble": true, "tobool": true}

func (p *promoter) expr(n plan.Node, e plan.Expr) plan.Expr {
	c, ok := e.(*plan.Call)
	if !ok || !conversions[c.Name] || len(c.Args) != 1 {
		return e
	}
	path, ok := c.Args[0].(*plan.Path)
	if !ok {
		return e
	}
	ref, ok := path.X.(*plan.Ref)
	if !ok {
		if parsed, isCall := path.X.(*plan.Call); isCall && parsed.Name == "parse_json" { // a string column that holds JSON
			ref, ok = parsed.Args[0].(*plan.Ref)
		}
		if !ok {
			return e
		}
	}
	id, ok := p.trace(n, ref.ID)
	if !ok {
		return e
	}
	home := p.home[id]
	for i := range home.scan.Table.Promotions {
		pr := &home.scan.Table.Promotions[i]
		if pr.Fields == nil && pr.Column == home.name && samePath(pr.Path, path.Steps) && fits(pr.Type, c.Name) {
			col := p.column(home.scan, pr, c)
			if p.thread(n, home.scan, col) {
				return col.Ref()
			}
		}
	}
	return e
}

// fits tells whether a conversion of the JSON and of the promoted value are
// the same.
func fits(t types.Type, conv string) bool {
	switch conv {
	case "tostring":
		return t == types.String || t == types.Long || t == types.Bool
	case "tolong", "toint":
		return t == types.Long
	case "todouble":
		return t == types.Long || t == types.Real
	case "tobool":
		return t == types.Bool
	}
	return false
}

func samePath(path []string, steps []plan.Step) bool {
	if len(path) != len(steps) {
		return false
	}
	for i, s := range steps {
		want := s.Key
		if s.IsIndex {
			want = strconv.Itoa(s.Index)
		}
		if want != path[i] || s.IsIndex != isNumber(path[i]) {
			return false
		}
	}
	return true
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// column gives the scan's column for a promotion and conversion.
func (p *promoter) column(s *plan.Scan, pr *types.Promotion, c *plan.Call) plan.Col {
	for _, have := range s.Promoted {
		if have.Promotion == pr && have.Conv == c.Name {
			return have.Col
		}
	}
	col := plan.Col{ID: p.next, Name: pr.Column + "." + strings.Join(pr.Path, "."), Type: c.T, Hidden: true}
	p.next++
	s.Promoted = append(s.Promoted, plan.Promoted{Col: col, Promotion: pr, Conv: c.Name})
	return col
}

// trace follows a column from the input of n down to a scan. Projections may
// rename it; anything that computes it anew ends the search.
func (p *promoter) trace(n plan.Node, id int) (int, bool) {
	for _, in := range n.Inputs() {
		if has(in, id) {
			return p.traceIn(in, id)
		}
	}
	return 0, false
}

func (p *promoter) traceIn(n plan.Node, id int) (int, bool) {
	if s, ok := n.(*plan.Scan); ok {
		_, promoted := p.home[id]
		return id, promoted && p.home[id].scan == s
	}
	switch x := n.(type) {
	case *plan.Project:
		for _, it := range x.Items {
			if it.Col.ID == id {
				r, ok := it.Expr.(*plan.Ref)
				if !ok {
					return 0, false
				}
				return p.traceIn(x.In, r.ID)
			}
		}
		return 0, false
	case *plan.Union, *plan.Summarize, *plan.Values, *plan.Series, *plan.Match:
		return 0, false
	}
	for _, in := range n.Inputs() {
		if has(in, id) {
			return p.traceIn(in, id)
		}
	}
	return 0, false
}

func has(n plan.Node, id int) bool {
	for _, c := range n.Cols() {
		if c.ID == id {
			return true
		}
	}
	return false
}

// thread makes every projection between n and s, which gives col, let it pass.
func (p *promoter) thread(n, s plan.Node, col plan.Col) bool {
	for _, in := range n.Inputs() {
		if p.pass(in, s, col) {
			return true
		}
	}
	return false
}

func (p *promoter) pass(n, s plan.Node, col plan.Col) bool {
	if n == s {
		return true
	}
	switch x := n.(type) {
	case *plan.Project:
		if has(x, col.ID) {
			return true
		}
		if !p.pass(x.In, s, col) {
			return false
		}
		x.Items = append(x.Items, plan.Item{Col: col, Expr: col.Ref()})
		return true
	case *plan.Union, *plan.Summarize, *plan.Values, *plan.Series, *plan.Match:
		return false
	case *plan.Join: // only the sides that the join gives on
		switch x.Kind {
		case "leftsemi", "leftanti":
			return p.pass(x.L, s, col)
		case "rightsemi", "rightanti":
			return p.pass(x.R, s, col)
		}
	}
	for _, in := range n.Inputs() {
		if p.pass(in, s, col) {
			return true
		}
	}
	return false
}
