package rewrite

import (
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// few is how many alternatives on one text stay as they were written.
const few = 3

// disjuncts makes lists of alternatives: a == "x" or a == "y" or ... becomes
// a in ("x", "y", ...), has likewise has_any, and what is left a tree as flat as
// can be. Queries that are made by programs have thousands.
func disjuncts(n plan.Node) {
	plan.Walk(n, func(n plan.Node) { plan.MapExprs(n, alternatives) })
}

func alternatives(e plan.Expr) plan.Expr {
	c, ok := e.(*plan.Call)
	if !ok {
		return e
	}
	if c.Name != "or" && c.Name != "and" {
		args, same := make([]plan.Expr, len(c.Args)), true
		for i, a := range c.Args {
			args[i] = alternatives(a)
			same = same && args[i] == a
		}
		if same {
			return c
		}
		return &plan.Call{Name: c.Name, Args: args, T: c.T}
	}
	parts := flat(c, c.Name, nil)
	if len(parts) <= few {
		return &plan.Call{Name: c.Name, T: c.T, Args: []plan.Expr{alternatives(c.Args[0]), alternatives(c.Args[1])}}
	}
	for i, p := range parts {
		parts[i] = alternatives(p)
	}
	if c.Name == "or" {
		parts = grouped(parts)
	}
	return balanced(c.Name, parts)
}

// flat lists what a chain of one operator joins, in the order of the text.
func flat(e plan.Expr, op string, out []plan.Expr) []plan.Expr {
	if c, ok := e.(*plan.Call); ok && c.Name == op {
		return flat(c.Args[1], op, flat(c.Args[0], op, out))
	}
	return append(out, e)
}

// listOf are the operators with one constant, and with many.
var listOf = map[string]string{"==": "in", "in": "in", "has": "has_any", "has_any": "has_any"}

// grouped joins tests of one text for several constants, at the place of the
// first.
func grouped(parts []plan.Expr) []plan.Expr {
	type key struct{ op, on string }
	keys := make([]key, len(parts))
	sizes := map[key]int{}
	for i, p := range parts {
		c, ok := p.(*plan.Call)
		if !ok || listOf[c.Name] == "" || !texts(c) {
			continue
		}
		keys[i] = key{listOf[c.Name], plan.String(c.Args[0])}
		sizes[keys[i]] += len(c.Args) - 1
	}
	var out []plan.Expr
	made := map[key]*plan.Call{}
	for i, p := range parts {
		k := keys[i]
		if sizes[k] <= few {
			out = append(out, p)
			continue
		}
		c := p.(*plan.Call)
		if made[k] == nil {
			made[k] = &plan.Call{Name: k.op, T: types.Bool, Args: []plan.Expr{c.Args[0]}}
			out = append(out, made[k])
		}
		made[k].Args = append(made[k].Args, c.Args[1:]...)
	}
	return out
}

// texts tells a call of a text that is the same each time it is read, and
// constants.
func texts(c *plan.Call) bool {
	if c.Args[0].Type() != types.String {
		return false
	}
	for _, a := range c.Args[1:] {
		if k, ok := a.(*plan.Const); !ok || k.V == nil || k.T != types.String {
			return false
		}
	}
	steady := true
	plan.Visit(c.Args[0], func(e plan.Expr) {
		if f, ok := e.(*plan.Call); ok && (f.Name == "rand" || f.Name == "new_guid") {
			steady = false
		}
	})
	return steady
}

// balanced joins parts without making the tree deep.
func balanced(op string, parts []plan.Expr) plan.Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	m := len(parts) / 2
	return &plan.Call{Name: op, T: types.Bool, Args: []plan.Expr{balanced(op, parts[:m]), balanced(op, parts[m:])}}
}
