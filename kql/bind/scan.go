package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// scanner binds one scan operator.
type scanner struct {
	in    *rel
	node  *plan.Match
	index map[string]int // step by name
	at    int            // the step being bound
	out   map[string]int // column of node.Out by name
	// declared are columns that have no value before a step assigns them.
	declared map[string]bool
	held     map[string]plan.Col // what has been read of steps, by step and column
	ids      map[int]bool        // the numbers in held
	below    []plan.Item         // what of the steps' expressions the row alone decides
	same     map[string]plan.Expr
}

// steps binds scan: steps whose conditions look at a row and at the
// rows that matched before it. What a row alone decides is computed before;
// the rest runs row by row.
func (b *binder) steps(r *rel, op *ast.Scan, e *env) *rel {
	id, ok := b.scanOptions(op)
	if !ok {
		return nil
	}
	if !r.serial {
		b.fail("KQL130", op.Span, "scan needs rows in a fixed order", "put sort by or serialize before it")
		return nil
	}
	if len(op.Steps) == 0 {
		b.fail("KQL110", op.Span, "scan needs a step", "step s1: condition => column = value;")
		return nil
	}
	m := &scanner{in: r, node: &plan.Match{Part: partOf(r), Keys: r.order}, index: map[string]int{}, out: map[string]int{}, declared: map[string]bool{},
		held: map[string]plan.Col{}, ids: map[int]bool{}, same: map[string]plan.Expr{}}
	if !b.scanColumns(m, op, e) {
		return nil
	}
	if _, taken := find(visible(r.cols), id); taken || m.declared[id] {
		b.fail("KQL127", op.Span, fmt.Sprintf("there is a column %q already", id), "give with_match_id another name")
		return nil
	}
	for i, st := range op.Steps {
		if _, twice := m.index[st.Name]; twice {
			b.fail("KQL127", st.Span, fmt.Sprintf("two steps have the name %q", st.Name), "")
			return nil
		}
		m.index[st.Name] = i
	}
	for i, st := range op.Steps {
		m.at = i
		step, good := b.scanStep(m, st, e)
		m.node.Steps = append(m.node.Steps, step)
		ok = ok && good
	}
	if !ok {
		return nil
	}
	return b.scanned(m, id)
}

func (b *binder) scanOptions(op *ast.Scan) (id string, ok bool) {
	for _, p := range op.Props {
		n, isName := p.Value.(*ast.Name)
		if p.Name != "with_match_id" || !isName {
			b.unsupported(p.Span, "scan with "+p.Name, "only with_match_id is documented")
			return "", false
		}
		id = n.Text
	}
	if len(op.Partition) > 0 {
		b.unsupported(op.Span, "scan with partition by", "use partition by x (sort by t asc | scan ...)")
		return "", false
	}
	if len(op.Order) > 0 {
		b.unsupported(op.Span, "scan with order by", "put sort by before scan")
		return "", false
	}
	for _, st := range op.Steps {
		if st.Optional {
			b.unsupported(st.Span, "an optional step", "Microsoft does not say what it does")
			return "", false
		}
		if st.Output != "all" && st.Output != "last" && st.Output != "none" {
			b.fail("KQL128", st.Span, fmt.Sprintf("a step cannot have output=%s", st.Output), "all, last or none")
			return "", false
		}
	}
	return id, true
}

// scanColumns binds declare, and finds the columns of the input that steps
// assign to.
func (b *binder) scanColumns(m *scanner, op *ast.Scan, e *env) bool {
	for _, d := range op.Declare {
		if _, taken := find(visible(m.in.cols), d.Name); taken || m.declared[d.Name] {
			b.fail("KQL127", d.Span, fmt.Sprintf("there is a column %q already", d.Name), "declare another name")
			return false
		}
		def := plan.Null(d.Type)
		if d.Default != nil {
			v := b.expr(d.Default, &scope{env: e})
			if v == bad {
				return false
			}
			c, ok := b.coerce(v, d.Type).(*plan.Const)
			if !ok {
				b.fail("KQL104", d.Default.Pos(), "a default must be a constant of the column's type", "")
				return false
			}
			def = c
		}
		m.declared[d.Name] = true
		m.out[d.Name] = len(m.node.Out)
		m.node.Out = append(m.node.Out, plan.MatchOut{Col: b.col(d.Name, d.Type), Default: def})
	}
	for _, st := range op.Steps {
		for _, x := range st.Assign {
			n, ok := x.(*ast.Named)
			if !ok || len(n.Names) != 1 {
				b.fail("KQL121", x.Pos(), "a step assigns with column = value", "")
				return false
			}
			name := n.Names[0].Text
			if _, known := m.out[name]; known {
				continue
			}
			c, found := find(m.in.cols, name)
			if !found {
				b.fail("KQL100", n.Names[0].Span, fmt.Sprintf("there is no column %q", name), "declare it: scan declare ("+name+": string) with (...)")
				return false
			}
			m.out[name] = len(m.node.Out)
			m.node.Out = append(m.node.Out, plan.MatchOut{Col: b.col(name, c.Type), Default: c.Ref()})
		}
	}
	return true
}

