package bind

import (
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func (b *binder) call(x *ast.Call, s *scope) plan.Expr {
	if !b.enter(x.Span) {
		b.depth--
		return bad
	}
	defer func() { b.depth-- }()
	if v := s.env.find(x.Name); v != nil && v.fn != nil {
		return b.userCall(x, v, s)
	}
	if a, ok := function.LookupAggregate(x.Name); ok {
		if s.agg != nil {
			return b.aggregate(x, a, s)
		}
		if _, scalar := function.Lookup(x.Name); !scalar {
			b.fail("KQL124", x.Span, x.Name+"() is an aggregate and is not allowed here", "use it in summarize")
			return bad
		}
	}
	if special := specials[x.Name]; special != nil {
		return special(b, x, s)
	}
	f, ok := function.Lookup(x.Name)
	if !ok || strings.HasSuffix(x.Name, "_") { // names with _ at the end are the compiler's own
		if why := LeftOutFunctions[x.Name]; why != "" || isLeftOut(x.Name) {
			b.unsupported(x.Span, x.Name+"()", why)
			return bad
		}
		b.fail("KQL102", x.Span, fmt.Sprintf("there is no function %q", x.Name), didYouMean(x.Name, append(function.Names(), s.env.names()...)))
		return bad
	}
	args, ok := b.args(x, f, s)
	if !ok {
		return bad
	}
	return b.apply(x, f, args)
}

// args binds a call's arguments to the parameters of f.
func (b *binder) args(x *ast.Call, f *function.Func, s *scope) ([]plan.Expr, bool) {
	if len(x.Args) == 1 && isStar(x.Args[0]) && s.rel != nil && f.Max() < 0 { // f(*) takes all columns
		all := *x
		all.Args = nil
		for _, c := range visible(s.rel.cols) {
			all.Args = append(all.Args, &ast.Name{At: ast.At{Span: x.Args[0].Pos()}, Text: c.Name})
		}
		x = &all
	}
	if n := len(x.Args); n < f.Min() || f.Max() >= 0 && n > f.Max() {
		want := count(f.Min(), "argument")
		switch {
		case f.Max() < 0:
			want = "at least " + want
		case f.Max() != f.Min():
			want = itoa(f.Min()) + " to " + count(f.Max(), "argument")
		}
		b.fail("KQL110", x.Span, fmt.Sprintf("%s() takes %s, not %d", x.Name, want, n), x.Name+f.Sig)
		return nil, false
	}
	args := make([]plan.Expr, len(x.Args))
	ok := true
	for i, a := range x.Args {
		if args[i] = b.expr(a, s); args[i] == bad {
			ok = false
			continue
		}
		args[i] = b.argument(x, f.Param(i), args[i], a.Pos())
		ok = ok && args[i] != bad
	}
	return args, ok
}

// argument converts an argument where Kusto does so without a word.
func (b *binder) argument(x *ast.Call, p function.Param, e plan.Expr, at types.Span) plan.Expr {
	t := e.Type()
	if plan.IsNull(e) && p.Type != "any" && p.Type != "T" && p.Type != "number" {
		want, _ := types.Parse(p.Type)
		return plan.Null(want)
	}
	fits := true
	switch p.Type {
	case "any", "T":
		return e
	case "number":
		if t == types.Dynamic {
			return b.coerce(e, types.Real)
		}
		fits = t.Numeric()
	case "string":
		fits = t == types.String || t == types.Dynamic || t == types.Guid
	case "long", "int", "real", "decimal":
		fits = t.Numeric() || t == types.Dynamic
	case "bool":
		fits = t == types.Bool || t == types.Dynamic || t == types.Long || t == types.Int
	case "datetime":
		c, isConst := b.coerce(e, types.Datetime).(*plan.Const)
		fits = t == types.Datetime || t == types.Dynamic || t == types.String && isConst && c.T == types.Datetime
	case "timespan":
		fits = t == types.Timespan || t == types.Dynamic
	case "guid":
		fits = t == types.Guid || t == types.String || t == types.Dynamic
	case "dynamic":
		fits = t == types.Dynamic
	}
	if p.Type == "number" {
		if !fits {
			b.fail("KQL125", at, fmt.Sprintf("%s() wants a number as %s, not a %s", x.Name, p.Name, t), "")
			return bad
		}
		return e
	}
	want, _ := types.Parse(p.Type)
	if !fits {
		hint := "convert it first: to" + p.Type + "(...)"
		if want == types.Dynamic {
			hint = "parse it first: parse_json(...)"
		}
		b.fail("KQL125", at, fmt.Sprintf("%s() wants a %s as %s, not a %s", x.Name, p.Type, p.Name, t), hint)
		return bad
	}
	return b.coerce(e, want)
}

// apply makes the call, with arguments of type T made alike.
func (b *binder) apply(x *ast.Call, f *function.Func, args []plan.Expr) plan.Expr {
	name := f.Name
	if f.AliasOf != "" {
		name = f.AliasOf
	}
	t, _ := types.Parse(f.Result)
	if f.Result == "T" || hasT(f) {
		var same []plan.Expr
		for i := range args {
			if f.Param(i).Type == "T" {
				same = append(same, args[i])
			}
		}
		common, ok := commonType(same)
		if !ok {
			b.fail("KQL125", x.Span, fmt.Sprintf("the arguments of %s() have no common type", x.Name), "convert them to one type, for example with tostring()")
			return bad
		}
		for i := range args {
			if f.Param(i).Type == "T" {
				args[i] = b.coerce(args[i], common)
			}
		}
		if f.Result == "T" {
			t = common
			if t == types.Int && name == "abs" {
				t = types.Long
			}
		}
	}
	c := call(name, t, args...)
	if len(f.Outs) > 0 { // used as one value, it is its first column
		return b.out(c, f, 0)
	}
	return c
}

// out is the i-th column of a function that yields several.
func (b *binder) out(c plan.Expr, f *function.Func, i int) plan.Expr {
	return b.coerce(&plan.Path{X: c, Steps: []plan.Step{{Index: i, IsIndex: true}}}, f.Outs[i].Type)
}

func hasT(f *function.Func) bool {
	for _, p := range f.Params {
		if p.Type == "T" {
			return true
		}
	}
	return false
}

// commonType is the type that iff and its like give: equal types, the wider
// of numbers, and else the first that is not dynamic, if all others are.
func commonType(args []plan.Expr) (types.Type, bool) {
	var t types.Type
	var dynamic bool
	for _, a := range args {
		at := a.Type()
		switch {
		case plan.IsNull(a) && at == types.Dynamic:
			dynamic = true
		case t == types.Unknown:
			t = at
		case t == at:
		case t.Numeric() && at.Numeric():
			t = wider(t, at)
		case t == types.Dynamic:
			t = at
		case at == types.Dynamic:
		default:
			return t, false
		}
	}
	if t == types.Unknown && dynamic {
		t = types.Dynamic
	}
	return t, true
}

// userCall expands a function of the query that gives a single value.
func (b *binder) userCall(x *ast.Call, v *binding, s *scope) plan.Expr {
	inner := b.params(x, v, s)
	if inner == nil {
		return bad
	}
	if v.fn.Body.Main == nil {
		b.fail("KQL103", x.Span, x.Name+"() has no result", "end its body with an expression")
		return bad
	}
	b.lets(v.fn.Body, inner)
	if b.isTable(v.fn.Body.Main, inner) {
		b.fail("KQL103", x.Span, x.Name+"() gives a table, not a single value", "wrap it in toscalar()")
		return bad
	}
	return b.expr(v.fn.Body.Main, &scope{env: inner, agg: s.agg, win: s.win})
}

// LeftOutFunctions names functions that are left out on purpose, with what to
// do instead.
var LeftOutFunctions = map[string]string{
	"cluster": "the query sees one store; name the table alone", "database": "the query sees one store; name the table alone",
	"workspace": "the query sees one store; name the table alone", "app": "the query sees one store; name the table alone",
	"adx": "the query sees one store; name the table alone", "arg": "Azure Resource Graph cannot be reached from here; put its answer into a watchlist",
	"resource": "the query sees one store; name the table alone",
	"hll":      "use dcount()", "hll_if": "use dcountif()", "hll_merge": "use dcount()", "dcount_hll": "use dcount()", "tdigest": "use percentiles()",
	"argmax": "use arg_max()", "argmin": "use arg_min()", "percentilew": "use percentile()", "percentilesw": "use percentiles()",
	"percentilesw_array": "use percentiles_array()", "buildschema": "", "bin_auto": "use bin() with a size", "datetime_list_timezones": "",
	"tdigest_merge": "use percentiles()", "percentile_tdigest": "use percentile()", "percentrank_tdigest": "", "rank_tdigest": "",
	"hll_union": "use dcount()", "dcount_intersect": "use dcount() after a join",
	// Microsoft does not document how hashes are combined, and other numbers than
	// Kusto's would be a wrong answer.
	"hash_combine": "use hash(strcat(...)) of the values", "hash_many": "use hash(strcat(...)) of the values",
	"geo_point_to_h3cell": "use geo_point_to_geohash()",
	"current_principal":   "there is no principal in a query", "current_principal_details": "there is no principal in a query",
	"current_principal_is_member_of": "there is no principal in a query", "current_cluster_endpoint": "there is no cluster", "current_database": "there is no database",
	"cursor_after": "use ingestion_time()", "cursor_before_or_at": "use ingestion_time()", "cursor_current": "use ingestion_time()",
	"extent_id": "there are no extents", "extent_tags": "there are no extents",
}

func isLeftOut(name string) bool {
	_, ok := LeftOutFunctions[name]
	return ok
}
