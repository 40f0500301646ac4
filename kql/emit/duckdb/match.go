package duckdb

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// match writes scan. Whether a row matches depends on the rows before it, so
// the rows of each part go through a function in order, as texts, and what it
// gives is joined to the rows by their numbers. The texts of one part are in
// memory at a time; only the columns that steps read are among them.
func (x *emitter) match(n *plan.Match) string {
	in := x.node(n.In)
	p := &matchProgram{node: n, cell: map[int]int{}, held: map[int]plan.MatchState{}}
	program := x.param(p.text())
	over := strings.TrimSpace(x.orderBy(n.Keys))
	if len(n.Part) > 0 {
		over = "PARTITION BY " + x.list(n.Part) + " " + over
	}
	numbered := x.cte("SELECT *, row_number() OVER ("+over+") AS rn FROM "+in, true)
	cells := []string{"rn::VARCHAR"}
	for _, r := range p.cells {
		cells = append(cells, column(r.ID)+"::VARCHAR")
	}
	var keys, group, on []string
	for i, e := range n.Part {
		k := "k" + strconv.Itoa(i)
		keys = append(keys, x.expr(e)+" AS "+k)
		group = append(group, k)
		on = append(on, x.expr(e)+" IS NOT DISTINCT FROM m."+k)
	}
	call := "kql_scan(" + program + ", coalesce(to_json(list([" + strings.Join(cells, ", ") + "]))::VARCHAR, '[]')) AS o"
	sql := "SELECT " + strings.Join(append(keys, call), ", ") + " FROM " + numbered
	if len(group) > 0 {
		sql += " GROUP BY " + strings.Join(group, ", ")
	}
	done := x.cte(sql, true)
	list := "from_json(CASE WHEN starts_with(o, '!') THEN error(substr(o, 2)) ELSE o END, '[[\"VARCHAR\"]]')"
	lists := x.cte("SELECT "+strings.Join(append(group, list+" AS l"), ", ")+" FROM "+done, true)
	hits := x.cte("SELECT "+strings.Join(append(group, "unnest(l) AS h", "unnest(range(len(l))) AS s"), ", ")+" FROM "+lists, false)
	var cols []string
	for _, c := range n.In.Cols() {
		cols = append(cols, "n."+column(c.ID))
	}
	for i, o := range n.Out {
		cols = append(cols, x.fromText(fmt.Sprintf("m.h[%d]", i+3), o.Col.Type)+" AS "+column(o.Col.ID))
	}
	cols = append(cols, "m.h[2]::BIGINT AS "+column(n.ID.ID), "m.s AS "+column(n.Seq.ID))
	on = append(on, "n.rn = m.h[1]::BIGINT")
	return x.cte("SELECT "+strings.Join(cols, ", ")+" FROM "+hits+" m JOIN "+numbered+" n ON "+strings.Join(on, " AND "), false)
}

// fromText reads a value that kql_scan wrote.
func (x *emitter) fromText(v string, t types.Type) string {
	switch t {
	case types.String:
		return "coalesce(" + v + ", '')"
	case types.Guid, types.Dynamic:
		return v
	}
	return v + "::" + sqlType(t)
}

// matchProgram makes what kql_scan runs of a node.
type matchProgram struct {
	node  *plan.Match
	cells []*plan.Ref
	cell  map[int]int // place in cells by column
	held  map[int]plan.MatchState
}

func (p *matchProgram) text() string {
	for _, s := range p.node.State {
		p.held[s.Col.ID] = s
	}
	out := builtin.ScanProgram{}
	for _, o := range p.node.Out {
		c := builtin.ScanColumn{Type: o.Col.Type, Cell: -1}
		switch d := o.Default.(type) {
		case *plan.Ref:
			c.Cell = p.at(d)
		case *plan.Const:
			c.Default = constantText(d)
		default:
			fail("no default %s", plan.String(d))
		}
		out.Out = append(out.Out, c)
	}
	for _, s := range p.node.Steps {
		step := builtin.ScanStep{Output: s.Output, Cond: p.expr(s.Cond), Set: make([]*builtin.ScanExpr, len(s.Set))}
		for i, e := range s.Set {
			if e != nil {
				step.Set[i] = p.expr(e)
			}
		}
		out.Steps = append(out.Steps, step)
	}
	for _, r := range p.cells {
		out.Cells = append(out.Cells, r.T)
	}
	text, err := json.Marshal(out)
	if err != nil {
		fail("write scan: %v", err)
	}
	return string(text)
}

func (p *matchProgram) at(r *plan.Ref) int {
	i, ok := p.cell[r.ID]
	if !ok {
		i = len(p.cells)
		p.cell[r.ID] = i
		p.cells = append(p.cells, r)
	}
	return i
}

func (p *matchProgram) expr(e plan.Expr) *builtin.ScanExpr {
	switch e := e.(type) {
	case *plan.Const:
		return &builtin.ScanExpr{Op: "const", Type: e.T, Text: constantText(e)}
	case *plan.Ref:
		s, ok := p.held[e.ID]
		switch {
		case !ok:
			return &builtin.ScanExpr{Op: "cell", Type: e.T, Index: p.at(e)}
		case s.Index >= 0:
			return &builtin.ScanExpr{Op: "out", Type: e.T, Step: s.Step, Index: s.Index}
		}
		return &builtin.ScanExpr{Op: "held", Type: e.T, Step: s.Step, Index: p.at(s.Source)}
	case *plan.Path:
		out := &builtin.ScanExpr{Op: "path", Type: types.Dynamic, Args: []*builtin.ScanExpr{p.expr(e.X)}}
		for _, s := range e.Steps {
			out.Path = append(out.Path, builtin.ScanKey(s))
		}
		return out
	case *plan.Call:
		out := &builtin.ScanExpr{Op: e.Name, Type: e.T}
		for _, a := range e.Args {
			out.Args = append(out.Args, p.expr(a))
		}
		return out
	}
	fail("no scan of %T", e)
	return nil
}

// constantText is a constant as kql_scan reads it; nil is null.
func constantText(c *plan.Const) *string {
	var s string
	switch v := c.V.(type) {
	case nil:
		return nil
	case bool:
		s = strconv.FormatBool(v)
	case int64:
		s = strconv.FormatInt(v, 10)
	case float64:
		s = strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		s = v
	default:
		fail("constant of type %T", v)
	}
	return &s
}
