package duckdb

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// node writes an operator and gives the name to read it by.
func (x *emitter) node(n plan.Node) string {
	if name, ok := x.made[n]; ok {
		return name
	}
	name := x.write(n)
	x.made[n] = name
	return name
}

func (x *emitter) write(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Scan:
		return x.cte(x.scan(n), false)
	case *plan.Values:
		return x.cte(x.valuesOf(n), false)
	case *plan.Filter:
		in := x.node(n.In)
		return x.cte("SELECT * FROM "+in+" WHERE "+x.filter(n.Pred), false)
	case *plan.Project:
		in := x.node(n.In)
		return x.cte("SELECT "+x.items(n.Items)+" FROM "+in, false)
	case *plan.Window:
		return x.window(n)
	case *plan.Summarize:
		return x.summarize(n)
	case *plan.Sort:
		return x.node(n.In) // only the last sort shows
	case *plan.Take:
		return x.take(n)
	case *plan.Join:
		return x.join(n)
	case *plan.Union:
		return x.union(n)
	case *plan.Expand:
		return x.expand(n)
	case *plan.Match:
		return x.match(n)
	case *plan.Share:
		return x.share(n)
	case *plan.Series:
		return x.series(n)
	}
	fail("no SQL for %T", n)
	return ""
}

func (x *emitter) share(n *plan.Share) string {
	if name, ok := x.shares[n.ID]; ok {
		return name
	}
	if x.shares == nil {
		x.shares = map[int]string{}
	}
	name := x.cte("SELECT * FROM "+x.node(n.In), true)
	x.shares[n.ID] = name
	return name
}

func (x *emitter) items(items []plan.Item) string {
	if len(items) == 0 {
		return "1 AS c0"
	}
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = x.as(it.Expr, it.Col)
	}
	return strings.Join(out, ", ")
}

