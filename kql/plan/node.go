package plan

import (
	"slices"

	"github.com/wholelog/wholelog/kql/types"
)

// Col is a column of a node's output.
type Col struct {
	ID     int
	Name   string
	Type   types.Type
	Hidden bool
}

// Ref reads the column.
func (c Col) Ref() *Ref { return &Ref{ID: c.ID, T: c.Type} }

// Item computes a column.
type Item struct {
	Col  Col
	Expr Expr
}

// Key orders rows.
type Key struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Agg is an aggregate of Summarize. Pick says which field of an arg_max it
// takes: -1 for the aggregate itself. Keys order what a list collects, Filter
// says which rows count (nil: all).
type Agg struct {
	Col    Col
	Call   *Call
	Pick   int
	Keys   []Key
	Filter Expr
}

// Node is a relational operator. Nodes are shared only through Share: every
// other node has one reader.
type Node interface {
	Inputs() []Node
	// SetInput replaces an input, for rules.
	SetInput(i int, n Node)
	// Cols is the output.
	Cols() []Col
}

// Promoted is a path into a dynamic column as a typed column of a Scan: Col
// is what Conv (tostring, tolong, todouble, tobool) makes of the path. For a
// list Conv is "", and only Expand reads the column.
type Promoted struct {
	Col       Col
	Promotion *types.Promotion
	Conv      string
}

// Digested bounds a scan to rows whose digest column is one of Values.
type Digested struct {
	Physical string
	Values   []uint32
}

// Scan reads a table. Physical names the stored column of each output column.
// From and To bound TimeGenerated in ticks, From inclusive and To exclusive; 0
// is no bound.
type Scan struct {
	Table    *types.Table
	Columns  []Col
	Physical []string
	Promoted []Promoted
	Digests  []Digested
	From, To int64
}

type (
	// Values is a constant table.
	Values struct {
		Columns []Col
		Rows    [][]Expr
	}
	// Filter keeps the rows whose predicate is true.
	Filter struct {
		In   Node
		Pred Expr
	}
	// Project computes all columns of its output.
	Project struct {
		In    Node
		Items []Item
	}
	// Window adds columns that look at other rows: within each Part, in the
	// order of Keys.
	Window struct {
		In    Node
		Items []Item
		Part  []Expr
		Keys  []Key
	}
	// Summarize groups.
	Summarize struct {
		In   Node
		By   []Item
		Aggs []Agg
	}
	// Sort orders the final result.
	Sort struct {
		In   Node
		Keys []Key
	}
	// Take keeps the first N rows in the order of Keys, any when there are
	// none. With Part it does so within each part.
	Take struct {
		In     Node
		N      int64
		Part   []Expr
		Keys   []Key
		Random bool
	}
	// Join matches rows of two inputs; Left and Right are equal in length.
	Join struct {
		Kind        string // inner, leftouter, rightouter, fullouter, leftsemi, rightsemi, leftanti, rightanti
		L, R        Node
		Left, Right []Expr
		// Dedup keeps one row per key of the left input.
		Dedup bool
		// On is a further condition over both sides; nil for none.
		On Expr
	}
	// Union appends its inputs, whose columns Maps lines up: Maps[i][j] gives
	// column j of the output from input i.
	Union struct {
		In      []Node
		Columns []Col
		Maps    [][]Expr
	}
	// Expand turns dynamic values into rows. Several zip. Null gives one row,
	// an empty array or bag none.
	Expand struct {
		In    Node
		Items []Item // Expr is the dynamic value, Col the element
		Index *Col
		KV    bool // bags become [key, value] and not single-entry bags
		Limit int64
		// List stands for Items where every reader of the elements reads only
		// members that are stored typed; nil otherwise.
		List *List
	}
	// List expands a promoted list of a Scan.
	List struct {
		Ref       *Ref // the scan's promoted column
		Promotion *types.Promotion
		Fields    []ListField
	}
	// ListField is what Conv (tostring, tolong ...; "" for the dynamic itself)
	// makes of a member of each element.
	ListField struct {
		Col  Col
		Name string
		Conv string
	}
	// Share is computed once, however often it is read. ID tells shares apart.
	Share struct {
		In Node
		ID int
	}
	// Series is the numbers from Lo to Hi by Step.
	Series struct {
		Col          Col
		Lo, Hi, Step Expr
	}
)

