package duckdb

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// expr writes an expression as a value, with Kusto's nulls.
func (x *emitter) expr(e plan.Expr) string {
	switch e := e.(type) {
	case *plan.Ref:
		return column(e.ID)
	case *plan.Const:
		return x.constant(e)
	case *plan.Path:
		return x.path(e)
	case *plan.First:
		v := "(SELECT " + column(e.ID) + " FROM " + x.first(e.Node) + ")"
		if e.T == types.String {
			return "coalesce(" + v + ", '')"
		}
		return v
	case *plan.In:
		return x.in(e)
	case *plan.Call:
		return x.once(e)
	case *held:
		return e.name + "_"
	}
	fail("no SQL for %T", e)
	return ""
}

func (x *emitter) first(n plan.Node) string {
	if name, ok := x.made[n]; ok {
		return name
	}
	name := x.cte("SELECT * FROM "+x.node(n)+" LIMIT 1", true)
	x.made[n] = name
	return name
}

// filter writes a condition of which only truth counts: null and false are
// the same, so comparisons can be plain ones that the engine can push down.
func (x *emitter) filter(e plan.Expr) string {
	switch e := e.(type) {
	case *plan.In:
		return x.in(e)
	case *plan.Call:
		switch e.Name {
		case "and", "or":
			word := " AND "
			if e.Name == "or" {
				word = " OR "
			}
			return "(" + x.filter(e.Args[0]) + word + x.filter(e.Args[1]) + ")"
		case "==", "!=":
			return x.truth(e)
		case "in":
			return x.inList(e, true)
		case "not":
			if c, ok := e.Args[0].(*plan.Call); ok && c.Name == "==" {
				return x.filter(&plan.Call{Name: "!=", Args: c.Args, T: types.Bool})
			}
		}
	}
	return x.expr(e)
}

// nonNull tells expressions that are never NULL.
func (x *emitter) nonNull(e plan.Expr) bool {
	if e.Type() == types.String {
		return true
	}
	switch e := e.(type) {
	case *held:
		return e.nonNull
	case *plan.Const:
		return e.V != nil
	case *plan.Call:
		switch e.Name {
		case "isempty", "isnotempty", "isnull", "isnotnull":
			return true
		case "has", "contains", "startswith", "endswith", "=~", "has_any", "has_all":
			return true
		}
	}
	return false
}

func (x *emitter) inList(e *plan.Call, filter bool) string {
	out := make([]string, len(e.Args)-1)
	for i, a := range e.Args[1:] {
		out[i] = x.expr(a)
	}
	v := "(" + x.expr(e.Args[0]) + " IN (" + strings.Join(out, ", ") + "))"
	if filter || x.nonNull(e.Args[0]) {
		return v
	}
	return "coalesce(" + v + ", false)"
}

// in looks a value up in a table. Null is in no list, not even in one that
// has nulls.
func (x *emitter) in(e *plan.In) string {
	v, c := x.expr(e.X), column(e.Col.ID)
	if e.Fold {
		v, c = "lower("+v+")", "lower("+c+")"
	}
	list := "(SELECT " + c + " FROM " + x.node(e.Node) + " WHERE " + column(e.Col.ID) + " IS NOT NULL)"
	return "coalesce(" + v + " IN " + list + ", false)"
}

// special are the functions that the emitter writes itself.
var special map[string]func(x *emitter, e *plan.Call) string

func (x *emitter) call(e *plan.Call) string {
	if f := special[e.Name]; f != nil {
		return f(x, e)
	}
	f, known := function.Lookup(e.Name)
	if known && f.DuckDB != "" {
		args := make([]string, len(e.Args))
		for i, a := range e.Args {
			args[i] = x.expr(a)
		}
		v := fill(f.DuckDB, args)
		if e.T == types.Datetime && len(args) > 0 && (len(args) > 1 || e.Name != "startofday" && e.Name != "endofday") {
			return inCalendar(v)
		}
		return v
	}
	if g, ok := builtin.Lookup(e.Name); ok {
		return x.native(g, e)
	}
	fail("%s() is not supported by this engine", e.Name)
	return ""
}

// fill puts arguments into a template: {0}, {1|default}, {*}.
func fill(template string, args []string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(template, '{')
		if i < 0 {
			b.WriteString(template)
			return b.String()
		}
		j := strings.IndexByte(template[i:], '}') + i
		b.WriteString(template[:i])
		place, def, _ := strings.Cut(template[i+1:j], "|")
		if n, err := strconv.Atoi(place); err != nil {
			b.WriteString(strings.Join(args, ", "))
		} else if n < len(args) {
			b.WriteString(args[n])
		} else {
			b.WriteString(def)
		}
		template = template[j+1:]
	}
}

// native calls a function of package builtin, which the engine has as kql_*.
func (x *emitter) native(f *builtin.Func, e *plan.Call) string {
	var out []string
	for i, a := range e.Args {
		want := f.Args[min(i, len(f.Args)-1)]
		if i >= len(f.Args) && !f.Variadic {
			fail("%s() takes no %d arguments", e.Name, len(e.Args))
		}
		out = append(out, x.argument(a, want))
	}
	n := len(f.Args)
	if f.Variadic {
		n--
	}
	for i := len(out); i < n; i++ {
		out = append(out, "NULL::"+sqlType(f.Args[i]))
	}
	return "kql_" + f.Name + "(" + strings.Join(out, ", ") + ")"
}

// argument converts an argument to the type that a native function takes.
func (x *emitter) argument(a plan.Expr, want types.Type) string {
	t := a.Type()
	switch {
	case plan.IsNull(a):
		if want == types.String {
			return "''"
		}
		return "NULL::" + sqlType(want)
	case want == types.Dynamic:
		return x.dynamic(a)
	case want == types.String:
		return x.tostring(a)
	case sqlType(t) == sqlType(want):
		return x.expr(a)
	}
	return "TRY_CAST(" + x.expr(a) + " AS " + sqlType(want) + ")"
}
