package plan

import (
	"fmt"
	"strings"
)

// Match is the scan operator: it goes over rows in the order of Keys, within
// each Part, and gives a row for every match of a row with a step. Its output
// is the input's columns, then Out, ID and Seq.
type Match struct {
	In    Node
	Part  []Expr
	Keys  []Key
	Steps []MatchStep
	Out   []MatchOut
	State []MatchState
	ID    Col // which match the row belongs to, from 0 in each part
	Seq   Col // orders the output within each part
}

// MatchStep is a step. Its expressions read columns of the input and, by the
// numbers of Match.State, what a step holds. Set has an element for each of
// Match.Out; nil leaves its default.
type MatchStep struct {
	Name   string
	Output string // all, last, none
	Cond   Expr
	Set    []Expr
}

// MatchOut is a column that steps assign. Default is a constant or, where a
// step assigns to a column of the input, that column.
type MatchOut struct {
	Col     Col
	Default Expr
}

// MatchState is a value that a step holds of the row that matched it last: a
// column of the input, or Out[Index] where Index is not negative.
type MatchState struct {
	Col    Col
	Step   int
	Index  int
	Source *Ref
}

func (n *Match) Inputs() []Node          { return []Node{n.In} }
func (n *Match) SetInput(_ int, in Node) { n.In = in }
func (n *Match) Cols() []Col {
	in := n.In.Cols()
	out := in[:len(in):len(in)]
	for _, o := range n.Out {
		out = append(out, o.Col)
	}
	return append(out, n.ID, n.Seq)
}

func (n *Match) shallow() *Match {
	c := *n
	c.Part, c.Keys = exprs(n.Part), keys(n.Keys)
	c.Steps, c.Out, c.State = append([]MatchStep(nil), n.Steps...), append([]MatchOut(nil), n.Out...), append([]MatchState(nil), n.State...)
	for i := range c.Steps {
		c.Steps[i].Set = exprs(c.Steps[i].Set)
	}
	return &c
}

// mapExprs leaves State alone: what a step holds is a column of the input as
// it is.
func (n *Match) mapExprs(f func(Expr) Expr) {
	for i := range n.Part {
		n.Part[i] = f(n.Part[i])
	}
	for i := range n.Keys {
		n.Keys[i].Expr = f(n.Keys[i].Expr)
	}
	for i, s := range n.Steps {
		n.Steps[i].Cond = f(s.Cond)
		for j := range s.Set {
			s.Set[j] = f(s.Set[j])
		}
	}
}

func (n *Match) line() string {
	var steps []string
	for _, s := range n.Steps {
		t := s.Name + ": " + String(s.Cond)
		for i, e := range s.Set {
			if e != nil {
				t += fmt.Sprintf(", %s#%d = %s", n.Out[i].Col.Name, n.Out[i].Col.ID, String(e))
			}
		}
		steps = append(steps, t)
	}
	return "match " + strings.Join(steps, "; ") + partText(n.Part) + orderText(n.Keys)
}
