package duckdb

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// noteLists decides for each promoted list of a scan whether it is read as it
// is stored: only where every part's says what its JSON says. Otherwise the
// column is the JSON in all parts, and expandList reads that.
func (x *emitter) noteLists(n *plan.Scan, parts []Part) {
	for _, pr := range n.Promoted {
		if pr.Promotion.Fields == nil {
			continue
		}
		typed := len(parts) > 0
		for _, p := range parts {
			typed = typed && p.JSON == "" && p.fits(pr.Promotion)
		}
		if x.typed == nil {
			x.typed = map[int]bool{}
		}
		x.typed[pr.Col.ID] = typed
	}
}

func (x *emitter) promotedList(pr plan.Promoted, _ Part) string {
	if x.typed[pr.Col.ID] {
		return quoteName(pr.Promotion.Physical)
	}
	col := quoteName(pr.Promotion.Column)
	if len(pr.Promotion.Path) == 0 {
		return "(CASE WHEN json_valid(" + col + ") THEN " + col + " END)"
	}
	return "(CASE WHEN json_valid(" + col + ") THEN nullif(json_extract(" + col + ", " + x.param(jsonPath(promotionSteps(pr.Promotion))) + ")::VARCHAR, 'null') END)"
}

// expandList turns a promoted list into rows: null gives one row of nulls, an
// empty list none.
func (x *emitter) expandList(n *plan.Expand, in string) string {
	src := column(n.List.Ref.ID)
	typed := x.typed[n.List.Ref.ID]
	elements := "coalesce(" + src + ", [NULL])"
	if !typed {
		elements = elementsOf(src, n.KV)
	}
	if n.Limit > 0 {
		elements = "(" + elements + ")[1:" + strconv.FormatInt(n.Limit, 10) + "]"
	}
	var keep []string
	for _, c := range n.In.Cols() {
		if c.ID != n.List.Ref.ID {
			keep = append(keep, column(c.ID))
		}
	}
	if n.Index != nil {
		in = x.cte("SELECT "+strings.Join(append(keep[:len(keep):len(keep)], elements+" AS l0"), ", ")+" FROM "+in, false)
		elements = "l0"
	}
	rows := append(keep[:len(keep):len(keep)], "unnest("+elements+") AS e0")
	if n.Index != nil {
		rows = append(rows, "unnest(range(0, len(l0))) AS "+column(n.Index.ID))
		keep = append(keep, column(n.Index.ID))
	}
	from := x.cte("SELECT "+strings.Join(rows, ", ")+" FROM "+in, false)
	for _, f := range n.List.Fields {
		keep = append(keep, x.member(f, typed)+" AS "+column(f.Col.ID))
	}
	if len(keep) == 0 {
		keep = []string{"1 AS c0"}
	}
	return x.cte("SELECT "+strings.Join(keep, ", ")+" FROM "+from, false)
}

// member reads a member of an element.
func (x *emitter) member(f plan.ListField, typed bool) string {
	text := "e0." + quoteName(f.Name)
	if !typed {
		text = pathText("e0", x.param(jsonPath([]plan.Step{{Key: f.Name}})))
	}
	switch {
	case f.Conv != "":
		return x.conv(f.Conv, text, f.Col.Type)
	case f.Col.Type != types.Dynamic:
		fail("list member %s as %s", f.Name, f.Col.Type)
	case typed:
		return "(CASE WHEN " + text + " IS NOT NULL THEN to_json(" + text + ")::VARCHAR END)"
	}
	return "nullif(json_extract(e0, " + x.param(jsonPath([]plan.Step{{Key: f.Name}})) + ")::VARCHAR, 'null')"
}
