package rewrite

import (
	"slices"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// lists lets an expansion read a promoted list of its scan where every reader
// of the elements reads members that the list has: expanding policies by name
// and result then touches no JSON. Where one reader wants more, nothing
// changes, as the JSON would have to be read anyway.
func lists(n plan.Node, out []plan.Col) {
	var found []*plan.Expand
	eachNode(n, func(n plan.Node, shared bool) {
		if e, ok := n.(*plan.Expand); ok && !shared && len(e.Items) == 1 && !e.KV && e.List == nil {
			found = append(found, e)
		}
	})
	if len(found) == 0 {
		return
	}
	prune(n, out) // columns that nobody reads are no readers
	p := &promoter{next: maxID(n) + 1, home: map[int]origin{}}
	p.find(n, map[plan.Node]bool{})
	for _, e := range found {
		scan, pr := p.listOf(e.In, e.Items[0].Expr)
		if pr == nil {
			continue
		}
		r := &readers{elem: map[int]bool{e.Items[0].Col.ID: true}, fields: pr.Fields}
		if !r.all(n, out) {
			continue
		}
		p.useList(n, e, scan, pr, r)
	}
}

// eachNode visits every node once, inputs first, without subqueries. shared
// says that a node is read through a Share.
func eachNode(n plan.Node, f func(n plan.Node, shared bool)) {
	seen := map[plan.Node]bool{}
	var walk func(n plan.Node, shared bool)
	walk = func(n plan.Node, shared bool) {
		if seen[n] {
			return
		}
		seen[n] = true
		_, share := n.(*plan.Share)
		for _, in := range n.Inputs() {
			walk(in, shared || share)
		}
		f(n, shared)
	}
	walk(n, false)
}

// listOf finds the scan and promoted list that an expression over n's output
// reads; nil if it is none.
func (p *promoter) listOf(n plan.Node, e plan.Expr) (*plan.Scan, *types.Promotion) {
	scan, name, steps, ok := p.source(n, e)
	if !ok {
		return nil, nil
	}
	for i := range scan.Table.Promotions {
		pr := &scan.Table.Promotions[i]
		if pr.Fields != nil && pr.Column == name && samePath(pr.Path, steps) {
			return scan, pr
		}
	}
	return nil, nil
}

// source follows a dynamic expression down to a column of a scan and the path
// in it.
func (p *promoter) source(n plan.Node, e plan.Expr) (*plan.Scan, string, []plan.Step, bool) {
	switch e := e.(type) {
	case *plan.Path:
		s, name, steps, ok := p.source(n, e.X)
		return s, name, append(steps[:len(steps):len(steps)], e.Steps...), ok
	case *plan.Call:
		if e.Name != "parse_json" || len(e.Args) != 1 || e.Args[0].Type() != types.String {
			return nil, "", nil, false
		}
		return p.source(n, e.Args[0])
	case *plan.Ref:
		switch x := n.(type) {
		case *plan.Scan:
			home, ok := p.home[e.ID]
			return x, home.name, nil, ok && home.scan == x
		case *plan.Project:
			for _, it := range x.Items {
				if it.Col.ID == e.ID {
					return p.source(x.In, it.Expr)
				}
			}
			return nil, "", nil, false
		case *plan.Union, *plan.Summarize, *plan.Values, *plan.Series, *plan.Match, *plan.Share:
			return nil, "", nil, false
		}
		for _, in := range n.Inputs() {
			if has(in, e.ID) {
				return p.source(in, e)
			}
		}
	}
	return nil, "", nil, false
}

// readers are what a plan does with the elements of an expansion.
type readers struct {
	elem   map[int]bool // columns that are the element
	fields []string
}

// all tells whether every reader reads a member of the list.
func (r *readers) all(n plan.Node, out []plan.Col) bool {
	ok := true
	plan.Walk(n, func(n plan.Node) {
		if m, is := n.(*plan.Match); is {
			for _, s := range m.State {
				ok = ok && (s.Source == nil || !r.elem[s.Source.ID])
			}
			for _, o := range m.Out {
				ok = ok && (o.Default == nil || r.only(o.Default))
			}
		}
		project, is := n.(*plan.Project)
		if !is {
			for _, e := range plan.Exprs(n) {
				ok = ok && r.only(e)
			}
			return
		}
		for _, it := range project.Items {
			if ref, is := it.Expr.(*plan.Ref); is && r.elem[ref.ID] {
				r.elem[it.Col.ID] = true // the same under another name
				continue
			}
			ok = ok && r.only(it.Expr)
		}
	})
	for _, c := range out {
		ok = ok && !r.elem[c.ID]
	}
	return ok
}

// only tells whether e reads nothing of the element but its members.
func (r *readers) only(e plan.Expr) bool {
	if e == nil {
		return true
	}
	ok := true
	var visit func(e plan.Expr)
	visit = func(e plan.Expr) {
		if _, is := r.member(e); is {
			return
		}
		switch x := e.(type) {
		case *plan.Ref:
			ok = ok && !r.elem[x.ID]
		case *plan.Call:
			for _, a := range x.Args {
				visit(a)
			}
		case *plan.Path:
			visit(x.X)
		case *plan.In:
			visit(x.X)
		}
	}
	visit(e)
	return ok
}

// member gives the member of the element that e is.
func (r *readers) member(e plan.Expr) (string, bool) {
	p, ok := e.(*plan.Path)
	if !ok || len(p.Steps) != 1 || p.Steps[0].IsIndex || !slices.Contains(r.fields, p.Steps[0].Key) {
		return "", false
	}
	ref, ok := p.X.(*plan.Ref)
	return p.Steps[0].Key, ok && r.elem[ref.ID]
}

// useList makes e expand the list and its readers read the list's members.
func (p *promoter) useList(n plan.Node, e *plan.Expand, scan *plan.Scan, pr *types.Promotion, r *readers) {
	col := plan.Col{ID: p.next, Name: pr.Physical, Type: types.Dynamic, Hidden: true}
	p.next++
	scan.Promoted = append(scan.Promoted, plan.Promoted{Col: col, Promotion: pr})
	if !p.pass(e.In, scan, col) {
		return
	}
	e.List = &plan.List{Ref: col.Ref(), Promotion: pr}
	field := func(name, conv string, t types.Type) plan.Col {
		for _, f := range e.List.Fields {
			if f.Name == name && f.Conv == conv && f.Col.Type == t {
				return f.Col
			}
		}
		c := plan.Col{ID: p.next, Name: name, Type: t, Hidden: true}
		p.next++
		e.List.Fields = append(e.List.Fields, plan.ListField{Col: c, Name: name, Conv: conv})
		return c
	}
	eachNode(n, func(at plan.Node, _ bool) {
		plan.MapExprs(at, func(x plan.Expr) plan.Expr { return p.members(at, e, x, r, field) })
	})
	e.Items = nil
	eachNode(n, func(at plan.Node, _ bool) {
		if project, ok := at.(*plan.Project); ok { // the element is no more
			project.Items = slices.DeleteFunc(project.Items, func(it plan.Item) bool {
				ref, ok := it.Expr.(*plan.Ref)
				return ok && r.elem[ref.ID]
			})
		}
	})
}

// members replaces members in an expression of the node at, outermost first,
// so that a conversion goes with its member.
func (p *promoter) members(at plan.Node, e *plan.Expand, x plan.Expr, r *readers, field func(string, string, types.Type) plan.Col) plan.Expr {
	use := func(c plan.Col) plan.Expr {
		p.thread(at, e, c)
		return c.Ref()
	}
	switch x := x.(type) {
	case *plan.Call:
		if len(x.Args) == 1 {
			if name, ok := r.member(x.Args[0]); ok {
				switch {
				case conversions[x.Name] || x.Name == "todatetime" || x.Name == "totimespan" || x.Name == "toguid":
					return use(field(name, x.Name, x.T))
				case x.Name == "isempty" || x.Name == "isnotempty":
					return &plan.Call{Name: x.Name, Args: []plan.Expr{use(field(name, "tostring", types.String))}, T: x.T}
				}
			}
		}
		args := make([]plan.Expr, len(x.Args))
		for i, a := range x.Args {
			args[i] = p.members(at, e, a, r, field)
		}
		return &plan.Call{Name: x.Name, Args: args, T: x.T}
	case *plan.Path:
		if name, ok := r.member(x); ok {
			return use(field(name, "", types.Dynamic))
		}
		return &plan.Path{X: p.members(at, e, x.X, r, field), Steps: x.Steps}
	case *plan.In:
		return &plan.In{X: p.members(at, e, x.X, r, field), Node: x.Node, Col: x.Col, Fold: x.Fold}
	}
	return x
}
