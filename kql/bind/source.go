package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// table binds a tabular expression; nil after a problem.
func (b *binder) table(x ast.Expr, e *env) *rel {
	defer func() { b.depth-- }()
	if !b.enter(x.Pos()) {
		return nil
	}
	switch x := x.(type) {
	case *ast.Paren:
		return b.table(x.X, e)
	case *ast.Block:
		return b.query(x.Query, e.child())
	case *ast.Pipe:
		var r *rel
		if x.Source != nil {
			if r = b.table(x.Source, e); r == nil {
				return nil
			}
		}
		if hasAs(x.Ops) {
			e = e.child()
		}
		for i, op := range x.Ops {
			if r = b.op(r, op, e); r == nil {
				for _, later := range x.Ops[i+1:] { // what needs no columns is reported all the same
					if u, ok := later.(*ast.Unknown); ok {
						b.unknown(u)
					}
				}
				return nil
			}
		}
		return r
	case *ast.Datatable:
		return b.datatable(x, e)
	case *ast.External:
		return b.external(x, e)
	case *ast.Name:
		return b.named(x, e)
	case *ast.Member:
		if name, ok := crossScope(x); ok {
			b.warn("KQL302", x.Span, "there is one store: "+name+" of another workspace is read as "+name+" of this one")
			return b.scan(name, x.Span)
		}
	case *ast.Call:
		return b.tableCall(x, e)
	case *ast.Missing:
		return nil
	}
	b.fail("KQL103", x.Pos(), "expected a table, found a single value", "begin with a table, or with print")
	return nil
}

func hasAs(ops []ast.Op) bool {
	for _, op := range ops {
		if _, ok := op.(*ast.As); ok {
			return true
		}
	}
	return false
}

func (b *binder) named(x *ast.Name, e *env) *rel {
	v := e.find(x.Text)
	switch {
	case v == nil:
		return b.scan(x.Text, x.Span)
	case v.rel != nil:
		return v.rel()
	case v.expr != nil:
		return b.table(v.expr, v.env)
	case v.fn != nil && bare(v.fn):
		return b.tableCall(&ast.Call{At: x.At, Name: x.Text}, e)
	case v.fn != nil:
		b.fail("KQL103", x.Span, x.Text+" is a function", "call it with arguments: "+x.Text+"(...)")
		return nil
	}
	b.fail("KQL103", x.Span, x.Text+" is a single value, not a table", "show it with print "+x.Text)
	return nil
}

func (b *binder) tableCall(x *ast.Call, e *env) *rel {
	if v := e.find(x.Name); v != nil && v.fn != nil {
		inner := b.params(x, v, &scope{env: e})
		if inner == nil {
			return nil
		}
		b.lets(v.fn.Body, inner)
		if v.fn.Body.Main == nil {
			b.fail("KQL103", x.Span, x.Name+"() has no result", "end its body with an expression")
			return nil
		}
		return b.table(v.fn.Body.Main, inner)
	}
	switch x.Name {
	case "table":
		return b.tableOf(x, e)
	case "materialize":
		if len(x.Args) == 1 {
			r := b.table(x.Args[0], e)
			if r != nil {
				r = r.copy()
				r.node = b.share(r.node)
			}
			return r
		}
	case "view":
		if len(x.Args) == 1 {
			return b.table(x.Args[0], e)
		}
	case "_GetWatchlist", "_GetWatchlistAlias":
		return b.watchlist(x, e)
	}
	if why, ok := LeftOutFunctions[x.Name]; ok {
		b.unsupported(x.Span, x.Name+"()", why)
		return nil
	}
	b.fail("KQL102", x.Span, fmt.Sprintf("there is no function %q that gives a table", x.Name), didYouMean(x.Name, e.names()))
	return nil
}

// tableOf is table("name"): a let of that name, or a table of the store.
func (b *binder) tableOf(x *ast.Call, e *env) *rel {
	if len(x.Args) > 0 {
		c, ok := b.expr(x.Args[0], &scope{env: e}).(*plan.Const)
		if name, ok := c2s(c, ok); ok {
			if v := e.find(name); v != nil && v.tabular() {
				return b.table(&ast.Name{At: x.At, Text: name}, e)
			}
			return b.scan(name, x.Span)
		}
	}
	b.fail("KQL104", x.Span, "table() needs a constant name", "")
	return nil
}

// scan reads a table of the catalogue.
func (b *binder) scan(name string, at types.Span) *rel {
	t, ok := b.cat.Table(name)
	if !ok {
		b.fail("KQL101", at, fmt.Sprintf("there is no table %q", name), didYouMean(name, b.cat.TableNames()))
		return nil
	}
	return b.scanTable(t)
}

func (b *binder) scanTable(t *types.Table) *rel {
	if t.NoSource {
		b.notice("no source for " + t.Name)
	}
	s := &plan.Scan{Table: t}
	r := &rel{node: s}
	for _, c := range t.Columns {
		n := b.col(c.Name, c.Type)
		n.Hidden = c.Hidden
		s.Columns, s.Physical = append(s.Columns, n), append(s.Physical, c.Name)
		r.cols = append(r.cols, n)
	}
	return r
}

// WatchlistCatalog is a Catalog that has watchlists.
type WatchlistCatalog interface {
	// Watchlist returns the table of a watchlist's rows, nil when there is no
	// such watchlist. All its columns are strings but for those that Sentinel
	// adds.
	Watchlist(alias string) (*types.Table, error)
	// WatchlistNames lists the watchlists, for hints.
	WatchlistNames() []string
}

