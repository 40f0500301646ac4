package rewrite

import (
	"math"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// timeRange copies bounds on TimeGenerated from the filters that stand right
// over a scan to the scan, which then reads only the files of those months.
func timeRange(n plan.Node) {
	plan.Walk(n, func(n plan.Node) {
		f, ok := n.(*plan.Filter)
		if !ok {
			return
		}
		s, ok := f.In.(*plan.Scan)
		if !ok {
			return
		}
		id := 0
		for i, name := range s.Physical {
			if name == "TimeGenerated" && s.Columns[i].Type == types.Datetime {
				id = s.Columns[i].ID
			}
		}
		if id == 0 {
			return
		}
		for _, c := range plan.Conjuncts(f.Pred) {
			bound(s, id, c)
		}
	})
}

// bound narrows a scan by one condition, if it compares the time with a
// constant.
func bound(s *plan.Scan, id int, e plan.Expr) {
	c, ok := e.(*plan.Call)
	if !ok || len(c.Args) != 2 {
		return
	}
	l, r, op := c.Args[0], c.Args[1], c.Name
	if _, isConst := l.(*plan.Const); isConst {
		l, r = r, l
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}[op]
	}
	ref, ok := l.(*plan.Ref)
	k, isConst := r.(*plan.Const)
	if !ok || !isConst || ref.ID != id {
		return
	}
	t, ok := k.V.(int64)
	if !ok || t <= 0 || t == math.MaxInt64 {
		return
	}
	switch op {
	case ">=":
		s.From = max(s.From, t)
	case ">":
		s.From = max(s.From, t+1)
	case "<=":
		lower(s, t+1)
	case "<":
		lower(s, t)
	case "==":
		s.From = max(s.From, t)
		lower(s, t+1)
	}
}

func lower(s *plan.Scan, to int64) {
	if s.To == 0 || to < s.To {
		s.To = to
	}
}
