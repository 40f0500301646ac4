package plan

import "github.com/wholelog/wholelog/kql/types"

// Expr is a typed scalar expression. Expressions are values: rules build new
// ones and never change one in place.
type Expr interface{ Type() types.Type }

type (
	// Ref reads a column of the node's input.
	Ref struct {
		ID int
		T  types.Type
	}
	// Const is a constant: bool, int64 (also ticks), float64 or string (also
	// guid and dynamic as JSON text); nil is null.
	Const struct {
		T types.Type
		V any
	}
	// Call is a function or operator of the function table.
	Call struct {
		Name string
		Args []Expr
		T    types.Type
	}
	// Path reads inside a dynamic value by constant steps.
	Path struct {
		X     Expr
		Steps []Step
	}
	// First is the first cell of a table, computed once.
	First struct {
		Node Node
		ID   int
		T    types.Type
	}
	// In tells whether X is among the values of the table's first column.
	In struct {
		X    Expr
		Node Node
		Col  *Ref
		Fold bool // compare without letter case
	}
)

// Step is a key of a bag or an index of an array.
type Step struct {
	Key     string
	Index   int
	IsIndex bool
}

func (e *Ref) Type() types.Type   { return e.T }
func (e *Const) Type() types.Type { return e.T }
func (e *Call) Type() types.Type  { return e.T }
func (e *Path) Type() types.Type  { return types.Dynamic }
func (e *First) Type() types.Type { return e.T }
func (e *In) Type() types.Type    { return types.Bool }

// Map rebuilds e from its leaves up with f.
func Map(e Expr, f func(Expr) Expr) Expr {
	switch x := e.(type) {
	case *Call:
		args := make([]Expr, len(x.Args))
		same := true
		for i, a := range x.Args {
			args[i] = Map(a, f)
			same = same && args[i] == a
		}
		if same {
			return f(x)
		}
		return f(&Call{Name: x.Name, Args: args, T: x.T})
	case *Path:
		if in := Map(x.X, f); in != x.X {
			return f(&Path{X: in, Steps: x.Steps})
		}
		return f(x)
	case *In:
		if in := Map(x.X, f); in != x.X {
			return f(&In{X: in, Node: x.Node, Col: x.Col, Fold: x.Fold})
		}
		return f(x)
	}
	return f(e)
}

// Visit calls f for e and everything in it.
func Visit(e Expr, f func(Expr)) {
	f(e)
	switch x := e.(type) {
	case *Call:
		for _, a := range x.Args {
			Visit(a, f)
		}
	case *Path:
		Visit(x.X, f)
	case *In:
		Visit(x.X, f)
	}
}

// Refs adds the columns that e reads to set.
func Refs(e Expr, set map[int]bool) {
	if e == nil {
		return
	}
	Visit(e, func(e Expr) {
		if r, ok := e.(*Ref); ok {
			set[r.ID] = true
		}
	})
}

// Conjuncts splits a predicate at its ands.
func Conjuncts(e Expr) []Expr {
	if c, ok := e.(*Call); ok && c.Name == "and" {
		return append(Conjuncts(c.Args[0]), Conjuncts(c.Args[1])...)
	}
	return []Expr{e}
}

// And joins predicates; nil for none.
func And(list []Expr) Expr {
	var out Expr
	for _, e := range list {
		if out == nil {
			out = e
		} else {
			out = &Call{Name: "and", Args: []Expr{out, e}, T: types.Bool}
		}
	}
	return out
}

// Null is the null of a type, which for strings is "".
func Null(t types.Type) *Const {
	if t == types.String {
		return &Const{T: t, V: ""}
	}
	return &Const{T: t}
}

// IsNull tells whether e is a constant null.
func IsNull(e Expr) bool {
	c, ok := e.(*Const)
	return ok && c.V == nil
}
