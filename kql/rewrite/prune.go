package rewrite

import "github.com/wholelog/wholelog/kql/plan"

// prune removes columns that nobody reads. A share is read in several places:
// what it must give is known when all of them have been seen, so the whole
// plan is walked for needs first.
func prune(n plan.Node, out []plan.Col) {
	need := map[int]bool{}
	for _, c := range out {
		need[c.ID] = true
	}
	// Numbers are unique in the plan, so one set serves all nodes. It grows
	// until every reader of a kept column has been counted.
	for {
		before := len(need)
		collect(n, need, map[plan.Node]bool{})
		if len(need) == before {
			break
		}
	}
	cut(n, need, map[plan.Node]bool{})
}

// collect adds what kept columns and conditions read.
func collect(n plan.Node, need map[int]bool, seen map[plan.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	item := func(list []plan.Item) {
		for _, it := range list {
			if need[it.Col.ID] {
				plan.Refs(it.Expr, need)
			}
		}
	}
	all := func(list ...plan.Expr) {
		for _, e := range list {
			plan.Refs(e, need)
		}
	}
	keys := func(list []plan.Key) {
		for _, k := range list {
			plan.Refs(k.Expr, need)
		}
	}
	switch n := n.(type) {
	case *plan.Filter:
		all(n.Pred)
	case *plan.Project:
		item(n.Items)
	case *plan.Window:
		item(n.Items)
		for _, it := range n.Items {
			if need[it.Col.ID] {
				all(n.Part...)
				keys(n.Keys)
			}
		}
	case *plan.Summarize:
		for _, it := range n.By { // groups stay, read or not
			need[it.Col.ID] = true
			all(it.Expr)
		}
		for _, a := range n.Aggs {
			if !need[a.Col.ID] {
				continue
			}
			if a.Pick >= 0 {
				all(a.Call.Args[0], a.Call.Args[a.Pick])
			} else {
				all(a.Call.Args...)
			}
			keys(a.Keys)
			all(a.Filter)
		}
	case *plan.Sort:
		keys(n.Keys)
	case *plan.Take:
		all(n.Part...)
		keys(n.Keys)
	case *plan.Join:
		all(n.Left...)
		all(n.Right...)
		all(n.On)
	case *plan.Union:
		for j, c := range n.Columns {
			if need[c.ID] {
				for _, m := range n.Maps {
					all(m[j])
				}
			}
		}
	case *plan.Expand: // an element that nobody reads still makes rows
		for _, it := range n.Items {
			need[it.Col.ID] = true
			all(it.Expr)
		}
		if n.List != nil {
			need[n.List.Ref.ID] = true
		}
	case *plan.Match:
		all(plan.Exprs(n)...)
		for _, s := range n.State {
			if s.Index < 0 {
				need[s.Source.ID] = true
			}
		}
		for _, o := range n.Out {
			all(o.Default)
		}
	case *plan.Series:
		need[n.Col.ID] = true
	}
	for _, e := range plan.Exprs(n) {
		for _, s := range inside(e) {
			need[s.cols[0].ID] = true
			collect(s.node, need, seen)
		}
	}
	for _, in := range n.Inputs() {
		collect(in, need, seen)
	}
}

func cut(n plan.Node, need map[int]bool, seen map[plan.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	switch n := n.(type) {
	case *plan.Scan:
		cols, phys := n.Columns[:0:0], n.Physical[:0:0]
		for i, c := range n.Columns {
			if need[c.ID] {
				cols, phys = append(cols, c), append(phys, n.Physical[i])
			}
		}
		n.Columns, n.Physical = cols, phys
		var promoted []plan.Promoted
		for _, p := range n.Promoted {
			if need[p.Col.ID] {
				promoted = append(promoted, p)
			}
		}
		n.Promoted = promoted
	case *plan.Project:
		n.Items = keptItems(n.Items, need)
	case *plan.Window:
		n.Items = keptItems(n.Items, need)
	case *plan.Summarize:
		aggs := n.Aggs[:0:0]
		for _, a := range n.Aggs {
			if need[a.Col.ID] {
				aggs = append(aggs, a)
			}
		}
		n.Aggs = aggs
	case *plan.Expand:
		if n.Index != nil && !need[n.Index.ID] {
			n.Index = nil
		}
		if n.List != nil {
			fields := n.List.Fields[:0:0]
			for _, f := range n.List.Fields {
				if need[f.Col.ID] {
					fields = append(fields, f)
				}
			}
			n.List.Fields = fields
		}
	case *plan.Union:
		cols := n.Columns[:0:0]
		maps := make([][]plan.Expr, len(n.Maps))
		for j, c := range n.Columns {
			if need[c.ID] {
				cols = append(cols, c)
				for i := range maps {
					maps[i] = append(maps[i], n.Maps[i][j])
				}
			}
		}
		n.Columns, n.Maps = cols, maps
	}
	for _, e := range plan.Exprs(n) {
		for _, s := range inside(e) {
			cut(s.node, need, seen)
		}
	}
	for _, in := range n.Inputs() {
		cut(in, need, seen)
	}
}

func keptItems(items []plan.Item, need map[int]bool) []plan.Item {
	out := items[:0:0]
	for _, it := range items {
		if need[it.Col.ID] {
			out = append(out, it)
		}
	}
	return out
}
