package bind

import (
	"encoding/json"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// specials are functions whose meaning is settled while the query is bound.
var specials map[string]func(*binder, *ast.Call, *scope) plan.Expr

func init() {
	specials = map[string]func(*binder, *ast.Call, *scope) plan.Expr{
		"now": (*binder).now, "ago": (*binder).now,
		"toscalar":        (*binder).toscalar,
		"column_ifexists": (*binder).columnIfExists, "columnifexists": (*binder).columnIfExists,
		"pack_all": (*binder).packAll, "bag_pack_columns": (*binder).packColumns,
		"ingestion_time": (*binder).ingestionTime,
		"case":           (*binder).caseOf,
		"extract":        (*binder).extract, "extract_json": (*binder).extract, "extractjson": (*binder).extract,
		"strcat": (*binder).strcat, "strcat_delim": (*binder).strcat,
		"prev": (*binder).neighbour, "next": (*binder).neighbour,
		"row_number": (*binder).rowFunction, "row_cumsum": (*binder).rowFunction, "row_rank_dense": (*binder).rowFunction,
		"row_rank_min": (*binder).rowFunction, "row_window_session": (*binder).rowFunction,
		"materialize": (*binder).identity, "bin": (*binder).bin, "floor": (*binder).bin, "bin_at": (*binder).bin,
		"gettype":    (*binder).gettype,
		"parse_json": (*binder).parseJSON, "parsejson": (*binder).parseJSON, "todynamic": (*binder).parseJSON, "toobject": (*binder).parseJSON,
	}
}

func (b *binder) wantArgs(x *ast.Call, lo, hi int) bool {
	if n := len(x.Args); n < lo || n > hi {
		want := count(lo, "argument")
		if hi != lo {
			want = itoa(lo) + " to " + count(hi, "argument")
		}
		b.fail("KQL110", x.Span, x.Name+"() takes "+want+", not "+itoa(n), "")
		return false
	}
	return true
}

// now binds now([offset]) and ago(offset): fixed for the whole query.
func (b *binder) now(x *ast.Call, s *scope) plan.Expr {
	lo := 0
	if x.Name == "ago" {
		lo = 1
	}
	if !b.wantArgs(x, lo, 1) {
		return bad
	}
	at := &plan.Const{T: types.Datetime, V: b.opt.Now}
	if len(x.Args) == 0 {
		return at
	}
	d := b.expr(x.Args[0], s)
	if d == bad {
		return bad
	}
	if d = b.argument(x, function.Param{Name: "offset", Type: "timespan"}, d, x.Args[0].Pos()); d == bad {
		return bad
	}
	if x.Name == "ago" {
		return call("-", types.Datetime, at, d)
	}
	return call("+", types.Datetime, at, d)
}

func (b *binder) identity(x *ast.Call, s *scope) plan.Expr {
	if !b.wantArgs(x, 1, 1) {
		return bad
	}
	return b.expr(x.Args[0], s)
}

// toscalar is the first cell of a table, computed once.
func (b *binder) toscalar(x *ast.Call, s *scope) plan.Expr {
	if !b.wantArgs(x, 1, 1) {
		return bad
	}
	if !b.isTable(x.Args[0], s.env) {
		return b.once(b.expr(x.Args[0], &scope{env: s.env}), x.Span)
	}
	r := b.table(x.Args[0], s.env)
	if r == nil {
		return bad
	}
	if !b.closed(r.node, x.Span) {
		return bad
	}
	vis := visible(r.cols)
	if len(vis) == 0 {
		b.fail("KQL103", x.Args[0].Pos(), "the table has no column", "")
		return bad
	}
	c := vis[0]
	var keys []plan.Key
	if r.final {
		keys = r.order
	}
	n := b.col(c.Name, c.Type)
	p := &plan.Project{In: &plan.Take{In: r.node, N: 1, Keys: keys}, Items: []plan.Item{{Col: n, Expr: c.Ref()}}}
	return &plan.First{Node: p, ID: n.ID, T: n.Type}
}

// once makes one value of an expression that may give another each time.
func (b *binder) once(e plan.Expr, at types.Span) plan.Expr {
	chance := false
	plan.Visit(e, func(e plan.Expr) {
		if c, ok := e.(*plan.Call); ok && (c.Name == "rand" || c.Name == "new_guid") {
			chance = true
		}
	})
	if e == bad || !chance {
		return e
	}
	n := b.col("value", e.Type())
	p := &plan.Project{In: &plan.Values{Rows: [][]plan.Expr{{}}}, Items: []plan.Item{{Col: n, Expr: e}}}
	if !b.closed(p, at) { // a function was given a column
		return bad
	}
	return &plan.First{Node: p, ID: n.ID, T: n.Type}
}

// closed checks that a table inside an expression does not read the row that
// the expression is computed for: a function may pass a column into it.
func (b *binder) closed(n plan.Node, at types.Span) bool {
	have, ok := map[int]bool{}, true
	plan.Walk(n, func(n plan.Node) {
		for _, c := range n.Cols() {
			have[c.ID] = true
		}
		if m, isMatch := n.(*plan.Match); isMatch {
			for _, s := range m.State {
				have[s.Col.ID] = true
			}
		}
	})
	plan.Walk(n, func(n plan.Node) {
		for _, e := range plan.Exprs(n) {
			ok = ok && reads(e, have)
		}
	})
	if !ok {
		b.fail("KQL130", at, "a table inside an expression cannot see the row", "use join, or lookup")
	}
	return ok
}

func reads(e plan.Expr, have map[int]bool) bool {
	ok := true
	plan.Visit(e, func(e plan.Expr) {
		if r, isRef := e.(*plan.Ref); isRef && !have[r.ID] {
			ok = false
		}
	})
	return ok
}

func (b *binder) columnIfExists(x *ast.Call, s *scope) plan.Expr {
	if !b.wantArgs(x, 2, 2) {
		return bad
	}
	c, ok := b.expr(x.Args[0], s).(*plan.Const)
	name, isText := c2s(c, ok)
	if !isText {
		b.fail("KQL104", x.Args[0].Pos(), "column_ifexists() needs a constant name", "")
		return bad
	}
	if s.rel != nil {
		if col, ok := find(s.rel.cols, name); ok {
			return col.Ref()
		}
	}
	return b.expr(x.Args[1], s)
}

func c2s(c *plan.Const, ok bool) (string, bool) {
	if !ok || c == nil {
		return "", false
	}
	v, ok := c.V.(string)
	return v, ok && c.T == types.String
}

// packAll makes a bag of all columns, those without a value left out if asked.
func (b *binder) packAll(x *ast.Call, s *scope) plan.Expr {
	if !b.wantArgs(x, 0, 1) || s.rel == nil {
		return bad
	}
	return b.pack(visible(s.rel.cols), len(x.Args) == 1 && isTrue(b.expr(x.Args[0], s)))
}

func isTrue(e plan.Expr) bool {
	c, ok := e.(*plan.Const)
	return ok && c.V == true
}

func (b *binder) pack(cols []plan.Col, noNulls bool) plan.Expr {
	var args []plan.Expr
	for _, c := range cols {
		args = append(args, text(c.Name), c.Ref())
	}
	name := "bag_pack"
	if noNulls {
		name = "bag_pack_nonnull"
	}
	return call(name, types.Dynamic, args...)
}

// packColumns is bag_pack_columns(a, b).
func (b *binder) packColumns(x *ast.Call, s *scope) plan.Expr {
	var args []plan.Expr
	for i, a := range x.Args {
		name := nameOf(a)
		if name == "" {
			name = "Column" + itoa(i+1)
		}
		e := b.expr(a, s)
		if e == bad {
			return bad
		}
		args = append(args, text(name), e)
	}
	return call("bag_pack", types.Dynamic, args...)
}

// ingestionTime is when the store took the row; tables that do not say give
// the event's own time.
func (b *binder) ingestionTime(x *ast.Call, s *scope) plan.Expr {
	if s.rel == nil {
		return plan.Null(types.Datetime)
	}
	for _, name := range []string{"_IngestionTime", "TimeGenerated", "Timestamp"} {
		if c, ok := find(s.rel.cols, name); ok && c.Type == types.Datetime {
			return c.Ref()
		}
	}
	return plan.Null(types.Datetime)
}

// caseOf is case(condition, value, ..., otherwise).
func (b *binder) caseOf(x *ast.Call, s *scope) plan.Expr {
	if len(x.Args) < 3 || len(x.Args)%2 == 0 {
		b.fail("KQL110", x.Span, "case() takes conditions with their values and one value at the end", "case(condition, value, condition, value, ..., otherwise)")
		return bad
	}
	args := make([]plan.Expr, len(x.Args))
	var values []plan.Expr
	for i, a := range x.Args {
		if args[i] = b.expr(a, s); args[i] == bad {
			return bad
		}
		if i%2 == 0 && i < len(x.Args)-1 {
			if args[i] = b.truth(args[i], a.Pos()); args[i] == bad {
				return bad
			}
			continue
		}
		values = append(values, args[i])
	}
	t, ok := commonType(values)
	if !ok {
		b.fail("KQL125", x.Span, "the values of case() have no common type", "convert them to one type, for example with tostring()")
		return bad
	}
	for i := range args {
		if i%2 == 1 || i == len(args)-1 {
			args[i] = b.coerce(args[i], t)
		}
	}
	return call("case", t, args...)
}

// extract may convert what it finds: extract(regex, group, text, typeof(long)).
func (b *binder) extract(x *ast.Call, s *scope) plan.Expr {
	t := types.String
	inner := *x
	if n := len(x.Args); n > 0 {
		if to, ok := x.Args[n-1].(*ast.TypeOf); ok {
			t = to.Type
			inner.Args = x.Args[:n-1]
		}
	}
	f, _ := function.Lookup(x.Name)
	args, ok := b.args(&inner, f, s)
	if !ok {
		return bad
	}
	name := f.Name
	if f.AliasOf != "" {
		name = f.AliasOf
	}
	if name == "extract_json" {
		args[1] = b.coerce(args[1], types.String)
	}
	return b.coerce(call(name, types.String, args[:min(len(args), 3)]...), t)
}

func (b *binder) strcat(x *ast.Call, s *scope) plan.Expr {
	f, _ := function.Lookup(x.Name)
	args, ok := b.args(x, f, s)
	if !ok {
		return bad
	}
	for i := range args {
		args[i] = b.coerce(args[i], types.String)
	}
	return call(x.Name, types.String, args...)
}

func (b *binder) parseJSON(x *ast.Call, s *scope) plan.Expr {
	if !b.wantArgs(x, 1, 1) {
		return bad
	}
	e := b.expr(x.Args[0], s)
	if e == bad || e.Type() == types.Dynamic {
		return e
	}
	if e.Type() != types.String {
		return b.coerce(e, types.Dynamic)
	}
	if c, ok := e.(*plan.Const); ok {
		if v, ok := c.V.(string); ok && json.Valid([]byte(v)) {
			if d, ok := b.dynamic(v); ok {
				return &plan.Const{T: types.Dynamic, V: d}
			}
		}
	}
	return call("parse_json", types.Dynamic, e)
}

func (b *binder) gettype(x *ast.Call, s *scope) plan.Expr {
	if !b.wantArgs(x, 1, 1) {
		return bad
	}
	e := b.expr(x.Args[0], s)
	if e == bad || e.Type() == types.Dynamic {
		if plan.IsNull(e) {
			return text("null")
		}
		return call("gettype", types.String, e)
	}
	return text(e.Type().String())
}

// bin rounds down. Both arguments must be of one kind.
func (b *binder) bin(x *ast.Call, s *scope) plan.Expr {
	f, _ := function.Lookup(x.Name)
	if x.Name == "floor" && len(x.Args) == 1 {
		x = &ast.Call{At: x.At, Name: x.Name, Args: append(x.Args[:1:1], &ast.Lit{At: x.At, Type: types.Long, Text: "1"})}
	}
	args, ok := b.args(x, f, s)
	if !ok {
		return bad
	}
	for i := range args {
		if args[i].Type() == types.Dynamic {
			args[i] = b.coerce(args[i], types.Real)
		}
	}
	v, size := args[0].Type(), args[1].Type()
	t := v
	switch {
	case v.Numeric() && size.Numeric():
		if t = types.Long; v == types.Real || size == types.Real || v == types.Decimal {
			t = types.Real
		}
		if v == types.Int && size != types.Real {
			t = types.Int
		}
		for i := range args {
			args[i] = b.coerce(args[i], t)
		}
	case (v == types.Datetime || v == types.Timespan) && size == types.Timespan:
	case v == types.Datetime && size.Numeric(): // bin(t, 1) counts days
		args[1] = call("scale", types.Timespan, &plan.Const{T: types.Timespan, V: int64(864000000000)}, b.coerce(args[1], types.Real))
	default:
		b.fail("KQL125", x.Span, "a "+v.String()+" cannot be rounded to a "+size.String(), "bin(TimeGenerated, 1h) or bin(number, 10)")
		return bad
	}
	name := x.Name
	if name == "floor" {
		name = "bin"
	}
	return call(name, t, args...)
}
