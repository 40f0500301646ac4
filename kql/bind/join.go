package bind

import (
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

var joinKinds = map[string]string{
	"": "innerunique", "innerunique": "innerunique", "inner": "inner", "leftouter": "leftouter", "rightouter": "rightouter", "fullouter": "fullouter",
	"leftsemi": "leftsemi", "rightsemi": "rightsemi", "leftanti": "leftanti", "anti": "leftanti", "leftantisemi": "leftanti",
	"rightanti": "rightanti", "rightantisemi": "rightanti", "semi": "leftsemi",
}

func (b *binder) join(r *rel, op *ast.Join, e *env) *rel {
	word := propText(op.Props, "kind")
	kind, ok := joinKinds[word]
	if op.Lookup && word == "" {
		kind = "leftouter"
	}
	if op.Lookup && kind != "leftouter" && kind != "inner" {
		ok = false
	}
	if !ok {
		b.fail("KQL128", op.Span, fmt.Sprintf("there is no kind of join called %q", word), didYouMean(word, []string{"inner", "innerunique", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"}))
		return nil
	}
	right := b.table(op.Right, e)
	if right == nil {
		return nil
	}
	right = right.copy()
	if shared(r.node, right.node) { // the same table under the same numbers
		right = b.renumber(right)
	}
	j := &plan.Join{Kind: kind, L: r.node, R: right.node}
	if kind == "innerunique" {
		j.Kind, j.Dedup = "inner", true
	}
	if len(op.On) == 0 {
		b.fail("KQL128", op.Span, "join needs a condition", "join (T) on Column, or on $left.a == $right.b")
		return nil
	}
	dropped := map[int]bool{}
	for _, on := range op.On {
		if !b.condition(r, right, on, j, e, dropped) {
			return nil
		}
	}
	if !b.keyTypes(j, op) {
		return nil
	}
	return b.joined(r, right, j, op.Lookup, dropped)
}

// shared tells whether two plans give columns of the same number.
func shared(l, r plan.Node) bool {
	have := map[int]bool{}
	for _, c := range l.Cols() {
		have[c.ID] = true
	}
	for _, c := range r.Cols() {
		if have[c.ID] {
			return true
		}
	}
	return false
}

// condition adds one condition: a common column, or $left.a == $right.b.
func (b *binder) condition(l, r *rel, x ast.Expr, j *plan.Join, e *env, dropped map[int]bool) bool {
	x = unparen(x)
	if n, ok := x.(*ast.Name); ok {
		lc, lok := find(l.cols, n.Text)
		rc, rok := find(r.cols, n.Text)
		if !lok || !rok {
			side, have := "left", l
			if lok {
				side, have = "right", r
			}
			b.fail("KQL100", n.Span, fmt.Sprintf("the %s side of join has no column %q", side, n.Text), didYouMean(n.Text, names(have.cols)))
			return false
		}
		j.Left, j.Right = append(j.Left, lc.Ref()), append(j.Right, rc.Ref())
		dropped[rc.ID] = true
		return true
	}
	if c, ok := x.(*ast.Binary); ok && c.Op == "and" {
		return b.condition(l, r, c.X, j, e, dropped) && b.condition(l, r, c.Y, j, e, dropped)
	}
	c, ok := x.(*ast.Binary)
	if !ok || c.Op != "==" {
		b.fail("KQL128", x.Pos(), "a condition of join is a common column or $left.a == $right.b", "other conditions go into a where behind the join")
		return false
	}
	ls, rs := sideOf(c.X), sideOf(c.Y)
	lx, rx := c.X, c.Y
	if ls == "right" && rs == "left" {
		lx, rx = rx, lx
	} else if ls != "left" || rs != "right" {
		b.fail("KQL128", x.Pos(), "one side of the condition must be of $left and the other of $right", "join (T) on $left.a == $right.b")
		return false
	}
	s := &scope{env: e, left: l, right: r}
	le, re := b.expr(lx, s), b.expr(rx, s)
	if anyBad(le, re) {
		return false
	}
	j.Left, j.Right = append(j.Left, le), append(j.Right, re)
	if ref, ok := re.(*plan.Ref); ok {
		dropped[ref.ID] = true
	}
	return true
}

// sideOf tells which side of the join an expression reads: left, right or "".
func sideOf(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Paren:
		return sideOf(x.X)
	case *ast.Name:
		if x.Text == "$left" || x.Text == "$right" {
			return x.Text[1:]
		}
	case *ast.Member:
		return sideOf(x.X)
	case *ast.Index:
		return sideOf(x.X)
	case *ast.Call:
		for _, a := range x.Args {
			if s := sideOf(a); s != "" {
				return s
			}
		}
	case *ast.Binary:
		return firstOf(sideOf(x.X), sideOf(x.Y))
	}
	return ""
}

// keyTypes makes the keys comparable, as far as Kusto does.
func (b *binder) keyTypes(j *plan.Join, op *ast.Join) bool {
	for i := range j.Left {
		l, r := j.Left[i].Type(), j.Right[i].Type()
		switch {
		case l == r && l != types.Dynamic:
		case l == types.Dynamic || r == types.Dynamic:
			if l == r {
				l = types.String
			} else if l == types.Dynamic {
				l = r
			}
			j.Left[i], j.Right[i] = b.coerce(j.Left[i], l), b.coerce(j.Right[i], l)
		case l.Numeric() && r.Numeric():
			t := wider(l, r)
			j.Left[i], j.Right[i] = b.coerce(j.Left[i], t), b.coerce(j.Right[i], t)
		case l == types.Guid && r == types.String || l == types.String && r == types.Guid:
			j.Left[i], j.Right[i] = b.coerce(j.Left[i], types.String), b.coerce(j.Right[i], types.String)
		default:
			b.fail("KQL128", op.On[min(i, len(op.On)-1)].Pos(), fmt.Sprintf("the keys of join differ in type: %s and %s", l, r), "convert one side first, for example with extend k = tostring(k)")
			return false
		}
	}
	return true
}

// joined names the result's columns: a right column that clashes gets the
// first free number.
func (b *binder) joined(l, r *rel, j *plan.Join, lookup bool, dropped map[int]bool) *rel {
	out := (&rel{node: j, part: l.part, carry: l.carry}).unordered()
	switch {
	case strings.HasPrefix(j.Kind, "left") && j.Kind != "leftouter":
		out.cols = l.cols
		return out
	case strings.HasPrefix(j.Kind, "right") && j.Kind != "rightouter":
		out.cols, out.part, out.carry = r.cols, nil, nil
		return out
	}
	m := newNamer(visible(l.cols))
	for _, c := range r.cols { // a right column keeps a name that is free
		if left, clash := find(l.cols, c.Name); !c.Hidden && (!clash || left.Hidden) {
			m.used[c.Name] = true
		}
	}
	shown := map[string]bool{}
	for _, c := range visible(r.cols) {
		shown[c.Name] = true
	}
	for _, c := range l.cols {
		if !c.Hidden || !shown[c.Name] { // a hidden column gives way to one that shows
			out.cols = append(out.cols, c)
		}
	}
	for _, c := range r.cols {
		if lookup && dropped[c.ID] {
			continue
		}
		if left, clash := find(l.cols, c.Name); clash && !(left.Hidden && !c.Hidden) {
			if c.Hidden {
				continue
			}
			c.Name = m.free(c.Name)
		}
		out.cols = append(out.cols, c)
	}
	return out
}
