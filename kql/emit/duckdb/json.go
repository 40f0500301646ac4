package duckdb

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// jsonPath writes steps as DuckDB's JSON path. Keys are always quoted.
func jsonPath(steps []plan.Step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		switch {
		case !s.IsIndex:
			b.WriteString(`."` + strings.ReplaceAll(s.Key, `"`, `\"`) + `"`)
		case s.Index < 0:
			b.WriteString("[#-" + strconv.Itoa(-s.Index) + "]")
		default:
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		}
	}
	return b.String()
}

// plain tells whether a JSON path can say the steps. A star is a wildcard even
// in quotes.
func plain(steps []plan.Step) bool {
	for _, s := range steps {
		if !s.IsIndex && (s.Key == "" || strings.ContainsAny(s.Key, `"\*`)) {
			return false
		}
	}
	return true
}

func promotionSteps(p *types.Promotion) []plan.Step {
	out := make([]plan.Step, len(p.Path))
	for i, s := range p.Path {
		if n, err := strconv.Atoi(s); err == nil {
			out[i] = plan.Step{Index: n, IsIndex: true}
		} else {
			out[i] = plan.Step{Key: s}
		}
	}
	return out
}

// pathText reads a value inside a dynamic as text: a string without quotes, a
// container as JSON, NULL where there is nothing.
func pathText(v, path string) string { return "json_extract_string(" + v + ", " + path + ")" }

// inner gives the dynamic that a path begins at and the path's place.
func (x *emitter) inner(e plan.Expr) (v, path string) {
	if p, ok := e.(*plan.Path); ok && plain(p.Steps) {
		return x.expr(p.X), x.param(jsonPath(p.Steps))
	}
	return x.expr(e), "'$'"
}

// text is a dynamic's text, NULL for null.
func (x *emitter) text(e plan.Expr) string {
	v, path := x.inner(e)
	return pathText(v, path)
}

// path is the dynamic at a path.
func (x *emitter) path(e *plan.Path) string {
	if plain(e.Steps) {
		return "nullif(json_extract(" + x.expr(e.X) + ", " + x.param(jsonPath(e.Steps)) + ")::VARCHAR, 'null')"
	}
	v := x.expr(e.X)
	for _, s := range e.Steps {
		if s.IsIndex {
			v = "kql_at_index(" + v + ", " + strconv.Itoa(s.Index) + ")"
		} else {
			v = "kql_at_key(" + v + ", " + x.param(s.Key) + ")"
		}
	}
	return v
}

// dynamic converts any value to a dynamic.
func (x *emitter) dynamic(e plan.Expr) string {
	v := x.expr(e)
	switch e.Type() {
	case types.Dynamic:
		return v
	case types.Datetime, types.Timespan:
		t := x.tostring(e)
		return "(CASE WHEN " + v + " IS NOT NULL THEN to_json(" + t + ")::VARCHAR END)"
	}
	return "to_json(" + v + ")::VARCHAR"
}

// jsonValue is a value as an argument of json_object and json_array.
func (x *emitter) jsonValue(e plan.Expr) string {
	switch e.Type() {
	case types.Dynamic:
		return x.expr(e) + "::JSON"
	case types.Datetime, types.Timespan:
		return "(CASE WHEN " + x.expr(e) + " IS NOT NULL THEN " + x.tostring(e) + " END)"
	}
	return x.expr(e)
}
