package ast

import "github.com/wholelog/wholelog/kql/types"

// Span is a range of the source.
type Span = types.Span

// At is the place of a node in the source; every node embeds it.
type At struct{ Span Span }

// Pos returns the place of the node.
func (a At) Pos() Span { return a.Span }

// Expr is a scalar or tabular expression; which of them the binder decides.
type Expr interface{ Pos() Span }

type (
	// Name is a column, table or variable; Quoted when written ['...'].
	Name struct {
		At
		Text   string
		Quoted bool
	}
	// Lit is a constant: its type and the text as the token has it.
	Lit struct {
		At
		Type types.Type
		Text string
		Null bool
	}
	// Unary is -x or +x.
	Unary struct {
		At
		Op string
		X  Expr
	}
	// Binary is x op y; Op as written, except that <> is !=.
	Binary struct {
		At
		Op   string
		X, Y Expr
	}
	// List is x in (a, b), x has_any (a, b) and their kin.
	List struct {
		At
		Op    string
		X     Expr
		Items []Expr
	}
	// Between is x between (lo .. hi).
	Between struct {
		At
		Not       bool
		X, Lo, Hi Expr
	}
	// Call is f(args).
	Call struct {
		At
		Name string
		Args []Expr
	}
	// Member is x.name.
	Member struct {
		At
		X    Expr
		Name string
	}
	// Index is x[i].
	Index struct {
		At
		X, I Expr
	}
	// Star is * or a wildcard such as a*.
	Star struct {
		At
		Text string
	}
	// Named is name = expr or (a, b) = expr.
	Named struct {
		At
		Names []*Name
		Tuple bool // written with parentheses
		X     Expr
	}
	// Paren keeps parentheses for the printer.
	Paren struct {
		At
		X Expr
	}
	// TypeOf is typeof(t).
	TypeOf struct {
		At
		Type types.Type
		Cols []Param // typeof(a:long, b:string) of a table
	}
	// Field is name:expr in a search predicate.
	Field struct {
		At
		Name *Name // nil for *:
		X    Expr
	}
	// Pipe is a source and operators. Source is nil where an operator such as
	// print or range begins the pipe.
	Pipe struct {
		At
		Source Expr
		Ops    []Op
	}
	// Datatable is datatable(cols)[values].
	Datatable struct {
		At
		Cols   []Param
		Values []Expr
	}
	// External is externaldata(cols)[uris] with (properties).
	External struct {
		At
		Cols  []Param
		URIs  []Expr
		Props []Prop
	}
	// Block is a subquery in braces or parentheses with lets of its own.
	Block struct {
		At
		Query *Query
	}
	// Missing stands where an expression should be.
	Missing struct{ At }
)

// Prop is name=value among an operator's parameters.
type Prop struct {
	At
	Name  string
	Value Expr
}

// Param is a name with a type, as in datatable and function heads.
type Param struct {
	At
	Name    string
	Type    types.Type
	Table   bool
	Star    bool // (*): any columns
	Cols    []Param
	Default Expr
}

// Let is let name = value, or a function when Func is set.
type Let struct {
	At
	Name *Name
	X    Expr
	Func *Func
}

// Func is (params) { lets; body }.
type Func struct {
	At
	View   bool
	Params []Param
	Body   *Query
}

// Query is a list of lets and the expression they serve (nil in a body that
// lacks it).
type Query struct {
	At
	Lets []*Let
	Main Expr
}
