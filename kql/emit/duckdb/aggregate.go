package duckdb

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func (x *emitter) summarize(n *plan.Summarize) string {
	in := x.node(n.In)
	var cols, group []string
	for i, it := range n.By {
		cols = append(cols, x.as(it.Expr, it.Col))
		group = append(group, strconv.Itoa(i+1))
	}
	picks := picked(n.Aggs)
	for _, a := range n.Aggs {
		cols = append(cols, x.aggregate(a, picks[a.Call])+" AS "+column(a.Col.ID))
	}
	if len(cols) == 0 {
		cols = []string{"count(*) AS c0"}
	}
	sql := "SELECT " + strings.Join(cols, ", ") + " FROM " + in
	if len(group) > 0 {
		sql += " GROUP BY " + strings.Join(group, ", ")
	}
	return x.cte(sql, false)
}

// picked lists the fields of each arg_max that are read.
func picked(aggs []plan.Agg) map[*plan.Call][]int {
	out := map[*plan.Call][]int{}
	for _, a := range aggs {
		if a.Pick >= 0 {
			out[a.Call] = append(out[a.Call], a.Pick)
		}
	}
	return out
}

func (x *emitter) aggregate(a plan.Agg, picks []int) string {
	c := a.Call
	filter := ""
	if a.Filter != nil {
		filter = " FILTER (WHERE " + x.filter(a.Filter) + ")"
	}
	if a.Pick >= 0 {
		return x.argMax(a, picks)
	}
	arg := func(i int) string { return x.expr(c.Args[i]) }
	switch c.Name {
	case "count":
		return "count(*)" + filter
	case "dcount", "count_distinct":
		return "count(DISTINCT " + arg(0) + ")" + filter
	case "sum":
		return "coalesce(sum(" + arg(0) + ")" + filter + ", 0)::" + sqlType(c.T)
	case "avg":
		v := "avg(" + arg(0) + ")" + filter
		if sqlType(c.T) == "BIGINT" {
			return "TRY_CAST(trunc(" + v + ") AS BIGINT)"
		}
		return "coalesce(" + v + ", 'nan'::DOUBLE)"
	case "min", "max":
		return text0(c.T, c.Name+"("+arg(0)+")"+filter)
	case "take_any", "any":
		return text0(c.T, "any_value("+arg(0)+")"+filter)
	case "make_set", "make_list", "make_list_with_nulls":
		return x.gather(a, filter)
	case "make_bag":
		return "coalesce(kql_merge_bags(" + jsonArray("list("+arg(0)+x.orderBy(a.Keys)+")"+notNull(arg(0), a.Filter, x)) + "), '{}')"
	case "percentile":
		return "quantile_disc(" + arg(0) + ", " + x.percent(c.Args[1]) + ")" + filter
	case "percentiles":
		var out []string
		for _, p := range x.percents(c.Args[1:]) {
			out = append(out, "quantile_disc("+arg(0)+", "+p+")"+filter)
		}
		return "json_array(" + strings.Join(out, ", ") + ")::VARCHAR"
	case "stdev", "stdevp", "variance", "variancep":
		f := map[string]string{"stdev": "stddev_samp", "stdevp": "stddev_pop", "variance": "var_samp", "variancep": "var_pop"}[c.Name]
		return f + "(" + arg(0) + ")" + filter
	case "covariance", "covariancep":
		f := map[string]string{"covariance": "covar_samp", "covariancep": "covar_pop"}[c.Name]
		return f + "(" + arg(0) + ", " + arg(1) + ")" + filter
	case "binary_all_and", "binary_all_or", "binary_all_xor":
		return "bit_" + c.Name[len("binary_all_"):] + "(" + arg(0) + ")" + filter
	case "series_values", "series_axis":
		return x.seriesOf(c)
	}
	fail("%s() is not supported by this engine", c.Name)
	return ""
}

// text0 keeps strings from being NULL where no row has a value.
func text0(t types.Type, v string) string {
	if t == types.String {
		return "coalesce(" + v + ", '')"
	}
	return v
}

// argMax takes the row with the extreme value. A null value loses to every
// other, but a group of nulls has a row as well.
func (x *emitter) argMax(a plan.Agg, picks []int) string {
	c := a.Call
	fields := make([]string, len(picks))
	for i, p := range picks {
		fields[i] = "f" + strconv.Itoa(p) + ": " + x.expr(c.Args[p])
	}
	row := "{" + strings.Join(fields, ", ") + "}"
	filter := ""
	if a.Filter != nil {
		filter = " FILTER (WHERE " + x.filter(a.Filter) + ")"
	}
	v := "first(" + row + ")" + filter
	if c.Name != "take_any" {
		v = c.Name + "(" + row + ", " + x.expr(c.Args[0]) + ")" + filter
		if !x.nonNull(c.Args[0]) {
			v = "coalesce(" + v + ", first(" + row + ")" + filter + ")"
		}
	}
	return text0(a.Col.Type, "("+v+").f"+strconv.Itoa(a.Pick))
}

