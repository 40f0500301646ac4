package rewrite

import "github.com/wholelog/wholelog/kql/plan"

// Options of Rules.
type Options struct {
	NoPromotions bool
}

// Rules applies all rules to a plan whose result has the columns out.
func Rules(n plan.Node, out []plan.Col, opt Options) plan.Node {
	n = rules(n, out, opt)
	// Last and for the tables in expressions as well: a share may be read there
	// and outside.
	prune(n, out)
	return n
}

func rules(n plan.Node, out []plan.Col, opt Options) plan.Node {
	for _, sub := range subplans(n) {
		sub.set(rules(sub.node, sub.cols, opt))
	}
	disjuncts(n)
	n = pushdown(n)
	timeRange(n)
	if !opt.NoPromotions {
		lists(n, out)
		n = promote(n)
		digests(n)
	}
	return n
}

// subplan is a table inside an expression.
type subplan struct {
	node plan.Node
	cols []plan.Col
	set  func(plan.Node)
}

// subplans lists the tables that expressions of n read, each once, not those
// inside them.
func subplans(n plan.Node) []subplan {
	var out []subplan
	seen := map[plan.Node]bool{}
	var nodes func(plan.Node)
	nodes = func(n plan.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, in := range n.Inputs() {
			nodes(in)
		}
		for _, e := range plan.Exprs(n) {
			for _, s := range inside(e) {
				if !seen[s.node] {
					seen[s.node] = true
					out = append(out, s)
				}
			}
		}
	}
	nodes(n)
	return out
}

// inside lists the tables in one expression.
func inside(e plan.Expr) (out []subplan) {
	plan.Visit(e, func(e plan.Expr) {
		switch x := e.(type) {
		case *plan.First:
			out = append(out, subplan{x.Node, []plan.Col{{ID: x.ID, Type: x.T}}, func(n plan.Node) { x.Node = n }})
		case *plan.In:
			out = append(out, subplan{x.Node, []plan.Col{{ID: x.Col.ID, Type: x.Col.T}}, func(n plan.Node) { x.Node = n }})
		}
	})
	return out
}
