package bind

import (
	"github.com/wholelog/wholelog/kql/plan"
)

// rel is a table under construction.
type rel struct {
	node plan.Node
	cols []plan.Col // named, in order
	// order is the rows' order. It is kept as keys, not as a sorted node, and
	// used where it shows: at the end, in take, in lists, in window functions.
	order []plan.Key
	// final says that the order shows in results and in take.
	final bool
	// serial says that window functions may rely on the order.
	serial bool
	// part are columns whose values keep rows apart: inside mv-apply and
	// partition, every operator works within each of them.
	part []plan.Col
	// carry are columns of an outer table that mv-apply brings along.
	carry []plan.Col
}

func (r *rel) copy() *rel {
	c := *r
	return &c
}

// needed lists the columns beside the named ones that projections must keep.
func (r *rel) needed() []plan.Col {
	out := append(r.part[:len(r.part):len(r.part)], r.carry...)
	set := map[int]bool{}
	for _, k := range r.order {
		plan.Refs(k.Expr, set)
	}
	if len(set) > 0 {
		for _, c := range r.node.Cols() {
			if set[c.ID] {
				out = append(out, c)
			}
		}
	}
	return out
}

// project gives r exactly the items as columns, and keeps what it needs.
func (r *rel) project(items []plan.Item) *rel {
	out := r.copy()
	p := &plan.Project{In: r.node}
	have := map[int]bool{}
	out.cols = nil
	for _, it := range items {
		out.cols = append(out.cols, it.Col)
		if !have[it.Col.ID] {
			have[it.Col.ID] = true
			p.Items = append(p.Items, it)
		}
	}
	for _, c := range r.needed() {
		if !have[c.ID] {
			have[c.ID] = true
			p.Items = append(p.Items, plan.Item{Col: c, Expr: c.Ref()})
		}
	}
	out.node = p
	return out
}

// pass makes items that keep columns as they are.
func pass(cols []plan.Col) []plan.Item {
	out := make([]plan.Item, len(cols))
	for i, c := range cols {
		out[i] = plan.Item{Col: c, Expr: c.Ref()}
	}
	return out
}

// unordered forgets the order, as joins and summarize do.
func (r *rel) unordered() *rel {
	r.order, r.final, r.serial = nil, false, false
	return r
}

// renumber gives the columns of r new numbers, so that two uses may meet.
func (b *binder) renumber(r *rel) *rel {
	out := &rel{final: r.final, serial: r.serial}
	p := &plan.Project{In: r.node}
	to := map[int]plan.Col{}
	add := func(c plan.Col) plan.Col {
		n, ok := to[c.ID]
		if !ok {
			n = b.col(c.Name, c.Type)
			n.Hidden = c.Hidden
			to[c.ID] = n
			p.Items = append(p.Items, plan.Item{Col: n, Expr: c.Ref()})
		}
		return n
	}
	for _, c := range r.cols {
		n := add(c)
		n.Name, n.Hidden = c.Name, c.Hidden
		out.cols = append(out.cols, n)
	}
	for _, c := range r.needed() {
		add(c)
	}
	for _, k := range r.order {
		k.Expr = plan.Map(k.Expr, func(e plan.Expr) plan.Expr {
			if ref, ok := e.(*plan.Ref); ok {
				if n, ok := to[ref.ID]; ok {
					return n.Ref()
				}
			}
			return e
		})
		out.order = append(out.order, k)
	}
	out.node = p
	return out
}

func visible(cols []plan.Col) []plan.Col {
	var out []plan.Col
	for _, c := range cols {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

func find(cols []plan.Col, name string) (plan.Col, bool) {
	for _, c := range cols {
		if c.Name == name {
			return c, true
		}
	}
	return plan.Col{}, false
}

func names(cols []plan.Col) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}
