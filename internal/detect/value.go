package detect

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// fill puts values for the placeholders of a template, or of the default where
// there is no template.
func fill(template, other string, t *Table, rows []query.Row) string {
	if template == "" {
		template = other
	}
	return rule.Placeholder.ReplaceAllStringFunc(template, func(p string) string {
		column := rule.Placeholder.FindStringSubmatch(p)[1]
		if t.Index(column) < 0 {
			return p
		}
		return strings.Join(values(t, rows, column), ", ")
	})
}

// values lists the distinct values of a column in the rows, lists taken apart.
func values(t *Table, rows []query.Row, column string) []string {
	i := t.Index(column)
	if i < 0 {
		return nil
	}
	var out []string
	for _, row := range rows {
		for _, v := range elements(t.Columns[i].Type, row[i]) {
			if v == "" || slices.Contains(out, v) {
				continue
			}
			if len(out) == maxValues {
				return append(out, "…")
			}
			out = append(out, v)
		}
	}
	return out
}

// elements takes a cell apart that is a list.
func elements(typ kql.Type, cell any) []string {
	s, ok := cell.(string)
	if typ != kql.Dynamic || !ok || !strings.HasPrefix(s, "[") {
		return []string{query.Text(typ, cell)}
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(s), &list) != nil {
		return []string{s}
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = query.Text(kql.Dynamic, string(e))
	}
	return out
}

// times are the columns that say when evidence began or ended.
var times = []string{"timegenerated", "starttime", "endtime", "starttimeutc", "endtimeutc", "firstseen", "lastseen", "min_timegenerated", "max_timegenerated", "timestamp"}

// span is the time of the evidence: from the least to the greatest time that
// the rows state, or the window where they state none.
func span(t *Table, rows []query.Row, from, to time.Time) (time.Time, time.Time) {
	var lo, hi int64
	for i, c := range t.Columns {
		if c.Type != kql.Datetime || !slices.Contains(times, strings.ToLower(c.Name)) {
			continue
		}
		for _, row := range rows {
			if v, ok := row[i].(int64); ok {
				if lo == 0 || v < lo {
					lo = v
				}
				hi = max(hi, v)
			}
		}
	}
	if lo == 0 {
		return from, to
	}
	return schema.Time(lo), schema.Time(hi)
}

// object writes a row as a JSON object.
func object(t *Table, row query.Row) json.RawMessage {
	b := []byte("{")
	for i, c := range t.Columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(query.AppendJSON(b, kql.String, c.Name), ':')
		b = query.AppendJSON(b, c.Type, row[i])
	}
	return append(b, '}')
}
