package rewrite

import (
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// digests lets a scan skip rows by a digest column where the filters right
// over it ask for values of the digested column. The filters stay: two texts
// may have one digest.
func digests(n plan.Node) {
	plan.Walk(n, func(n plan.Node) {
		f, ok := n.(*plan.Filter)
		if !ok {
			return
		}
		s, ok := f.In.(*plan.Scan)
		if !ok || len(s.Table.Digests) == 0 {
			return
		}
		for _, c := range plan.Conjuncts(f.Pred) {
			ref, values, ok := wanted(c)
			if !ok || len(values) > maxDigests {
				continue
			}
			for i, name := range s.Physical {
				if s.Columns[i].ID == ref && s.Table.Digests[name] != "" {
					s.Digests = append(s.Digests, plan.Digested{Physical: s.Table.Digests[name], Values: values})
				}
			}
		}
	})
}

// maxDigests bounds the values of one list; a longer one matches too many rows
// for the digest to be of use.
const maxDigests = 1000

// wanted gives the digests of the texts of which a condition wants a column to
// be one.
func wanted(e plan.Expr) (ref int, values []uint32, ok bool) {
	c, ok := e.(*plan.Call)
	if !ok || len(c.Args) < 2 {
		return 0, nil, false
	}
	if c.Name == "or" {
		for _, arg := range c.Args {
			r, v, ok := wanted(arg)
			if !ok || ref != 0 && r != ref {
				return 0, nil, false
			}
			ref, values = r, append(values, v...)
		}
		return ref, values, true
	}
	args := c.Args
	if _, first := args[0].(*plan.Const); first && len(args) == 2 && c.Name != "in" {
		args = []plan.Expr{args[1], args[0]}
	}
	col, ok := args[0].(*plan.Ref)
	if !ok || col.T != types.String {
		return 0, nil, false
	}
	for _, a := range args[1:] {
		k, isConst := a.(*plan.Const)
		if !isConst {
			return 0, nil, false
		}
		text, isText := k.V.(string)
		switch {
		case !isText || k.T != types.String:
			return 0, nil, false
		case c.Name == "==" || c.Name == "in":
		case c.Name == "=~" && strings.Trim(text, "0123456789abcdefABCDEF-") == "": // what folds to it is it
		default:
			return 0, nil, false
		}
		values = append(values, types.Digest(text))
	}
	return col.ID, values, true
}
