package duckdb

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func init() {
	special = map[string]func(*emitter, *plan.Call) string{
		"and": binaryWord(" AND "), "or": binaryWord(" OR "), "not": func(x *emitter, e *plan.Call) string { return x.not(e) },
		"==": (*emitter).equal, "!=": (*emitter).equal,
		"<": (*emitter).order, "<=": (*emitter).order, ">": (*emitter).order, ">=": (*emitter).order,
		"+": shifted(" + "), "-": shifted(" - "), "*": binaryWord(" * "),
		"/": (*emitter).divide, "%": (*emitter).modulo, "neg": func(x *emitter, e *plan.Call) string { return "(-" + x.expr(e.Args[0]) + ")" },
		"ratio": func(x *emitter, e *plan.Call) string {
			return "(" + x.expr(e.Args[0]) + "::DOUBLE / " + x.expr(e.Args[1]) + "::DOUBLE)"
		},
		"scale": func(x *emitter, e *plan.Call) string {
			return "TRY_CAST(trunc(" + x.expr(e.Args[0]) + " * " + x.expr(e.Args[1]) + ") AS BIGINT)"
		},
		"number": func(x *emitter, e *plan.Call) string { return "TRY_CAST(" + x.expr(e.Args[0]) + " AS DOUBLE)" },
		"not_same": func(x *emitter, e *plan.Call) string {
			return "(" + x.expr(e.Args[0]) + " IS DISTINCT FROM " + x.expr(e.Args[1]) + ")"
		},
		"in":  func(x *emitter, e *plan.Call) string { return x.inList(e, false) },
		"in~": (*emitter).inFold, "in_array": (*emitter).inArray, "in~_array": (*emitter).inArray,
		"isnull": (*emitter).isNull, "isnotnull": (*emitter).isNull, "isempty": (*emitter).isEmpty, "isnotempty": (*emitter).isEmpty,
		"case": (*emitter).caseOf, "coalesce": (*emitter).coalesce,
		"max_of": extreme("greatest"), "min_of": extreme("least"),
		"strcat": (*emitter).strcat, "strcat_delim": func(x *emitter, e *plan.Call) string { return "concat_ws(" + x.list(e.Args) + ")" },
		"parse_json": (*emitter).parseJSON, "gettype": (*emitter).gettype,
		"at": (*emitter).at, "array_length": (*emitter).arrayLength,
		"bag_pack": (*emitter).bagPack, "bag_pack_nonnull": (*emitter).bagPackNonNull, "pack_array": (*emitter).packArray,
		"bin": (*emitter).bin, "bin_at": (*emitter).bin, "ceiling": (*emitter).ceiling,
		"startofmonth": calendar("month", 0), "startofyear": calendar("year", 0), "endofmonth": calendar("month", 1), "endofyear": calendar("year", 1),
		"dayofmonth": part("day"), "dayofyear": part("dayofyear"), "monthofyear": part("month"), "getyear": part("year"),
		"rand":               (*emitter).rand,
		"reverse":            func(x *emitter, e *plan.Call) string { return "reverse(" + x.tostring(e.Args[0]) + ")" },
		"substring":          (*emitter).substring,
		"extract_all":        (*emitter).extractAll,
		"range":              byType("range"),
		"hash":               byType("hash"),
		"hash_xxhash64":      byType("hash"),
		"tohex":              (*emitter).tohex,
		"estimate_data_size": (*emitter).dataSize,
		"replace": func(x *emitter, e *plan.Call) string {
			return x.call(&plan.Call{Name: "replace_regex", T: types.String, Args: []plan.Expr{e.Args[2], e.Args[0], e.Args[1]}})
		},
		"array_sort_asc": (*emitter).arraySort, "array_sort_desc": (*emitter).arraySort,
	}
	for _, n := range []string{"tostring", "tolong", "toint", "todouble", "todecimal", "tobool", "todatetime", "totimespan", "toguid", "todynamic_"} {
		special[n] = func(x *emitter, e *plan.Call) string { return x.convert(n, e.Args[0], e.T) }
	}
	for name, op := range stringOperators {
		special[name] = op
	}
}

func binaryWord(word string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		return "(" + x.expr(e.Args[0]) + word + x.expr(e.Args[1]) + ")"
	}
}

// shifted adds or subtracts. A time that leaves the calendar becomes null.
func shifted(word string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		v := binaryWord(word)(x, e)
		if e.T != types.Datetime {
			return v
		}
		const room = math.MaxInt64 - builtin.MaxDatetime
		if c, ok := e.Args[1].(*plan.Const); !ok || c.V != nil && (c.V.(int64) > room || c.V.(int64) < -room) {
			v = "TRY" + v
		}
		return inCalendar(v)
	}
}

