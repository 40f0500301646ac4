package duckdb

import (
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// tostring converts to text, "" for null.
func (x *emitter) tostring(e plan.Expr) string {
	v := ""
	if e.Type() != types.Dynamic {
		v = x.expr(e)
	}
	switch e.Type() {
	case types.String:
		return v
	case types.Bool:
		return "(CASE WHEN " + v + " THEN 'True' WHEN NOT " + v + " THEN 'False' ELSE '' END)"
	case types.Int, types.Long:
		return "coalesce(" + v + "::VARCHAR, '')"
	case types.Real, types.Decimal:
		return "kql_tostring_real(" + v + ")"
	case types.Datetime: // ticks: DuckDB's timestamps have microseconds
		return "coalesce(concat(strftime(make_timestamp((" + v + " - 621355968000000000) // 10), '%Y-%m-%dT%H:%M:%S.%f'), nullif(" + v + " % 10, -1)::VARCHAR, CASE WHEN " + v + " IS NOT NULL THEN 'Z' ELSE '' END), '')"
	case types.Timespan:
		return "kql_tostring_timespan(" + v + ")"
	case types.Dynamic:
		return "coalesce(" + x.text(e) + ", '')"
	}
	return "coalesce(" + v + ", '')"
}

// conv converts a text, NULL or not, to a type; the text is a dynamic's.
func (x *emitter) conv(name, text string, t types.Type) string {
	switch name {
	case "tostring":
		return "coalesce(" + text + ", '')"
	case "tolong", "toint":
		return "TRY_CAST(CASE WHEN regexp_full_match(" + text + ", '\\s*[-+]?[0-9]{1,19}\\s*') THEN TRY_CAST(" + text + " AS BIGINT)" +
			" WHEN " + text + " = 'true' THEN 1 WHEN " + text + " = 'false' THEN 0" +
			" WHEN regexp_full_match(" + text + ", '0[xX][0-9a-fA-F]{1,16}') THEN TRY_CAST(" + text + " AS BIGINT)" +
			" ELSE TRY_CAST(trunc(TRY_CAST(" + text + " AS DOUBLE)) AS BIGINT) END AS " + sqlType(t) + ")"
	case "todouble", "todecimal":
		return "TRY_CAST(" + text + " AS DOUBLE)"
	case "tobool":
		return "(CASE lower(" + text + ") WHEN 'true' THEN true WHEN 'false' THEN false ELSE TRY_CAST(" + text + " AS DOUBLE) <> 0 END)"
	case "todatetime":
		return "kql_todatetime(coalesce(" + text + ", ''))"
	case "totimespan":
		return "kql_totimespan(coalesce(" + text + ", ''))"
	case "toguid":
		return "kql_toguid(coalesce(" + text + ", ''))"
	}
	fail("no conversion %s", name)
	return ""
}

// convert writes the to... functions by the type of their argument.
func (x *emitter) convert(name string, e plan.Expr, t types.Type) string {
	from := e.Type()
	switch {
	case name == "tostring":
		return x.tostring(e)
	case name == "todynamic_":
		return x.dynamic(e)
	case from == types.Dynamic:
		return x.conv(name, x.text(e), t)
	case from == types.String && (name == "tolong" || name == "toint"):
		v := x.expr(e)
		return "TRY_CAST(CASE WHEN regexp_full_match(" + v + ", '\\s*[-+]?[0-9]{1,19}\\s*') THEN TRY_CAST(" + v + " AS BIGINT)" +
			" WHEN regexp_full_match(" + v + ", '0[xX][0-9a-fA-F]{1,16}') THEN TRY_CAST(" + v + " AS BIGINT) END AS " + sqlType(t) + ")"
	case from == types.String:
		return x.conv(name, x.expr(e), t)
	}
	v := x.expr(e)
	switch name {
	case "tobool":
		if from == types.Bool {
			return v
		}
		return "(" + v + " <> 0)"
	case "tolong", "toint":
		if from == types.Real || from == types.Decimal {
			v = "trunc(" + v + ")"
		}
		return "TRY_CAST(" + v + " AS " + sqlType(t) + ")"
	case "todouble", "todecimal":
		return v + "::DOUBLE"
	case "todatetime", "totimespan":
		if from == types.Real || from == types.Decimal {
			return "TRY_CAST(" + v + " AS BIGINT)"
		}
		if from == types.Bool || from == types.Guid {
			return "NULL::BIGINT"
		}
		return v + "::BIGINT"
	case "toguid":
		return v
	}
	fail("no conversion %s of a %s", name, from)
	return ""
}