// WatchlistColumns are those that every watchlist has.
var WatchlistColumns = []types.Column{{Name: "_DTItemId", Type: types.String}, {Name: "LastUpdatedTimeUTC", Type: types.Datetime},
	{Name: "SearchKey", Type: types.String}}

func (b *binder) watchlist(x *ast.Call, e *env) *rel {
	if len(x.Args) < 1 {
		b.fail("KQL110", x.Span, x.Name+"() takes the name of a watchlist", "")
		return nil
	}
	c, ok := b.expr(x.Args[0], &scope{env: e}).(*plan.Const)
	name, ok := c2s(c, ok)
	if !ok {
		b.fail("KQL104", x.Args[0].Pos(), x.Name+"() needs a constant name", "")
		return nil
	}
	hint := ""
	if w, ok := b.cat.(WatchlistCatalog); ok {
		t, err := w.Watchlist(name)
		if err != nil {
			b.fail("KQL107", x.Args[0].Pos(), err.Error(), "")
			return nil
		}
		if t != nil {
			return b.scanTable(t)
		}
		hint = didYouMean(name, w.WatchlistNames())
	}
	return b.absent(x.Args[0].Pos(), fmt.Sprintf("there is no watchlist %q: it is read as an empty one", name),
		firstOf(hint, "put "+name+".csv into the watchlist folder"), "no watchlist "+name, WatchlistColumns)
}

// absent is an empty table in place of one that is not there. What the query
// calls its columns is taken as given: every name that the query uses and
// nothing else explains is a hidden column of text.
func (b *binder) absent(at types.Span, msg, hint, note string, cols []types.Column) *rel {
	b.problems = append(b.problems, types.Problem{Code: "KQL107", Span: at, Message: msg, Hint: hint, Warning: true})
	b.notice(note)
	t := &types.Table{Name: note, Columns: append([]types.Column(nil), cols...), NoSource: true}
	known := map[string]bool{}
	for _, c := range cols {
		known[c.Name] = true
	}
	for _, n := range b.used {
		if !known[n] {
			known[n] = true
			t.Columns = append(t.Columns, types.Column{Name: n, Type: types.String, Hidden: true})
		}
	}
	r := b.scanTable(&types.Table{Name: t.Name, Columns: t.Columns})
	return r
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// ExternalCatalog is a Catalog that may read externaldata.
type ExternalCatalog interface {
	// External returns the table of a file's rows. uri has been read by
	// nobody yet: the catalogue decides whether it may be, and gives nil when
	// external data is switched off.
	External(uri string, cols []types.Column, props map[string]string) (*types.Table, error)
}

func (b *binder) external(x *ast.External, e *env) *rel {
	var cols []types.Column
	for _, c := range x.Cols {
		cols = append(cols, types.Column{Name: c.Name, Type: c.Type})
	}
	props := map[string]string{}
	for _, p := range x.Props {
		if l, ok := p.Value.(*ast.Lit); ok {
			props[p.Name] = l.Text
		} else if n, ok := p.Value.(*ast.Name); ok {
			props[p.Name] = n.Text
		}
	}
	cat, _ := b.cat.(ExternalCatalog)
	var legs []*rel
	for _, u := range x.URIs {
		c, ok := b.expr(u, &scope{env: e}).(*plan.Const)
		uri, ok := c2s(c, ok)
		if !ok {
			b.fail("KQL104", u.Pos(), "externaldata needs a constant address", "")
			return nil
		}
		var t *types.Table
		if cat != nil {
			var err error
			if t, err = cat.External(uri, cols, props); err != nil {
				b.fail("KQL108", u.Pos(), err.Error(), "")
				return nil
			}
		}
		if t == nil {
			used := b.used
			b.used = nil
			legs = append(legs, b.absent(x.Span, "externaldata is switched off: it is read as an empty table", "allow the file's folder with --external, or use a watchlist", "externaldata is switched off", cols))
			b.used = used
			continue
		}
		legs = append(legs, b.scanTable(t))
	}
	if len(legs) == 0 {
		b.fail("KQL110", x.Span, "externaldata needs an address", "")
		return nil
	}
	if len(legs) == 1 {
		return legs[0]
	}
	return b.unite(legs, nil, "")
}

func (b *binder) datatable(x *ast.Datatable, e *env) *rel {
	v := &plan.Values{}
	for _, c := range x.Cols {
		v.Columns = append(v.Columns, b.col(c.Name, c.Type))
	}
	w := len(v.Columns)
	if w == 0 || len(x.Values)%w != 0 {
		b.fail("KQL105", x.Span, fmt.Sprintf("a datatable of %s cannot hold %s", count(w, "column"), count(len(x.Values), "value")), "")
		return nil
	}
	ok := true
	for i := 0; i < len(x.Values); i += w {
		row := make([]plan.Expr, w, w+1)
		for j := range row {
			c := b.expr(x.Values[i+j], &scope{env: e})
			if ok = ok && c != bad; c == bad {
				continue
			}
			row[j] = b.coerce(c, v.Columns[j].Type)
		}
		v.Rows = append(v.Rows, append(row, number(int64(i/w))))
	}
	if !ok {
		return nil
	}
	// The written order shows in results, but window functions may not rely
	// on it.
	ord := b.col("$order", types.Long)
	r := &rel{node: v, cols: v.Columns[:w:w], order: []plan.Key{{Expr: ord.Ref(), NullsFirst: true}}, final: true}
	v.Columns = append(v.Columns[:w:w], ord)
	return r
}
