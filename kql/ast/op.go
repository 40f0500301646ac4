package ast

import "github.com/wholelog/wholelog/kql/types"

// Op is one operator of a pipe.
type Op interface {
	Pos() Span
	op()
}

// Key is a sort key. Dir is asc, desc or "", Nulls first, last or "".
type Key struct {
	X          Expr
	Dir, Nulls string
}

// Pattern is a column name or a wildcard, with a direction in project-reorder.
type Pattern struct {
	At
	Text   string
	Quoted bool // no wildcard
	Dir    string
}

// Expanded is one column of mv-expand and mv-apply.
type Expanded struct {
	X    Expr
	Type types.Type // Unknown: dynamic
}

// Part is one element of parse's pattern: a text, *, or a column.
type Part struct {
	At
	Text string // a delimiter, when Col and Star are not set
	Star bool
	Col  *Name
	Type types.Type
}

// Series is one aggregate of make-series.
type Series struct {
	X       Expr
	Default Expr
}

// Step is a step of scan.
type Step struct {
	At
	Name     string
	Optional bool
	Output   string // all, last, none
	Cond     Expr
	Assign   []Expr
}

// Level is a level of top-nested. N is nil for all values, Others nil for no
// row about the rest.
type Level struct {
	At
	N, X, Others, Agg Expr
	Dir, Nulls        string
}

type (
	Where struct {
		At
		Pred Expr
	}
	// Columns is extend, project, print, serialize or distinct.
	Columns struct {
		At
		Kind  string
		Items []Expr
	}
	// Pick is project-away, project-keep or project-reorder.
	Pick struct {
		At
		Kind  string
		Names []Pattern
	}
	Rename struct {
		At
		Items []Expr
	}
	Summarize struct {
		At
		Props    []Prop
		Aggs, By []Expr
	}
	Sort struct {
		At
		Props []Prop
		Keys  []Key
	}
	Top struct {
		At
		Props []Prop
		N     Expr
		Keys  []Key
	}
	TopNested struct {
		At
		Levels []Level
	}
	// Take is take or sample.
	Take struct {
		At
		Kind string
		N    Expr
	}
	SampleDistinct struct {
		At
		N, X Expr
	}
	Count struct{ At }
	// Join is join or lookup.
	Join struct {
		At
		Lookup bool
		Props  []Prop
		Right  Expr
		On     []Expr
	}
	Union struct {
		At
		Props  []Prop
		Tables []Expr
	}
	MvExpand struct {
		At
		Props []Prop
		Items []Expanded
		Limit Expr
	}
	MvApply struct {
		At
		Props []Prop
		Items []Expanded
		Limit Expr
		Sub   *Query
	}
	// Parse is parse or parse-where.
	Parse struct {
		At
		Filter bool
		Props  []Prop
		X      Expr
		Parts  []Part
	}
	ParseKV struct {
		At
		X     Expr
		Cols  []Param
		Props []Prop
	}
	MakeSeries struct {
		At
		Props          []Prop
		Aggs           []Series
		On             Expr
		From, To, Step Expr
		By             []Expr
	}
	Partition struct {
		At
		Props []Prop
		By    Expr
		Sub   *Query
	}
	Scan struct {
		At
		Props     []Prop
		Partition []Expr
		Order     []Key
		Declare   []Param
		Steps     []Step
	}
	Search struct {
		At
		Kind   string
		Tables []Expr
		Pred   Expr
	}
	Find struct {
		At
		Props   []Prop
		Tables  []Expr
		Pred    Expr
		Project []Expr // Name or Named with TypeOf
		Away    []Pattern
		Smart   bool
	}
	As struct {
		At
		Props []Prop
		Name  *Name
	}
	Range struct {
		At
		Name           *Name
		From, To, Step Expr
	}
	Getschema struct{ At }
	Consume   struct{ At }
	Invoke    struct {
		At
		Call Expr
	}
	Render struct {
		At
		Kind  string
		Props []Prop
	}
	Evaluate struct {
		At
		Props  []Prop
		Call   *Call
		Schema []Param
		Star   bool // the schema begins with *
	}
	// Unknown is an operator that the parser does not know.
	Unknown struct {
		At
		Name string
	}
)

func (*Where) op()          {}
func (*Columns) op()        {}
func (*Pick) op()           {}
func (*Rename) op()         {}
func (*Summarize) op()      {}
func (*Sort) op()           {}
func (*Top) op()            {}
func (*TopNested) op()      {}
func (*Take) op()           {}
func (*SampleDistinct) op() {}
func (*Count) op()          {}
func (*Join) op()           {}
func (*Union) op()          {}
func (*MvExpand) op()       {}
func (*MvApply) op()        {}
func (*Parse) op()          {}
func (*ParseKV) op()        {}
func (*MakeSeries) op()     {}
func (*Partition) op()      {}
func (*Scan) op()           {}
func (*Search) op()         {}
func (*Find) op()           {}
func (*As) op()             {}
func (*Range) op()          {}
func (*Getschema) op()      {}
func (*Consume) op()        {}
func (*Invoke) op()         {}
func (*Render) op()         {}
func (*Evaluate) op()       {}
func (*Unknown) op()        {}
