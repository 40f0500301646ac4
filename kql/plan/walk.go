package plan

// MapExprs replaces every expression of one node by f's result. Nil stays nil.
func MapExprs(n Node, f func(Expr) Expr) {
	g := func(e Expr) Expr {
		if e == nil {
			return nil
		}
		return f(e)
	}
	list := func(l []Expr) {
		for i := range l {
			l[i] = g(l[i])
		}
	}
	items := func(l []Item) {
		for i := range l {
			l[i].Expr = g(l[i].Expr)
		}
	}
	keys := func(l []Key) {
		for i := range l {
			l[i].Expr = g(l[i].Expr)
		}
	}
	switch n := n.(type) {
	case *Filter:
		n.Pred = g(n.Pred)
	case *Project:
		items(n.Items)
	case *Window:
		items(n.Items)
		list(n.Part)
		keys(n.Keys)
	case *Summarize:
		items(n.By)
		seen := map[*Call]*Call{} // the fields of one arg_max share their call
		for i := range n.Aggs {
			c := n.Aggs[i].Call
			if seen[c] == nil {
				args := make([]Expr, len(c.Args))
				for j, a := range c.Args {
					args[j] = g(a)
				}
				seen[c] = &Call{Name: c.Name, Args: args, T: c.T}
			}
			n.Aggs[i].Call = seen[c]
			keys(n.Aggs[i].Keys)
			n.Aggs[i].Filter = g(n.Aggs[i].Filter)
		}
	case *Sort:
		keys(n.Keys)
	case *Take:
		list(n.Part)
		keys(n.Keys)
	case *Join:
		list(n.Left)
		list(n.Right)
		n.On = g(n.On)
	case *Union:
		for _, m := range n.Maps {
			list(m)
		}
	case *Expand:
		items(n.Items)
	case *Match:
		n.mapExprs(g)
	case *Series:
		n.Lo, n.Hi, n.Step = g(n.Lo), g(n.Hi), g(n.Step)
	case *Values:
		for _, r := range n.Rows {
			list(r)
		}
	}
}

// Exprs lists the expressions of one node.
func Exprs(n Node) []Expr {
	var out []Expr
	MapExprs(n, func(e Expr) Expr {
		out = append(out, e)
		return e
	})
	return out
}

// Walk visits every node once, inputs first, those of subqueries included.
func Walk(n Node, f func(Node)) { walk(n, f, map[Node]bool{}) }

func walk(n Node, f func(Node), seen map[Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	for _, in := range n.Inputs() {
		walk(in, f, seen)
	}
	for _, e := range Exprs(n) {
		Visit(e, func(e Expr) {
			switch x := e.(type) {
			case *First:
				walk(x.Node, f, seen)
			case *In:
				walk(x.Node, f, seen)
			}
		})
	}
	f(n)
}
