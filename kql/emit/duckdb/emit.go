package duckdb

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// Part is a relation that holds rows of a table: one of From and JSON.
type Part struct {
	From string // a FROM item
	// JSON holds the rows themselves: an array of arrays of texts.
	JSON string
	// Misfits has the bits of the promotions that do not say in this part what
	// the JSON says, so that the JSON is read.
	Misfits uint64
}

func (p Part) fits(pr *types.Promotion) bool { return p.Misfits>>pr.Bit&1 == 0 }

// Sources finds the relations of a scan; none means that the table is empty.
type Sources func(s *plan.Scan) ([]Part, error)

// Query is SQL with its parameters, $1 on.
type Query struct {
	SQL    string
	Params []any
}

// Emit writes n. Columns of the result are cols, in that order.
func Emit(n plan.Node, cols []plan.Col, sources Sources) (q *Query, err error) {
	x := &emitter{sources: sources, made: map[plan.Node]string{}, params: map[string]int{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(emitError)
			if !ok {
				panic(r)
			}
			q, err = nil, e.error
		}
	}()
	var keys []plan.Key
	if s, ok := n.(*plan.Sort); ok {
		keys, n = s.Keys, s.In
	}
	from := x.node(n)
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = column(c.ID)
	}
	if len(out) == 0 {
		out = []string{"1"}
	}
	final := "SELECT " + strings.Join(out, ", ") + " FROM " + from + x.orderBy(keys)
	sql := final
	if len(x.ctes) > 0 {
		sql = "WITH " + strings.Join(x.ctes, ",\n") + "\n" + final
	}
	return &Query{SQL: sql, Params: x.values}, nil
}

type emitError struct{ error }

func fail(format string, args ...any) { panic(emitError{fmt.Errorf(format, args...)}) }

type emitter struct {
	sources Sources
	ctes    []string
	made    map[plan.Node]string
	shares  map[int]string
	params  map[string]int
	values  []any
	typed   map[int]bool // promoted lists that all parts of their scan have
	n       int
	calls   map[*plan.Call]string // written already
	held    int                   // names given to arguments
}

// cte adds an operator's select and gives its name.
func (x *emitter) cte(sql string, materialized bool) string {
	x.n++
	name := "q" + strconv.Itoa(x.n)
	how := " AS NOT MATERIALIZED ("
	if materialized {
		how = " AS MATERIALIZED ("
	}
	x.ctes = append(x.ctes, name+how+sql+")")
	return name
}

func column(id int) string { return "c" + strconv.Itoa(id) }

// param gives the place of a string.
func (x *emitter) param(s string) string {
	n, ok := x.params[s]
	if !ok {
		x.values = append(x.values, s)
		n = len(x.values)
		x.params[s] = n
	}
	return "$" + strconv.Itoa(n)
}

// sqlType is the physical type of a Kusto type.
func sqlType(t types.Type) string {
	switch t {
	case types.Bool:
		return "BOOLEAN"
	case types.Int:
		return "INTEGER"
	case types.Long, types.Datetime, types.Timespan:
		return "BIGINT"
	case types.Real, types.Decimal:
		return "DOUBLE"
	}
	return "VARCHAR"
}

// constant writes a constant. Numbers stand in the text, strings do not.
func (x *emitter) constant(c *plan.Const) string {
	switch v := c.V.(type) {
	case nil:
		return "NULL::" + sqlType(c.T)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		s := strconv.FormatInt(v, 10)
		switch {
		case c.T == types.Real || c.T == types.Decimal:
			return s + "::DOUBLE"
		case v < 0:
			return "(" + s + ")::" + sqlType(c.T)
		}
		return s + "::" + sqlType(c.T)
	case float64:
		switch {
		case math.IsNaN(v):
			return "'nan'::DOUBLE"
		case math.IsInf(v, 1):
			return "'inf'::DOUBLE"
		case math.IsInf(v, -1):
			return "'-inf'::DOUBLE"
		}
		return "(" + strconv.FormatFloat(v, 'e', -1, 64) + ")::DOUBLE"
	case string:
		return x.param(v) + "::VARCHAR"
	}
	fail("constant of type %T", c.V)
	return ""
}

// orderBy writes keys with direction and place of nulls, both always.
func (x *emitter) orderBy(keys []plan.Key) string {
	if len(keys) == 0 {
		return ""
	}
	out := make([]string, len(keys))
	for i, k := range keys {
		dir, nulls := " ASC", " NULLS LAST"
		if k.Desc {
			dir = " DESC"
		}
		if k.NullsFirst {
			nulls = " NULLS FIRST"
		}
		v := x.expr(k.Expr)
		if nan(k.Expr) { // stands beside the nulls, on their inner side
			out[i] = "CASE WHEN isnan(" + v + ") THEN NULL ELSE " + v + " END" + dir + nulls + ", isnan(" + v + ") ASC" + nulls
			continue
		}
		out[i] = v + dir + nulls
	}
	return " ORDER BY " + strings.Join(out, ", ")
}
