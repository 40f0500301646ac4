package rewrite

import "github.com/wholelog/wholelog/kql/plan"

// pushdown moves conditions towards the scans: through projections (with the
// expressions put in), unions (to every leg), joins (to the side they read),
// expansions (where they do not read the elements) and other filters.
func pushdown(n plan.Node) plan.Node {
	return sink(n, nil, map[*plan.Share]bool{})
}

// sink gives n with conds applied on top, as deep as they go.
func sink(n plan.Node, conds []plan.Expr, done map[*plan.Share]bool) plan.Node {
	switch x := n.(type) {
	case *plan.Filter:
		return sink(x.In, append(plan.Conjuncts(x.Pred), conds...), done)
	case *plan.Project:
		down, stay := throughProject(x, conds)
		x.In = sink(x.In, down, done)
		return filtered(x, stay)
	case *plan.Union:
		return sinkUnion(x, conds, done)
	case *plan.Join:
		return sinkJoin(x, conds, done)
	case *plan.Expand:
		down, stay := split(conds, ids(x.In.Cols()))
		x.In = sink(x.In, down, done)
		return filtered(x, stay)
	case *plan.Sort:
		x.In = sink(x.In, conds, done)
		return x
	case *plan.Summarize: // a condition on by-columns holds for whole groups
		down, stay := throughGroups(x, conds)
		x.In = sink(x.In, down, done)
		return filtered(x, stay)
	case *plan.Share: // read elsewhere as well: nothing passes
		if !done[x] {
			done[x] = true
			x.In = sink(x.In, nil, done)
		}
		return filtered(x, conds)
	}
	for i, in := range n.Inputs() {
		n.SetInput(i, sink(in, nil, done))
	}
	return filtered(n, conds)
}

func filtered(n plan.Node, conds []plan.Expr) plan.Node {
	if len(conds) == 0 {
		return n
	}
	return &plan.Filter{In: n, Pred: plan.And(conds)}
}

func ids(cols []plan.Col) map[int]bool {
	out := map[int]bool{}
	for _, c := range cols {
		out[c.ID] = true
	}
	return out
}

// split parts conditions that read only the columns of have from the others.
func split(conds []plan.Expr, have map[int]bool) (in, out []plan.Expr) {
	for _, c := range conds {
		if reads(c, have) && movable(c) {
			in = append(in, c)
		} else {
			out = append(out, c)
		}
	}
	return in, out
}

func reads(e plan.Expr, have map[int]bool) bool {
	ok := true
	plan.Visit(e, func(e plan.Expr) {
		if r, isRef := e.(*plan.Ref); isRef && !have[r.ID] {
			ok = false
		}
	})
	return ok
}

// movable tells conditions that give the same wherever they are computed.
func movable(e plan.Expr) bool {
	ok := true
	plan.Visit(e, func(e plan.Expr) {
		if c, isCall := e.(*plan.Call); isCall && (c.Name == "rand" || c.Name == "new_guid" || c.Name == "assert") {
			ok = false
		}
	})
	return ok
}

// size counts the nodes of an expression.
func size(e plan.Expr) int {
	n := 0
	plan.Visit(e, func(plan.Expr) { n++ })
	return n
}

// throughProject puts the projected expressions into conditions. Costly ones
// stay above, so that nothing is computed twice.
func throughProject(p *plan.Project, conds []plan.Expr) (down, stay []plan.Expr) {
	by := map[int]plan.Expr{}
	for _, it := range p.Items {
		by[it.Col.ID] = it.Expr
	}
	for _, c := range conds {
		ok := movable(c)
		plan.Visit(c, func(e plan.Expr) {
			r, isRef := e.(*plan.Ref)
			if !isRef {
				return
			}
			src := by[r.ID]
			if src == nil || !movable(src) || size(src) > 4 {
				ok = false
			}
		})
		if !ok {
			stay = append(stay, c)
			continue
		}
		down = append(down, substitute(c, by))
	}
	return down, stay
}

func substitute(e plan.Expr, by map[int]plan.Expr) plan.Expr {
	return plan.Map(e, func(e plan.Expr) plan.Expr {
		if r, ok := e.(*plan.Ref); ok && by[r.ID] != nil {
			return by[r.ID]
		}
		return e
	})
}

func throughGroups(s *plan.Summarize, conds []plan.Expr) (down, stay []plan.Expr) {
	if len(s.By) == 0 {
		return nil, conds
	}
	by := map[int]plan.Expr{}
	have := map[int]bool{}
	for _, it := range s.By {
		if size(it.Expr) <= 4 {
			by[it.Col.ID] = it.Expr
			have[it.Col.ID] = true
		}
	}
	for _, c := range conds {
		set := map[int]bool{}
		plan.Refs(c, set)
		if len(set) > 0 && reads(c, have) && movable(c) {
			down = append(down, substitute(c, by))
		} else {
			stay = append(stay, c)
		}
	}
	return down, stay
}

func sinkUnion(u *plan.Union, conds []plan.Expr, done map[*plan.Share]bool) plan.Node {
	var stay []plan.Expr
	down := make([][]plan.Expr, len(u.In))
	for _, c := range conds {
		if !movable(c) {
			stay = append(stay, c)
			continue
		}
		for i := range u.In {
			by := map[int]plan.Expr{}
			for j, col := range u.Columns {
				by[col.ID] = u.Maps[i][j]
			}
			down[i] = append(down[i], substitute(c, by))
		}
	}
	for i := range u.In {
		u.In[i] = sink(u.In[i], down[i], done)
	}
	return filtered(u, stay)
}

// sinkJoin moves conditions to the sides that keep their rows: both of an
// inner join, the left of a left outer one.
func sinkJoin(j *plan.Join, conds []plan.Expr, done map[*plan.Share]bool) plan.Node {
	var left, right []plan.Expr
	stay := conds
	keys := map[int]bool{}
	for _, k := range j.Left {
		plan.Refs(k, keys)
	}
	switch j.Kind {
	case "inner", "leftouter", "leftsemi", "leftanti":
		have := ids(j.L.Cols())
		if j.Dedup { // one row per key is kept: only keys may decide before that
			have = keys
		}
		left, stay = split(conds, have)
	}
	switch j.Kind {
	case "inner", "rightouter", "rightsemi", "rightanti":
		right, stay = split(stay, ids(j.R.Cols()))
	}
	j.L, j.R = sink(j.L, left, done), sink(j.R, right, done)
	return filtered(j, stay)
}