func notNull(v string, f plan.Expr, x *emitter) string {
	w := v + " IS NOT NULL"
	if f != nil {
		w += " AND " + x.filter(f)
	}
	return " FILTER (WHERE " + w + ")"
}

// jsonArray joins a list of JSON texts.
func jsonArray(list string) string {
	return "concat('[', array_to_string(" + list + ", ','), ']')"
}

// gather writes make_set and make_list. A set takes the elements of arrays; a
// list takes values in the order of the rows.
func (x *emitter) gather(a plan.Agg, filter string) string {
	c := a.Call
	e := c.Args[0]
	t := e.Type()
	v := x.expr(e)
	switch t {
	case types.Datetime, types.Timespan:
		v = x.jsonValue(e)
	}
	set := c.Name == "make_set"
	if c.Name != "make_list_with_nulls" && t != types.String {
		filter = notNull(x.expr(e), a.Filter, x)
	}
	limit := ""
	if len(c.Args) > 1 {
		limit = x.expr(c.Args[1])
	}
	cut := func(list string) string {
		if limit == "" {
			return list
		}
		return "list_slice(" + list + ", 1, " + limit + ")"
	}
	switch {
	case set && t == types.Dynamic:
		elems := "CASE json_type(" + v + ") WHEN 'ARRAY' THEN json_extract(" + v + ", '$[*]')::VARCHAR[] ELSE [" + v + "] END"
		return "coalesce(" + jsonArray(cut("list_sort(list_distinct(flatten(list("+elems+")"+filter+")))")) + ", '[]')"
	case set:
		return "coalesce(to_json(" + cut("list_sort(list(DISTINCT "+v+")"+filter+")") + ")::VARCHAR, '[]')"
	case t == types.Dynamic:
		return "coalesce(" + jsonArray(cut("list(coalesce("+v+", 'null')"+x.orderBy(a.Keys)+")"+filter)) + ", '[]')"
	}
	return "coalesce(to_json(" + cut("list("+v+x.orderBy(a.Keys)+")"+filter) + ")::VARCHAR, '[]')"
}

// percent is a percentile between 0 and 1.
func (x *emitter) percent(e plan.Expr) string {
	c, ok := e.(*plan.Const)
	var f float64
	switch v := c0(c, ok).(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	default:
		fail("a percentile must be a constant number")
	}
	if f < 0 || f > 100 {
		fail("percentile %v is not between 0 and 100", f)
	}
	return strconv.FormatFloat(f/100, 'f', -1, 64)
}

func c0(c *plan.Const, ok bool) any {
	if !ok {
		return nil
	}
	return c.V
}

// percents reads percentiles written one by one or as one dynamic array.
func (x *emitter) percents(list []plan.Expr) []string {
	var out []string
	for _, e := range list {
		if s, ok := constText(e); ok {
			for _, f := range strings.Split(strings.Trim(s, "[] "), ",") {
				if v, err := strconv.ParseFloat(strings.TrimSpace(f), 64); err == nil && v >= 0 && v <= 100 {
					out = append(out, strconv.FormatFloat(v/100, 'f', -1, 64))
				} else {
					fail("a percentile must be a constant number between 0 and 100")
				}
			}
			continue
		}
		out = append(out, x.percent(e))
	}
	return out
}

// seriesOf writes make-series' arrays: bins and values go through a function
// that puts the default where a bin is missing.
func (x *emitter) seriesOf(c *plan.Call) string {
	suffix := ""
	bin := c.Args[0]
	if t := bin.Type(); t == types.Real || t == types.Decimal {
		suffix = "_real"
	}
	b := x.expr(bin)
	// one gives a value that is the same in all rows; constants hold without
	// rows as well.
	one := func(e plan.Expr) string {
		if _, ok := e.(*plan.Const); ok {
			return x.expr(e)
		}
		return "any_value(" + x.expr(e) + ")"
	}
	if c.Name == "series_axis" {
		kind := x.param(bin.Type().String())
		return "kql_series_axis" + suffix + "(" + one(c.Args[1]) + ", " + one(c.Args[2]) + ", " + one(c.Args[3]) + ", " + kind + ")"
	}
	value := c.Args[1]
	v := "list(" + x.jsonValue(value) + " ORDER BY " + b + ")"
	if value.Type() == types.Dynamic {
		v = jsonArray("list(coalesce(" + x.expr(value) + ", 'null') ORDER BY " + b + ")")
	} else {
		v = "to_json(" + v + ")::VARCHAR"
	}
	return "kql_series_values" + suffix + "(to_json(list(" + b + " ORDER BY " + b + "))::VARCHAR, " + v + ", " + one(c.Args[2]) + ", " + one(c.Args[3]) + ", " + one(c.Args[4]) + ", " + x.dynamic(c.Args[5]) + ")"
}