func (n *Scan) Inputs() []Node      { return nil }
func (n *Values) Inputs() []Node    { return nil }
func (n *Series) Inputs() []Node    { return nil }
func (n *Filter) Inputs() []Node    { return []Node{n.In} }
func (n *Project) Inputs() []Node   { return []Node{n.In} }
func (n *Window) Inputs() []Node    { return []Node{n.In} }
func (n *Summarize) Inputs() []Node { return []Node{n.In} }
func (n *Sort) Inputs() []Node      { return []Node{n.In} }
func (n *Take) Inputs() []Node      { return []Node{n.In} }
func (n *Join) Inputs() []Node      { return []Node{n.L, n.R} }
func (n *Union) Inputs() []Node     { return n.In }
func (n *Expand) Inputs() []Node    { return []Node{n.In} }
func (n *Share) Inputs() []Node     { return []Node{n.In} }

func (n *Scan) SetInput(int, Node)          {}
func (n *Values) SetInput(int, Node)        {}
func (n *Series) SetInput(int, Node)        {}
func (n *Filter) SetInput(_ int, in Node)   { n.In = in }
func (n *Project) SetInput(_ int, in Node)  { n.In = in }
func (n *Window) SetInput(_ int, in Node)   { n.In = in }
func (n *Summarize) SetInput(_ int, x Node) { n.In = x }
func (n *Sort) SetInput(_ int, in Node)     { n.In = in }
func (n *Take) SetInput(_ int, in Node)     { n.In = in }
func (n *Union) SetInput(i int, in Node)    { n.In[i] = in }
func (n *Expand) SetInput(_ int, in Node)   { n.In = in }
func (n *Share) SetInput(_ int, in Node)    { n.In = in }
func (n *Join) SetInput(i int, in Node) {
	if i == 0 {
		n.L = in
	} else {
		n.R = in
	}
}

func (n *Scan) Cols() []Col {
	out := n.Columns[:len(n.Columns):len(n.Columns)]
	for _, p := range n.Promoted {
		out = append(out, p.Col)
	}
	return out
}
func (n *Values) Cols() []Col  { return n.Columns }
func (n *Series) Cols() []Col  { return []Col{n.Col} }
func (n *Filter) Cols() []Col  { return n.In.Cols() }
func (n *Project) Cols() []Col { return itemCols(nil, n.Items) }
func (n *Window) Cols() []Col  { return itemCols(n.In.Cols(), n.Items) }
func (n *Summarize) Cols() []Col {
	out := itemCols(nil, n.By)
	for _, a := range n.Aggs {
		out = append(out, a.Col)
	}
	return out
}
func (n *Sort) Cols() []Col { return n.In.Cols() }
func (n *Take) Cols() []Col { return n.In.Cols() }
func (n *Join) Cols() []Col {
	switch n.Kind {
	case "leftsemi", "leftanti":
		return n.L.Cols()
	case "rightsemi", "rightanti":
		return n.R.Cols()
	}
	l := n.L.Cols()
	return append(l[:len(l):len(l)], n.R.Cols()...)
}
func (n *Union) Cols() []Col { return n.Columns }
func (n *Expand) Cols() []Col {
	out := itemCols(n.In.Cols(), n.Items)
	if n.List != nil { // the list itself has been taken apart
		out = slices.DeleteFunc(slices.Clone(out), func(c Col) bool { return c.ID == n.List.Ref.ID })
		for _, f := range n.List.Fields {
			out = append(out, f.Col)
		}
	}
	if n.Index != nil {
		out = append(out, *n.Index)
	}
	return out
}
func (n *Share) Cols() []Col { return n.In.Cols() }

func itemCols(in []Col, items []Item) []Col {
	out := in[:len(in):len(in)]
	for _, it := range items {
		out = append(out, it.Col)
	}
	return out
}