// inCalendar makes times outside of the years 1 to 9999 null.
func inCalendar(v string) string {
	return "(CASE WHEN " + v + " BETWEEN 0 AND " + strconv.FormatInt(builtin.MaxDatetime, 10) + " THEN " + v + " END)"
}

func (x *emitter) not(e *plan.Call) string {
	if c, ok := e.Args[0].(*plan.Call); ok {
		switch c.Name {
		case "==":
			return x.equal(&plan.Call{Name: "!=", Args: c.Args, T: c.T})
		case "!=":
			return x.equal(&plan.Call{Name: "==", Args: c.Args, T: c.T})
		}
	}
	return "(NOT " + x.expr(e.Args[0]) + ")"
}

// divide truncates whole numbers towards zero; by zero it is null for whole
// numbers and infinite or not a number for reals.
func (x *emitter) divide(e *plan.Call) string {
	if e.T == types.Long || e.T == types.Int || e.T == types.Timespan {
		return "(" + x.expr(e.Args[0]) + " // " + x.expr(e.Args[1]) + ")"
	}
	return "(" + x.expr(e.Args[0]) + " / " + x.expr(e.Args[1]) + ")"
}

// modulo is never negative.
func (x *emitter) modulo(e *plan.Call) string {
	a, b := x.expr(e.Args[0]), x.expr(e.Args[1])
	return "((" + a + " % " + b + " + abs(" + b + ")) % " + b + ")"
}

func (x *emitter) inFold(e *plan.Call) string {
	out := make([]string, len(e.Args)-1)
	for i, a := range e.Args[1:] {
		out[i] = "lower(" + x.expr(a) + ")"
	}
	return "(lower(" + x.expr(e.Args[0]) + ") IN (" + strings.Join(out, ", ") + "))"
}

// inArray looks a text up in a dynamic array that is no constant.
func (x *emitter) inArray(e *plan.Call) string {
	v, list := x.expr(e.Args[0]), "json_extract_string("+x.expr(e.Args[1])+", '$[*]')"
	if e.Name == "in~_array" {
		return "coalesce(list_contains(list_transform(" + list + ", y -> lower(y)), lower(" + v + ")), false)"
	}
	return "coalesce(list_contains(" + list + ", " + v + "), false)"
}

func (x *emitter) isNull(e *plan.Call) string {
	a := e.Args[0]
	want := e.Name == "isnull"
	if a.Type() == types.String {
		return strconv.FormatBool(!want)
	}
	if want {
		return "(" + x.expr(a) + " IS NULL)"
	}
	return "(" + x.expr(a) + " IS NOT NULL)"
}

func (x *emitter) isEmpty(e *plan.Call) string {
	a := e.Args[0]
	op, null := " = ''", " IS NULL)"
	if e.Name == "isnotempty" {
		op, null = " <> ''", " IS NOT NULL)"
	}
	switch a.Type() {
	case types.String:
		return "(" + x.expr(a) + op + ")"
	case types.Dynamic:
		return "(" + x.tostring(a) + op + ")"
	}
	return "(" + x.expr(a) + null
}

func (x *emitter) caseOf(e *plan.Call) string {
	var b strings.Builder
	b.WriteString("(CASE")
	for i := 0; i+1 < len(e.Args); i += 2 {
		b.WriteString(" WHEN " + x.filter(e.Args[i]) + " THEN " + x.expr(e.Args[i+1]))
	}
	b.WriteString(" ELSE " + x.expr(e.Args[len(e.Args)-1]) + " END)")
	return b.String()
}

// coalesce skips empty strings as well.
func (x *emitter) coalesce(e *plan.Call) string {
	if e.T != types.String {
		return "coalesce(" + x.list(e.Args) + ")"
	}
	out := make([]string, len(e.Args))
	for i, a := range e.Args {
		out[i] = "nullif(" + x.expr(a) + ", '')"
	}
	return "coalesce(" + strings.Join(out, ", ") + ", '')"
}

func extreme(f string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string { return f + "(" + x.list(e.Args) + ")" }
}

func (x *emitter) strcat(e *plan.Call) string {
	if len(e.Args) == 0 {
		return "''"
	}
	return "concat(" + x.list(e.Args) + ")"
}

// dataSize counts the bytes of texts and the width of all other types.
func (x *emitter) dataSize(e *plan.Call) string {
	out := make([]string, len(e.Args))
	for i, a := range e.Args {
		switch a.Type() {
		case types.String, types.Dynamic:
			out[i] = "strlen(" + x.tostring(a) + ")"
		case types.Bool:
			out[i] = "1"
		case types.Int:
			out[i] = "4"
		case types.Guid, types.Decimal:
			out[i] = "16"
		default:
			out[i] = "8"
		}
	}
	return "(" + strings.Join(out, " + ") + ")::BIGINT"
}