func (b *binder) scanStep(m *scanner, st ast.Step, e *env) (plan.MatchStep, bool) {
	step := plan.MatchStep{Name: st.Name, Output: st.Output, Set: make([]plan.Expr, len(m.node.Out))}
	s := &scope{rel: m.in, env: e, scan: m}
	cond := b.expr(st.Cond, s)
	if cond != bad {
		cond = b.truth(cond, st.Cond.Pos())
	}
	if cond == bad {
		return step, false
	}
	var ok bool
	if step.Cond, ok = b.divide(m, cond, st.Cond.Pos()); !ok {
		return step, false
	}
	for _, x := range st.Assign {
		n := x.(*ast.Named)
		i := m.out[n.Names[0].Text]
		if step.Set[i] != nil {
			b.fail("KQL127", x.Pos(), fmt.Sprintf("the step assigns %q twice", n.Names[0].Text), "")
			return step, false
		}
		v := b.expr(n.X, s)
		if v == bad {
			return step, false
		}
		t := m.node.Out[i].Col.Type
		if vt := v.Type(); vt != t && !(vt.Numeric() && t.Numeric()) && vt != types.Dynamic && t != types.Dynamic && !plan.IsNull(v) {
			b.fail("KQL125", n.X.Pos(), fmt.Sprintf("%s is a %s and cannot hold a %s", n.Names[0].Text, t, vt), conversionHint(t, vt))
			return step, false
		}
		if step.Set[i], ok = b.divide(m, b.coerce(v, t), n.X.Pos()); !ok {
			return step, false
		}
	}
	return step, true
}

// step finds the step that a name stands for in an expression of scan. A
// column of that name comes first.
func (s *scope) step(x ast.Expr) (int, bool) {
	n, ok := x.(*ast.Name)
	if !ok || s.scan == nil {
		return 0, false
	}
	if _, isColumn := find(s.scan.in.cols, n.Text); isColumn {
		return 0, false
	}
	i, ok := s.scan.index[n.Text]
	return i, ok
}

// stepValue binds step.column.
func (b *binder) stepValue(m *scanner, step int, x *ast.Member) plan.Expr {
	if step > m.at {
		b.fail("KQL121", x.Span, "a step cannot read one that comes after it", "put the steps in the order in which rows match them")
		return bad
	}
	key := fmt.Sprintf("%d.%s", step, x.Name)
	if c, ok := m.held[key]; ok {
		return c.Ref()
	}
	st := plan.MatchState{Step: step, Index: -1}
	var t types.Type
	if i, ok := m.out[x.Name]; ok {
		st.Index, t = i, m.node.Out[i].Col.Type
	} else if c, ok := find(m.in.cols, x.Name); ok {
		st.Source, t = c.Ref(), c.Type
	} else {
		b.fail("KQL100", x.Span, fmt.Sprintf("there is no column %q", x.Name), didYouMean(x.Name, names(m.in.cols)))
		return bad
	}
	st.Col = b.col(x.Name, t)
	m.held[key], m.ids[st.Col.ID] = st.Col, true
	m.node.State = append(m.node.State, st)
	return st.Col.Ref()
}

// divide takes what the row alone decides out of an expression, and checks
// that the rest can run row by row.
func (b *binder) divide(m *scanner, e plan.Expr, at types.Span) (plan.Expr, bool) {
	if !m.reads(e) {
		switch e.(type) {
		case *plan.Const, *plan.Ref:
			return e, true
		}
		key := plan.String(e)
		if have, ok := m.same[key]; ok {
			return have, true
		}
		c := b.col("$row", e.Type())
		m.below = append(m.below, plan.Item{Col: c, Expr: e})
		m.same[key] = c.Ref()
		return c.Ref(), true
	}
	switch x := e.(type) {
	case *plan.Ref:
		return x, true
	case *plan.Path:
		in, ok := b.divide(m, x.X, at)
		return &plan.Path{X: in, Steps: x.Steps}, ok
	case *plan.Call:
		c := &plan.Call{Name: x.Name, T: x.T, Args: make([]plan.Expr, len(x.Args))}
		for i, a := range x.Args {
			var ok bool
			if c.Args[i], ok = b.divide(m, a, at); !ok {
				return nil, false
			}
		}
		if builtin.ScanRuns(c.Name) {
			return c, true
		}
		b.unsupported(at, c.Name+"() of a step's value in scan", "compute it before scan, from columns of the row")
		return nil, false
	}
	b.unsupported(at, "looking a step's value up in a table", "join before scan")
	return nil, false
}

func (m *scanner) reads(e plan.Expr) bool {
	found := false
	plan.Visit(e, func(e plan.Expr) {
		if r, ok := e.(*plan.Ref); ok && m.ids[r.ID] {
			found = true
		}
	})
	return found
}

// scanned gives the result: the input's columns, those declared, and the
// match's number. Without a name for it the number is hidden: Microsoft's
// analyzer knows it as match_id, but results do not show it.
func (b *binder) scanned(m *scanner, id string) *rel {
	in := m.in
	if len(m.below) > 0 {
		kept := in.cols
		in = in.project(append(pass(in.cols), m.below...))
		in.cols = kept
	}
	m.node.In = in.node
	m.node.ID, m.node.Seq = b.col("match_id", types.Long), b.col("$seq", types.Long)
	out := in.copy()
	out.node = m.node
	out.cols = nil
	for _, c := range in.cols {
		if i, ok := m.out[c.Name]; ok && !m.declared[c.Name] {
			c = m.node.Out[i].Col
		} else if m.declared[c.Name] || c.Name == id { // a hidden column gives way
			continue
		}
		out.cols = append(out.cols, c)
	}
	for _, o := range m.node.Out {
		if m.declared[o.Col.Name] {
			out.cols = append(out.cols, o.Col)
		}
	}
	if id != "" {
		m.node.ID.Name = id
	} else {
		m.node.ID.Hidden = true
	}
	if _, taken := find(out.cols, m.node.ID.Name); !taken {
		out.cols = append(out.cols, m.node.ID)
	}
	out.order, out.serial = []plan.Key{{Expr: m.node.Seq.Ref(), NullsFirst: true}}, true
	return out
}