// as writes an expression under its column's name.
func (x *emitter) as(e plan.Expr, c plan.Col) string {
	if r, ok := e.(*plan.Ref); ok && r.ID == c.ID {
		return column(c.ID)
	}
	return x.expr(e) + " AS " + column(c.ID)
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (x *emitter) scan(n *plan.Scan) string {
	parts, err := x.sources(n)
	if err != nil {
		panic(emitError{err})
	}
	x.noteLists(n, parts)
	var legs []string
	for _, p := range parts {
		if p.JSON != "" {
			legs = append(legs, x.given(n, p))
			continue
		}
		var cols []string
		for i, c := range n.Columns {
			cols = append(cols, quoteName(n.Physical[i])+" AS "+column(c.ID))
		}
		for _, pr := range n.Promoted {
			cols = append(cols, x.promoted(pr, p)+" AS "+column(pr.Col.ID))
		}
		if len(cols) == 0 {
			cols = []string{"1 AS c0"}
		}
		leg := "SELECT " + strings.Join(cols, ", ") + " FROM " + p.From
		if w := bounds(n); w != "" {
			leg += " WHERE " + w
		}
		legs = append(legs, leg)
	}
	if len(legs) == 0 {
		var cols []string
		for _, c := range n.Cols() {
			cols = append(cols, "NULL::"+sqlType(c.Type)+" AS "+column(c.ID))
		}
		if len(cols) == 0 {
			cols = []string{"1 AS c0"}
		}
		return "SELECT " + strings.Join(cols, ", ") + " WHERE false"
	}
	return strings.Join(legs, "\nUNION ALL ")
}

// given reads rows that came as text. The scan's columns are found by their
// place in the table.
func (x *emitter) given(n *plan.Scan, p Part) string {
	at := map[string]int{}
	for i, c := range n.Table.Columns {
		at[c.Name] = i + 1
	}
	var cols []string
	for i, c := range n.Columns {
		v := "coalesce(r[" + strconv.Itoa(at[n.Physical[i]]) + "], '')"
		switch c.Type {
		case types.String:
		case types.Dynamic:
			v = "(CASE WHEN " + v + " = '' THEN NULL WHEN json_valid(" + v + ") THEN json(" + v + ")::VARCHAR ELSE to_json(" + v + ")::VARCHAR END)"
		default:
			v = x.conv(map[types.Type]string{types.Bool: "tobool", types.Int: "toint", types.Long: "tolong", types.Real: "todouble", types.Decimal: "todecimal",
				types.Datetime: "todatetime", types.Timespan: "totimespan", types.Guid: "toguid"}[c.Type], v, c.Type)
		}
		cols = append(cols, v+" AS "+column(c.ID))
	}
	if len(cols) == 0 {
		cols = []string{"1 AS c0"}
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM (SELECT unnest(from_json(" + x.param(p.JSON) + ", '[[\"VARCHAR\"]]')) AS r)"
}

// bounds are the conditions that a scan itself sets.
func bounds(n *plan.Scan) string {
	var w []string
	if n.From != 0 {
		w = append(w, `"TimeGenerated" >= `+strconv.FormatInt(n.From, 10))
	}
	if n.To != 0 {
		w = append(w, `"TimeGenerated" < `+strconv.FormatInt(n.To, 10))
	}
	for _, d := range n.Digests {
		list := make([]string, len(d.Values))
		for i, v := range d.Values {
			list[i] = strconv.FormatUint(uint64(v), 10)
		}
		if len(list) == 1 {
			w = append(w, quoteName(d.Physical)+" = "+list[0])
		} else {
			w = append(w, quoteName(d.Physical)+" IN ("+strings.Join(list, ", ")+")")
		}
	}
	return strings.Join(w, " AND ")
}

// promoted reads a promoted column, or what it stands for where a part's
// promoted columns do not say the same as the JSON.
func (x *emitter) promoted(pr plan.Promoted, p Part) string {
	if pr.Promotion.Fields != nil {
		return x.promotedList(pr, p)
	}
	col := quoteName(pr.Promotion.Physical)
	if !p.fits(pr.Promotion) {
		return x.conv(pr.Conv, pathText(quoteName(pr.Promotion.Column), x.param(jsonPath(promotionSteps(pr.Promotion)))), pr.Col.Type)
	}
	switch {
	case pr.Col.Type == types.String && pr.Promotion.Type == types.String:
		return "coalesce(" + col + ", '')"
	case pr.Col.Type == types.String && pr.Promotion.Type == types.Bool:
		return "coalesce(" + col + "::VARCHAR, '')"
	case pr.Col.Type == types.String:
		return "coalesce(to_json(" + col + ")::VARCHAR, '')"
	case pr.Col.Type == pr.Promotion.Type:
		return col
	}
	return "TRY_CAST(" + col + " AS " + sqlType(pr.Col.Type) + ")"
}

func (x *emitter) valuesOf(n *plan.Values) string {
	if len(n.Columns) == 0 { // print: one row without columns
		if len(n.Rows) == 0 {
			return "SELECT 1 AS c0 WHERE false"
		}
		return "SELECT 1 AS c0"
	}
	names := make([]string, len(n.Columns))
	for i, c := range n.Columns {
		names[i] = column(c.ID)
	}
	if len(n.Rows) == 0 {
		cols := make([]string, len(n.Columns))
		for i, c := range n.Columns {
			cols[i] = "NULL::" + sqlType(c.Type) + " AS " + names[i]
		}
		return "SELECT " + strings.Join(cols, ", ") + " WHERE false"
	}
	rows := make([]string, len(n.Rows))
	for i, r := range n.Rows {
		cells := make([]string, len(r))
		for j, e := range r {
			cells[j] = x.expr(e)
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return "SELECT * FROM (VALUES " + strings.Join(rows, ", ") + ") v(" + strings.Join(names, ", ") + ")"
}

func (x *emitter) take(n *plan.Take) string {
	in := x.node(n.In)
	limit := strconv.FormatInt(n.N, 10)
	if len(n.Part) > 0 {
		order := x.orderBy(n.Keys)
		if n.Random {
			order = " ORDER BY random()"
		}
		return x.cte("SELECT * FROM "+in+" QUALIFY row_number() OVER (PARTITION BY "+x.list(n.Part)+order+") <= "+limit, false)
	}
	order := x.orderBy(n.Keys)
	if n.Random {
		order = " ORDER BY random()"
	}
	return x.cte("SELECT * FROM "+in+order+" LIMIT "+limit, false)
}

func (x *emitter) list(list []plan.Expr) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = x.expr(e)
	}
	return strings.Join(out, ", ")
}

func (x *emitter) union(n *plan.Union) string {
	legs := make([]string, len(n.In))
	for i, in := range n.In {
		name := x.node(in)
		cols := make([]string, len(n.Columns))
		for j, c := range n.Columns {
			cols[j] = x.expr(n.Maps[i][j]) + " AS " + column(c.ID)
		}
		if len(cols) == 0 {
			cols = []string{"1 AS c0"}
		}
		legs[i] = "SELECT " + strings.Join(cols, ", ") + " FROM " + name
	}
	return x.cte(strings.Join(legs, "\nUNION ALL "), false)
}

var joinWords = map[string]string{"inner": "JOIN", "leftouter": "LEFT JOIN", "rightouter": "RIGHT JOIN", "fullouter": "FULL JOIN"}

// join matches nulls with nulls, as Kusto does.
func (x *emitter) join(n *plan.Join) string {
	left, right := x.node(n.L), x.node(n.R)
	if n.Dedup {
		keys := x.list(n.Left)
		left = x.cte("SELECT * FROM "+left+" QUALIFY row_number() OVER (PARTITION BY "+keys+x.stable(n.L)+") = 1", false)
	}
	var on []string
	for i := range n.Left {
		op := " IS NOT DISTINCT FROM "
		if x.nonNull(n.Left[i]) || x.nonNull(n.Right[i]) {
			op = " = "
		}
		on = append(on, x.expr(n.Left[i])+op+x.expr(n.Right[i]))
	}
	if n.On != nil {
		on = append(on, x.filter(n.On))
	}
	cond := strings.Join(on, " AND ")
	switch n.Kind {
	case "leftsemi", "leftanti":
		return x.cte("SELECT * FROM "+left+" WHERE "+not(n.Kind)+"EXISTS (SELECT 1 FROM "+right+" WHERE "+cond+")", false)
	case "rightsemi", "rightanti":
		return x.cte("SELECT * FROM "+right+" WHERE "+not(n.Kind)+"EXISTS (SELECT 1 FROM "+left+" WHERE "+cond+")", false)
	}
	var cols []string
	side := func(list []plan.Col, nulls bool) {
		for _, c := range list {
			s := column(c.ID)
			if nulls && c.Type == types.String { // a missing string is ""
				s = "coalesce(" + s + ", '') AS " + s
			}
			cols = append(cols, s)
		}
	}
	side(n.L.Cols(), n.Kind == "rightouter" || n.Kind == "fullouter")
	side(n.R.Cols(), n.Kind == "leftouter" || n.Kind == "fullouter")
	if len(cols) == 0 {
		cols = []string{"1 AS c0"}
	}
	return x.cte("SELECT "+strings.Join(cols, ", ")+" FROM "+left+" "+joinWords[n.Kind]+" "+right+" ON "+cond, false)
}

func not(kind string) string {
	if strings.HasSuffix(kind, "anti") {
		return "NOT "
	}
	return ""
}

// stable orders rows by all their columns, so that the one that innerunique
// keeps is the same in every run.
func (x *emitter) stable(n plan.Node) string {
	var out []string
	for _, c := range n.Cols() {
		out = append(out, column(c.ID))
	}
	if len(out) == 0 {
		return ""
	}
	return " ORDER BY " + strings.Join(out, ", ")
}

func (x *emitter) series(n *plan.Series) string {
	lo, hi, step, c := x.expr(n.Lo), x.expr(n.Hi), x.expr(n.Step), column(n.Col.ID)
	if n.Col.Type == types.Real || n.Col.Type == types.Decimal {
		return x.cte(fmt.Sprintf("SELECT %s + i * %s AS %s FROM range(0, CASE WHEN %s <> 0 AND (%s - %s) / %s >= 0 THEN floor((%s - %s) / %s + 1e-9)::BIGINT + 1 ELSE 0 END) r(i)", lo, step, c, step, hi, lo, step, hi, lo, step), false)
	}
	t := sqlType(n.Col.Type)
	return x.cte(fmt.Sprintf("SELECT (%s + i * %s)::%s AS %s FROM range(0, CASE WHEN %s <> 0 AND (%s - %s) // %s >= 0 AND NOT (%s < %s AND %s > 0) THEN (%s - %s) // %s + 1 ELSE 0 END) r(i)", lo, step, t, c, step, hi, lo, step, hi, lo, step, hi, lo, step), false)
}

// expand turns values into rows: null gives one row with null, an empty array
// or bag none, a scalar itself, a bag one entry per row. Several zip.
func (x *emitter) expand(n *plan.Expand) string {
	in := x.node(n.In)
	if n.List != nil {
		return x.expandList(n, in)
	}
	var lists, pads, outs []string
	for i, it := range n.Items {
		lists = append(lists, x.elements(it.Expr, n.KV)+" AS l"+strconv.Itoa(i))
		outs = append(outs, fmt.Sprintf("nullif(l%d[i]::VARCHAR, 'null') AS %s", i, column(it.Col.ID)))
		pads = append(pads, fmt.Sprintf("len(l%d)", i))
	}
	// A value that is missing gives one row; only empty ones give none.
	longest := pads[0]
	if len(pads) > 1 {
		longest = "greatest(" + strings.Join(pads, ", ") + ")"
	}
	inner := x.cte("SELECT *, "+strings.Join(lists, ", ")+" FROM "+in, false)
	count := longest
	if n.Limit > 0 {
		count = "least(" + longest + ", " + strconv.FormatInt(n.Limit, 10) + ")"
	}
	rows := x.cte("SELECT *, unnest(range(1, "+count+" + 1)) AS i FROM "+inner, false)
	var cols []string
	for _, c := range n.In.Cols() {
		cols = append(cols, column(c.ID))
	}
	cols = append(cols, outs...)
	if n.Index != nil {
		cols = append(cols, "i - 1 AS "+column(n.Index.ID))
	}
	return x.cte("SELECT "+strings.Join(cols, ", ")+" FROM "+rows, false)
}

// elements is the list of JSON values that a dynamic expands to.
func (x *emitter) elements(e plan.Expr, kv bool) string { return elementsOf(x.expr(e), kv) }

func elementsOf(v string, kv bool) string {
	// A JSON pointer takes any key as it is; a path would read * as a wildcard.
	entry := "k, json_extract(" + v + ", '/' || replace(replace(k, '~', '~0'), '/', '~1'))"
	if kv {
		entry = "json_array(" + entry + ")"
	} else {
		entry = "json_object(" + entry + ")"
	}
	return "(CASE json_type(" + v + ") WHEN 'ARRAY' THEN json_extract(" + v + ", '$[*]') WHEN 'OBJECT' THEN list_transform(json_keys(" + v + "), k -> " + entry + "::JSON) ELSE [" + v + "::JSON] END)"
}