// parseJSON makes a dynamic of text. What is no JSON is a string; numbers go
// through Kusto's own reading, which drops needless fractions.
func (x *emitter) parseJSON(e *plan.Call) string {
	v := x.expr(e.Args[0])
	return "(CASE WHEN " + v + " = '' THEN NULL WHEN NOT json_valid(" + v + ") THEN to_json(" + v + ")::VARCHAR" +
		" WHEN regexp_matches(" + v + ", '^\\s*[-0-9nNI]|,\\s*[\\]}]') THEN kql_parse_json(" + v + ") ELSE json(" + v + ")::VARCHAR END)"
}

func (x *emitter) gettype(e *plan.Call) string {
	v, path := x.inner(e.Args[0])
	return "(CASE json_type(" + v + ", " + path + ") WHEN 'OBJECT' THEN 'dictionary' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'" +
		" WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'real' WHEN 'UBIGINT' THEN 'long' WHEN 'BIGINT' THEN 'long' WHEN 'HUGEINT' THEN 'long' ELSE 'null' END)"
}

func (x *emitter) at(e *plan.Call) string {
	if e.Args[1].Type() == types.String {
		return "kql_at_key(" + x.expr(e.Args[0]) + ", " + x.expr(e.Args[1]) + ")"
	}
	return "kql_at_index(" + x.expr(e.Args[0]) + ", " + x.expr(e.Args[1]) + "::BIGINT)"
}

func (x *emitter) arrayLength(e *plan.Call) string {
	v, path := x.inner(e.Args[0])
	return "(CASE WHEN json_type(" + v + ", " + path + ") = 'ARRAY' THEN json_array_length(" + v + ", " + path + ")::BIGINT END)"
}

func (x *emitter) bagPack(e *plan.Call) string {
	if len(e.Args) == 0 {
		return "'{}'"
	}
	var out []string
	for i := 0; i+1 < len(e.Args); i += 2 {
		out = append(out, x.tostring(e.Args[i]), x.jsonValue(e.Args[i+1]))
	}
	return "json_object(" + strings.Join(out, ", ") + ")::VARCHAR"
}

// bagPackNonNull leaves out what has no value.
func (x *emitter) bagPackNonNull(e *plan.Call) string {
	var out []string
	for i := 0; i+1 < len(e.Args); i += 2 {
		v := e.Args[i+1]
		cond := x.expr(v) + " IS NOT NULL"
		if v.Type() == types.String {
			cond = x.expr(v) + " <> ''"
		}
		out = append(out, "CASE WHEN "+cond+" THEN json_object("+x.tostring(e.Args[i])+", "+x.jsonValue(v)+")::VARCHAR ELSE '{}' END")
	}
	if len(out) == 0 {
		return "'{}'"
	}
	return "kql_bag_merge(" + strings.Join(out, ", ") + ", '{}')"
}

func (x *emitter) packArray(e *plan.Call) string {
	out := make([]string, len(e.Args))
	for i, a := range e.Args {
		out[i] = x.jsonValue(a)
	}
	return "json_array(" + strings.Join(out, ", ") + ")::VARCHAR"
}

// bin rounds down to a multiple of the size, counted from zero or, for
// bin_at, from a fixed point.
func (x *emitter) bin(e *plan.Call) string {
	v, size := x.expr(e.Args[0]), x.expr(e.Args[1])
	if e.T == types.Real || e.T == types.Decimal {
		if e.Name == "bin_at" {
			at := x.expr(e.Args[2])
			return "(CASE WHEN " + size + " > 0 THEN floor((" + v + " - " + at + ") / " + size + ") * " + size + " + " + at + " END)"
		}
		return "(CASE WHEN " + size + " > 0 THEN floor(" + v + " / " + size + ") * " + size + " END)"
	}
	if e.Name == "bin_at" {
		at := x.expr(e.Args[2])
		return "(CASE WHEN " + size + " > 0 THEN " + v + " - ((" + v + " - " + at + ") % " + size + " + " + size + ") % " + size + " END)"
	}
	if c, ok := e.Args[1].(*plan.Const); ok && e.T == types.Datetime {
		if n, _ := c.V.(int64); n > 0 { // never negative: one modulo is enough
			return "(" + v + " - " + v + " % " + size + ")"
		}
	}
	return "(CASE WHEN " + size + " > 0 THEN " + v + " - (" + v + " % " + size + " + " + size + ") % " + size + " END)"
}

