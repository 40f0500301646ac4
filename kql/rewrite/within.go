package rewrite

import (
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// Within limits every scan of a table with a TimeGenerated to a stretch of
// time in ticks, from inclusive, to exclusive; 0 is no bound. Unlike the rules
// it changes the answer, so it runs first and once. A scan that a Share or a
// subquery reads is limited like any other.
func Within(n plan.Node, from, to int64) plan.Node {
	if from <= 0 && to <= 0 {
		return n
	}
	if s, ok := n.(*plan.Scan); ok {
		return within(s, from, to)
	}
	var readers []plan.Node
	plan.Walk(n, func(n plan.Node) { readers = append(readers, n) })
	for _, r := range readers {
		for i, in := range r.Inputs() {
			if s, ok := in.(*plan.Scan); ok {
				r.SetInput(i, within(s, from, to))
			}
		}
		// A subquery may be nothing but a scan, which has no reader.
		for _, sub := range subplans(r) {
			if s, ok := sub.node.(*plan.Scan); ok {
				sub.set(within(s, from, to))
			}
		}
	}
	return n
}

func within(s *plan.Scan, from, to int64) plan.Node {
	for i, name := range s.Physical {
		if name != "TimeGenerated" || s.Columns[i].Type != types.Datetime {
			continue
		}
		bound := func(op string, t int64) plan.Expr {
			return &plan.Call{Name: op, Args: []plan.Expr{s.Columns[i].Ref(), &plan.Const{T: types.Datetime, V: t}}, T: types.Bool}
		}
		var conds []plan.Expr
		if from > 0 {
			conds = append(conds, bound(">=", from))
		}
		if to > 0 {
			conds = append(conds, bound("<", to))
		}
		return filtered(s, conds)
	}
	return s
}
