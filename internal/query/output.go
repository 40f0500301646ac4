package query

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/builtin"
)

// Formats are the names that NewWriter knows.
var Formats = []string{"table", "json", "ndjson", "csv"}

// Writer writes a result: Head once, Row per row, End once.
type Writer interface {
	Head(*Result) error
	Row(Row) error
	End(*Result) error
}

// NewWriter writes results to w in a format of Formats.
func NewWriter(format string, w io.Writer) (Writer, error) {
	b := bufio.NewWriterSize(w, 1<<16)
	switch format {
	case "table":
		return &tableWriter{w: b}, nil
	case "json":
		return &jsonWriter{w: b}, nil
	case "ndjson":
		return &ndjsonWriter{w: b}, nil
	case "csv":
		return &csvWriter{b: b, w: csv.NewWriter(b)}, nil
	}
	return nil, fmt.Errorf("there is no format %q; choose %s", format, strings.Join(Formats, ", "))
}

// AppendJSON writes a cell as JSON: datetime and timespan as Kusto's text,
// dynamic as itself, numbers that JSON cannot say as text.
func AppendJSON(dst []byte, t kql.Type, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		switch t {
		case kql.Datetime, kql.Timespan:
			return append(append(append(dst, '"'), Text(t, v)...), '"')
		}
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(append(append(dst, '"'), builtin.FormatReal(v)...), '"')
		}
		if a := math.Abs(v); a < 1e21 && (a >= 1e-6 || a == 0) {
			return strconv.AppendFloat(dst, v, 'f', -1, 64)
		}
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	case string:
		if t == kql.Dynamic && json.Valid([]byte(v)) {
			return append(dst, v...)
		}
		return appendString(dst, v)
	}
	return appendString(dst, fmt.Sprint(v))
}

func appendString(dst []byte, s string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(dst, strings.TrimSuffix(b.String(), "\n")...)
}

// Text writes a cell for people and for CSV; null is "".
func Text(t kql.Type, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case int64:
		switch t {
		case kql.Datetime:
			return builtin.FormatDatetime(v)
		case kql.Timespan:
			return builtin.FormatTimespan(v)
		}
		return strconv.FormatInt(v, 10)
	case float64:
		return builtin.FormatReal(v)
	case string:
		if t == kql.Dynamic && strings.HasPrefix(v, `"`) {
			var s string
			if json.Unmarshal([]byte(v), &s) == nil {
				return s
			}
		}
		return v
	}
	return fmt.Sprint(v)
}

// ColumnsJSON are columns as programs read them.
func ColumnsJSON(cols []kql.Column) []map[string]string {
	out := make([]map[string]string, len(cols))
	for i, c := range cols {
		out[i] = map[string]string{"name": c.Name, "type": c.Type.String()}
	}
	return out
}

type jsonWriter struct {
	w    *bufio.Writer
	cols []kql.Column
	n    int
	buf  []byte
}

func (j *jsonWriter) Head(r *Result) error {
	j.cols = r.Columns
	c, err := json.Marshal(ColumnsJSON(r.Columns))
	if err != nil {
		return err
	}
	fmt.Fprintf(j.w, `{"columns":%s,"rows":[`, c)
	return nil
}

func (j *jsonWriter) Row(r Row) error {
	j.buf = j.buf[:0]
	if j.n++; j.n > 1 {
		j.buf = append(j.buf, ',')
	}
	j.buf = append(j.buf, "\n["...)
	for i, v := range r {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		j.buf = AppendJSON(j.buf, j.cols[i].Type, v)
	}
	_, err := j.w.Write(append(j.buf, ']'))
	return err
}

func (j *jsonWriter) End(r *Result) error {
	rest, err := json.Marshal(struct {
		Stats       Stats            `json:"stats"`
		Notices     []string         `json:"notices,omitempty"`
		Diagnostics []kql.Diagnostic `json:"diagnostics,omitempty"`
		Render      any              `json:"render,omitempty"`
	}{r.Stats, r.Notices, r.Diagnostics, render(r)})
	if err != nil {
		return err
	}
	fmt.Fprintf(j.w, "],%s\n", rest[1:])
	return j.w.Flush()
}

