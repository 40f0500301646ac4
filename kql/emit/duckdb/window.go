package duckdb

import (
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
)

// window adds columns that look at other rows.
func (x *emitter) window(n *plan.Window) string {
	in := x.node(n.In)
	var cols []string
	for _, it := range n.Items {
		c, ok := it.Expr.(*plan.Call)
		if !ok {
			fail("no window function in %s", plan.String(it.Expr))
		}
		if c.Name == "row_window_session" {
			return x.sessions(n, it, c, in)
		}
		cols = append(cols, x.over(c, n)+" AS "+column(it.Col.ID))
	}
	return x.cte("SELECT *, "+strings.Join(cols, ", ")+" FROM "+in, false)
}

func (x *emitter) frame(n *plan.Window, ordered bool) string {
	var parts []string
	if len(n.Part) > 0 {
		parts = append(parts, "PARTITION BY "+x.list(n.Part))
	}
	if ordered && len(n.Keys) > 0 {
		parts = append(parts, strings.TrimSpace(x.orderBy(n.Keys)))
	}
	return " OVER (" + strings.Join(parts, " ") + ")"
}

func (x *emitter) over(c *plan.Call, n *plan.Window) string {
	w := x.frame(n, true)
	running := strings.TrimSuffix(w, ")") + " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
	switch c.Name {
	case "row_id":
		return "row_number() OVER ()"
	case "row_number":
		return "(row_number()" + w + " - 1 + " + x.expr(c.Args[0]) + ")"
	case "prev", "next":
		f := "lag"
		if c.Name == "next" {
			f = "lead"
		}
		return fmt.Sprintf("%s(%s, %s::INTEGER, %s)%s", f, x.expr(c.Args[0]), x.expr(c.Args[1]), x.expr(c.Args[2]), w)
	case "row_cumsum":
		v := "coalesce(sum(" + x.expr(c.Args[0]) + ")" + running + ", 0)"
		return v + "::" + sqlType(c.T)
	case "row_cummax":
		return "max(" + x.expr(c.Args[0]) + ")" + running
	case "min_over", "max_over":
		return c.Name[:3] + "(" + x.expr(c.Args[0]) + ")" + x.frame(n, false)
	}
	fail("%s() is not supported by this engine", c.Name)
	return ""
}

// sessions writes row_window_session: where a session begins depends on where
// the one before it began, so the values go through a function in order.
func (x *emitter) sessions(n *plan.Window, it plan.Item, c *plan.Call, in string) string {
	numbered := x.cte("SELECT *, row_number()"+x.frame(n, true)+" AS rn FROM "+in, true)
	keys := make([]string, len(n.Part))
	var same, group []string
	for i, p := range n.Part {
		keys[i] = fmt.Sprintf("%s AS k%d", x.expr(p), i)
		same = append(same, fmt.Sprintf("%s IS NOT DISTINCT FROM s.k%d", x.expr(p), i))
		group = append(group, fmt.Sprintf("k%d", i))
	}
	v := x.expr(c.Args[0])
	list := fmt.Sprintf("from_json(kql_row_window_session(to_json(list(%s ORDER BY rn))::VARCHAR, any_value(%s), any_value(%s)), '[\"BIGINT\"]') AS starts", v, x.expr(c.Args[1]), x.expr(c.Args[2]))
	sql := "SELECT " + strings.Join(append(keys, list), ", ") + " FROM " + numbered
	on := "true"
	if len(group) > 0 {
		sql += " GROUP BY " + strings.Join(group, ", ")
		on = strings.Join(same, " AND ")
	}
	starts := x.cte(sql, true)
	var cols []string
	for _, col := range n.In.Cols() {
		cols = append(cols, "n."+column(col.ID))
	}
	cols = append(cols, "s.starts[n.rn] AS "+column(it.Col.ID))
	return x.cte("SELECT "+strings.Join(cols, ", ")+" FROM "+numbered+" n JOIN "+starts+" s ON "+on, false)
}
