package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Print shows a plan, the operator that runs last on top, inputs indented.
func Print(n Node) string {
	var b strings.Builder
	write(&b, n, 0, map[int]bool{})
	return b.String()
}

func write(b *strings.Builder, n Node, depth int, shares map[int]bool) {
	fmt.Fprintf(b, "%s%s\n", strings.Repeat("  ", depth), line(n))
	if s, ok := n.(*Share); ok {
		if shares[s.ID] {
			return
		}
		shares[s.ID] = true
	}
	for _, in := range n.Inputs() {
		write(b, in, depth+1, shares)
	}
}

func line(n Node) string {
	switch n := n.(type) {
	case *Scan:
		s := "scan " + n.Table.Name + " [" + names(n.Columns) + "]"
		for _, p := range n.Promoted {
			s += fmt.Sprintf(" promoted %s#%d", p.Col.Name, p.Col.ID)
		}
		for _, d := range n.Digests {
			s += fmt.Sprintf(" by %s in %d", d.Physical, d.Values)
		}
		if n.From != 0 {
			s += fmt.Sprintf(" from %d", n.From)
		}
		if n.To != 0 {
			s += fmt.Sprintf(" to %d", n.To)
		}
		return s
	case *Values:
		return fmt.Sprintf("values %d rows [%s]", len(n.Rows), names(n.Columns))
	case *Filter:
		return "filter " + String(n.Pred)
	case *Project:
		return "project " + itemText(n.Items)
	case *Window:
		return "window " + itemText(n.Items) + partText(n.Part) + orderText(n.Keys)
	case *Summarize:
		var aggs []string
		for _, a := range n.Aggs {
			s := fmt.Sprintf("%s#%d = %s", a.Col.Name, a.Col.ID, String(a.Call))
			if a.Pick >= 0 {
				s += fmt.Sprintf(".%d", a.Pick)
			}
			if a.Filter != nil {
				s += " where " + String(a.Filter)
			}
			aggs = append(aggs, s+orderText(a.Keys))
		}
		return strings.TrimSpace("summarize " + strings.Join(aggs, ", ") + " by " + itemText(n.By))
	case *Sort:
		return "sort" + orderText(n.Keys)
	case *Take:
		s := fmt.Sprintf("take %d", n.N)
		if n.Random {
			s += " at random"
		}
		return s + partText(n.Part) + orderText(n.Keys)
	case *Join:
		var on []string
		for i := range n.Left {
			on = append(on, String(n.Left[i])+" = "+String(n.Right[i]))
		}
		if n.On != nil {
			on = append(on, String(n.On))
		}
		s := "join " + n.Kind
		if n.Dedup {
			s += " one row per key"
		}
		return s + " on " + strings.Join(on, ", ")
	case *Union:
		return "union [" + names(n.Columns) + "]"
	case *Expand:
		if n.List != nil {
			var out []string
			for _, f := range n.List.Fields {
				of := "." + f.Name
				if f.Conv != "" {
					of = f.Conv + "(" + of + ")"
				}
				out = append(out, fmt.Sprintf("%s#%d = %s", f.Col.Name, f.Col.ID, of))
			}
			return "expand list " + String(n.List.Ref) + " [" + strings.Join(out, ", ") + "]"
		}
		return "expand " + itemText(n.Items)
	case *Match:
		return n.line()
	case *Share:
		return fmt.Sprintf("share %d", n.ID)
	case *Series:
		return fmt.Sprintf("series %s#%d from %s to %s step %s", n.Col.Name, n.Col.ID, String(n.Lo), String(n.Hi), String(n.Step))
	}
	return fmt.Sprintf("%T", n)
}

func names(cols []Col) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = fmt.Sprintf("%s#%d", c.Name, c.ID)
	}
	return strings.Join(out, ", ")
}

func itemText(items []Item) string {
	var out []string
	for _, it := range items {
		if r, ok := it.Expr.(*Ref); ok && r.ID == it.Col.ID {
			out = append(out, fmt.Sprintf("%s#%d", it.Col.Name, it.Col.ID))
			continue
		}
		out = append(out, fmt.Sprintf("%s#%d = %s", it.Col.Name, it.Col.ID, String(it.Expr)))
	}
	return strings.Join(out, ", ")
}

func partText(part []Expr) string {
	if len(part) == 0 {
		return ""
	}
	var out []string
	for _, e := range part {
		out = append(out, String(e))
	}
	return " within " + strings.Join(out, ", ")
}

func orderText(keys []Key) string {
	if len(keys) == 0 {
		return ""
	}
	var out []string
	for _, k := range keys {
		s := String(k.Expr) + " asc"
		if k.Desc {
			s = String(k.Expr) + " desc"
		}
		if k.NullsFirst {
			s += " nulls first"
		}
		out = append(out, s)
	}
	return " order " + strings.Join(out, ", ")
}

// String shows an expression.
func String(e Expr) string {
	switch x := e.(type) {
	case *Ref:
		return "#" + strconv.Itoa(x.ID)
	case *Const:
		if x.V == nil {
			return x.T.String() + "(null)"
		}
		if s, ok := x.V.(string); ok {
			return strconv.Quote(s)
		}
		return fmt.Sprint(x.V)
	case *Call:
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			args[i] = String(a)
		}
		return x.Name + "(" + strings.Join(args, ", ") + ")"
	case *Path:
		s := String(x.X)
		for _, st := range x.Steps {
			if st.IsIndex {
				s += fmt.Sprintf("[%d]", st.Index)
			} else {
				s += fmt.Sprintf("[%q]", st.Key)
			}
		}
		return s
	case *First:
		return "first(" + strings.ReplaceAll(strings.TrimSpace(Print(x.Node)), "\n", "; ") + ")"
	case *In:
		return String(x.X) + " in (" + strings.ReplaceAll(strings.TrimSpace(Print(x.Node)), "\n", "; ") + ")"
	}
	return "?"
}