func (x *emitter) ceiling(e *plan.Call) string {
	if e.T == types.Real || e.T == types.Decimal {
		return "ceil(" + x.expr(e.Args[0]) + ")"
	}
	return x.expr(e.Args[0])
}

// timestamp is a datetime as DuckDB's timestamp, to the microsecond.
func timestamp(v string) string { return "make_timestamp((" + v + " - 621355968000000000) // 10)" }

func ticksOf(ts string) string { return "(epoch_us(" + ts + ") * 10 + 621355968000000000)" }

// calendar writes startofmonth and its like.
func calendar(unit string, end int) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		off := strconv.Itoa(end)
		if len(e.Args) > 1 {
			off = "(" + x.expr(e.Args[1]) + " + " + off + ")"
		}
		start := ticksOf("(date_trunc('" + unit + "', " + timestamp(x.expr(e.Args[0])) + ") + to_" + unit + "s(" + off + "::INTEGER))")
		if end == 1 {
			return "(" + start + " - 1)"
		}
		return start
	}
}

func part(name string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		return "date_part('" + name + "', " + timestamp(x.expr(e.Args[0])) + ")::INTEGER"
	}
}

func (x *emitter) rand(e *plan.Call) string {
	if len(e.Args) == 0 {
		return "random()"
	}
	return "floor(random() * " + x.expr(e.Args[0]) + ")"
}

// substring counts from 0, from the end where the start is negative.
func (x *emitter) substring(e *plan.Call) string {
	s, start := x.expr(e.Args[0]), x.expr(e.Args[1])
	length := "9223372036854775807"
	if len(e.Args) > 2 {
		length = "greatest(" + x.expr(e.Args[2]) + ", 0)"
	}
	from := "(CASE WHEN " + start + " < 0 THEN greatest(length(" + s + ") + " + start + ", 0) ELSE " + start + " END + 1)"
	if c, ok := e.Args[1].(*plan.Const); ok {
		if n, _ := c.V.(int64); n >= 0 && c.V != nil {
			from = strconv.FormatInt(n+1, 10)
		}
	}
	if len(e.Args) > 2 {
		return "coalesce(substr(" + s + ", " + from + ", " + length + "), '')"
	}
	return "coalesce(substr(" + s + ", " + from + "), '')"
}

func (x *emitter) extractAll(e *plan.Call) string {
	if len(e.Args) == 3 {
		return "kql_extract_all_groups(" + x.expr(e.Args[0]) + ", " + x.dynamic(e.Args[1]) + ", " + x.expr(e.Args[2]) + ")"
	}
	return "kql_extract_all(" + x.expr(e.Args[0]) + ", " + x.tostring(e.Args[1]) + ")"
}

// byType calls the form of a native function for its first argument's type.
func byType(name string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		form := name
		switch e.Args[0].Type() {
		case types.Datetime:
			form += "_datetime"
		case types.Timespan:
			form += "_timespan"
		case types.Real, types.Decimal:
			form += "_real"
		case types.Long, types.Int, types.Bool:
			if name == "hash" {
				form += "_long"
			}
		}
		f, ok := builtin.Lookup(form)
		if !ok {
			fail("%s() is not supported by this engine", form)
		}
		return x.native(f, e)
	}
}

// tohex shows an int with 32 bits, a long with 64.
func (x *emitter) tohex(e *plan.Call) string {
	name := "tohex"
	if c, ok := e.Args[0].(*plan.Call); ok && c.Name == "tolong" && c.Args[0].Type() == types.Int {
		name = "tohex_int"
		e = &plan.Call{Name: name, T: e.T, Args: append([]plan.Expr{c.Args[0]}, e.Args[1:]...)}
	}
	f, _ := builtin.Lookup(name)
	return x.native(f, e)
}

// arraySort passes whether nulls come last, which may be the last argument.
func (x *emitter) arraySort(e *plan.Call) string {
	args := e.Args
	last := "true"
	if n := len(args); n > 1 && args[n-1].Type() == types.Bool {
		last, args = x.expr(args[n-1]), args[:n-1]
	}
	out := []string{last}
	for _, a := range args {
		out = append(out, x.dynamic(a))
	}
	return "kql_" + e.Name + "(" + strings.Join(out, ", ") + ")"
}

// constText gives a constant text.
func constText(e plan.Expr) (string, bool) {
	c, ok := e.(*plan.Const)
	if !ok {
		return "", false
	}
	s, ok := c.V.(string)
	return s, ok
}

var quoteMeta = regexp.QuoteMeta
