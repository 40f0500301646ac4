package row

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Reader reads cells by the name of their column.
type Reader struct {
	t     *detect.Table
	index map[string]int
}

// Read makes a reader of a table that has all the columns.
func Read(t *detect.Table, columns ...string) (Reader, error) {
	r := Reader{t, make(map[string]int, len(t.Columns))}
	for i, c := range t.Columns {
		r.index[c.Name] = i
	}
	for _, c := range columns {
		if _, ok := r.index[c]; !ok {
			return r, fmt.Errorf("missing column %q: the rule's query must give it", c)
		}
	}
	return r, nil
}

func (r Reader) cell(row query.Row, column string) any {
	if i, ok := r.index[column]; ok {
		return row[i]
	}
	return nil
}

// Text is a cell as text, "" where there is none.
func (r Reader) Text(row query.Row, column string) string {
	i, ok := r.index[column]
	if !ok {
		return ""
	}
	return query.Text(r.t.Columns[i].Type, row[i])
}

// Time is a datetime in UTC, the zero time where there is none.
func (r Reader) Time(row query.Row, column string) time.Time {
	if n, ok := r.cell(row, column).(int64); ok {
		return schema.Time(n)
	}
	return time.Time{}
}

// Int is a whole number, also one written as text; 0 where there is none.
func (r Reader) Int(row query.Row, column string) int64 {
	switch v := r.cell(row, column).(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	case string:
		n, _ := strconv.ParseInt(strings.Trim(v, `" `), 10, 64) // no number is none
		return n
	}
	return 0
}

// Float is a number, and whether there is one.
func (r Reader) Float(row query.Row, column string) (float64, bool) {
	switch v := r.cell(row, column).(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// Bool is true only where the cell is.
func (r Reader) Bool(row query.Row, column string) bool {
	b, _ := r.cell(row, column).(bool)
	return b
}

// List is a dynamic array of texts.
func (r Reader) List(row query.Row, column string) []string {
	s, ok := r.cell(row, column).(string)
	if !ok {
		return nil
	}
	var parts []any
	if json.Unmarshal([]byte(s), &parts) != nil {
		return nil
	}
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		if t := fmt.Sprint(p); p != nil && t != "" {
			out = append(out, t)
		}
	}
	return out
}

// Table is an empty table whose columns are written "Name:type".
func Table(columns ...string) *detect.Table {
	t := &detect.Table{}
	for _, c := range columns {
		name, typ, _ := strings.Cut(c, ":")
		t.Columns = append(t.Columns, kql.Column{Name: name, Type: types(typ)})
	}
	return t
}

func types(s string) kql.Type {
	switch s {
	case "datetime":
		return kql.Datetime
	case "long":
		return kql.Long
	case "real":
		return kql.Real
	case "bool":
		return kql.Bool
	case "dynamic":
		return kql.Dynamic
	}
	return kql.String
}

// Add appends a row of values in the order of the columns: texts, int, int64,
// float64, bool, time.Time, and for a dynamic column whatever encodes as JSON.
func Add(t *detect.Table, values ...any) error {
	if len(values) != len(t.Columns) {
		return fmt.Errorf("row of %d values for %d columns", len(values), len(t.Columns))
	}
	out := make(query.Row, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case time.Time:
			out[i] = schema.TicksOf(v)
		case int:
			out[i] = int64(v)
		case string, int64, float64, bool:
			out[i] = v
		}
		if t.Columns[i].Type == kql.Dynamic {
			b, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
			}
			out[i] = string(b)
		}
	}
	t.Rows = append(t.Rows, out)
	return nil
}