func render(r *Result) any {
	if r.Render == nil {
		return nil
	}
	return r.Render
}

type ndjsonWriter struct {
	w     *bufio.Writer
	cols  []kql.Column
	names [][]byte
	buf   []byte
}

func (n *ndjsonWriter) Head(r *Result) error {
	n.cols = r.Columns
	for _, c := range r.Columns {
		n.names = append(n.names, appendString(nil, c.Name))
	}
	return nil
}

func (n *ndjsonWriter) Row(r Row) error {
	n.buf = append(n.buf[:0], '{')
	for i, v := range r {
		if i > 0 {
			n.buf = append(n.buf, ',')
		}
		n.buf = append(append(n.buf, n.names[i]...), ':')
		n.buf = AppendJSON(n.buf, n.cols[i].Type, v)
	}
	_, err := n.w.Write(append(n.buf, '}', '\n'))
	return err
}

func (n *ndjsonWriter) End(*Result) error { return n.w.Flush() }

type csvWriter struct {
	b    *bufio.Writer
	w    *csv.Writer
	cols []kql.Column
	rec  []string
}

func (c *csvWriter) Head(r *Result) error {
	c.cols = r.Columns
	c.rec = make([]string, len(r.Columns))
	for i, col := range r.Columns {
		c.rec[i] = formulaSafe(col.Name)
	}
	return c.w.Write(c.rec)
}

func (c *csvWriter) Row(r Row) error {
	for i, v := range r {
		c.rec[i] = Text(c.cols[i].Type, v)
		if _, isText := v.(string); isText {
			c.rec[i] = formulaSafe(c.rec[i])
		}
	}
	return c.w.Write(c.rec)
}

// formulaSafe keeps spreadsheets from running a cell: a text that begins like
// a formula gets an apostrophe before it.
func formulaSafe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (c *csvWriter) End(*Result) error {
	c.w.Flush()
	if err := c.w.Error(); err != nil {
		return err
	}
	return c.b.Flush()
}

// tableWriter draws columns for a terminal. It holds the rows it was given,
// since widths depend on all of them.
type tableWriter struct {
	w    *bufio.Writer
	cols []kql.Column
	rows [][]string
}

// maxWidth is where a cell is cut, with a mark.
const maxWidth = 80

func (t *tableWriter) Head(r *Result) error {
	t.cols = r.Columns
	return nil
}

func (t *tableWriter) Row(r Row) error {
	out := make([]string, len(r))
	for i, v := range r {
		out[i] = printable(Text(t.cols[i].Type, v))
	}
	t.rows = append(t.rows, out)
	return nil
}

// printable makes one line of a cell and takes control characters out, which
// could steer the terminal.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return '\ufffd'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxWidth {
		s = string([]rune(s)[:maxWidth-1]) + "…"
	}
	return s
}

func (t *tableWriter) End(r *Result) error {
	width := make([]int, len(t.cols))
	for i, c := range t.cols {
		width[i] = utf8.RuneCountInString(c.Name)
	}
	for _, row := range t.rows {
		for i, s := range row {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	line := func(cells []string, right bool) {
		var b strings.Builder
		for i, s := range cells {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(s))
			if right && numeric(t.cols[i].Type) {
				b.WriteString(pad + s)
			} else {
				b.WriteString(s + pad)
			}
			b.WriteString("  ")
		}
		fmt.Fprintln(t.w, strings.TrimRight(b.String(), " "))
	}
	names, rules := make([]string, len(t.cols)), make([]string, len(t.cols))
	for i, c := range t.cols {
		names[i], rules[i] = c.Name, strings.Repeat("-", width[i])
	}
	line(names, true)
	line(rules, false)
	for _, row := range t.rows {
		line(row, true)
	}
	what := "rows"
	if r.Stats.Rows == 1 {
		what = "row"
	}
	fmt.Fprintf(t.w, "\n%d %s in %.2f s\n", r.Stats.Rows, what, r.Stats.Seconds+r.Stats.Compile)
	for _, n := range r.Notices {
		fmt.Fprintln(t.w, "note:", n)
	}
	return t.w.Flush()
}

func numeric(t kql.Type) bool {
	return t == kql.Int || t == kql.Long || t == kql.Real || t == kql.Decimal
}
