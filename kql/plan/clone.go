package plan

// Clone copies the nodes of a plan, so that rules may change the copy.
// Expressions are values and are shared, but for the subqueries in them.
func Clone(n Node) Node { return clone(n, map[Node]Node{}) }

func clone(n Node, seen map[Node]Node) Node {
	if c, ok := seen[n]; ok {
		return c
	}
	c := shallow(n)
	seen[n] = c
	for i, in := range c.Inputs() {
		c.SetInput(i, clone(in, seen))
	}
	MapExprs(c, func(e Expr) Expr {
		return Map(e, func(e Expr) Expr {
			switch x := e.(type) {
			case *First:
				return &First{Node: clone(x.Node, seen), ID: x.ID, T: x.T}
			case *In:
				return &In{X: x.X, Node: clone(x.Node, seen), Col: x.Col, Fold: x.Fold}
			}
			return e
		})
	})
	return c
}

func items(list []Item) []Item { return append([]Item(nil), list...) }
func keys(list []Key) []Key    { return append([]Key(nil), list...) }
func exprs(list []Expr) []Expr { return append([]Expr(nil), list...) }

// shallow copies one node with its lists, so that MapExprs may write to them.
func shallow(n Node) Node {
	switch n := n.(type) {
	case *Scan:
		c := *n
		c.Columns, c.Physical, c.Promoted = append([]Col(nil), n.Columns...), append([]string(nil), n.Physical...), append([]Promoted(nil), n.Promoted...)
		c.Digests = append([]Digested(nil), n.Digests...)
		return &c
	case *Values:
		c := *n
		c.Rows = make([][]Expr, len(n.Rows))
		for i, r := range n.Rows {
			c.Rows[i] = exprs(r)
		}
		return &c
	case *Filter:
		c := *n
		return &c
	case *Project:
		return &Project{In: n.In, Items: items(n.Items)}
	case *Window:
		return &Window{In: n.In, Items: items(n.Items), Part: exprs(n.Part), Keys: keys(n.Keys)}
	case *Summarize:
		c := &Summarize{In: n.In, By: items(n.By), Aggs: append([]Agg(nil), n.Aggs...)}
		for i := range c.Aggs {
			c.Aggs[i].Keys = keys(c.Aggs[i].Keys)
		}
		return c
	case *Sort:
		return &Sort{In: n.In, Keys: keys(n.Keys)}
	case *Take:
		c := *n
		c.Part, c.Keys = exprs(n.Part), keys(n.Keys)
		return &c
	case *Join:
		c := *n
		c.Left, c.Right = exprs(n.Left), exprs(n.Right)
		return &c
	case *Union:
		c := &Union{In: append([]Node(nil), n.In...), Columns: n.Columns, Maps: make([][]Expr, len(n.Maps))}
		for i, m := range n.Maps {
			c.Maps[i] = exprs(m)
		}
		return c
	case *Expand:
		c := *n
		c.Items = items(n.Items)
		if n.List != nil {
			l := *n.List
			l.Fields = append([]ListField(nil), l.Fields...)
			c.List = &l
		}
		return &c
	case *Match:
		return n.shallow()
	case *Share:
		c := *n
		return &c
	case *Series:
		c := *n
		return &c
	}
	return n
}
