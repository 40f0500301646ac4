package bind

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

func (b *binder) literal(x *ast.Lit) plan.Expr {
	c := &plan.Const{T: x.Type}
	if x.Null {
		return plan.Null(x.Type)
	}
	ok := true
	raw := strings.TrimSpace(x.Text)
	switch x.Type {
	case types.Bool:
		v, err := strconv.ParseBool(strings.ToLower(raw))
		c.V, ok = v, err == nil
	case types.Long, types.Int:
		c.V, ok = whole(raw, x.Type)
	case types.Real, types.Decimal:
		v, err := strconv.ParseFloat(realNames(raw), 64)
		c.V, ok = v, err == nil
	case types.String:
		c.V = x.Text
	case types.Datetime:
		if raw == "" {
			c.V = b.opt.Now
			break
		}
		if raw == "0" {
			c.V = int64(0)
			break
		}
		c.V, ok = ticks(builtin.ParseDatetime(strings.Trim(raw, `"'`)))
	case types.Timespan:
		c.V, ok = ticks(builtin.ParseTimespan(strings.Trim(raw, `"'`)))
	case types.Guid:
		c.V, ok = builtin.ParseGuid(strings.Trim(raw, `"'`))
	case types.Dynamic:
		c.V, ok = b.dynamic(raw)
	}
	if !ok {
		b.fail("KQL122", x.Span, fmt.Sprintf("%s is not a %s", strconv.Quote(short(x.Text)), x.Type), "")
		return bad
	}
	return c
}

func short(s string) string {
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}

func ticks(n int64, ok bool) (any, bool) { return n, ok }

func whole(s string, t types.Type) (any, bool) {
	base := 10
	if h := strings.TrimPrefix(strings.ToLower(s), "0x"); h != strings.ToLower(s) {
		s, base = h, 16
	}
	v, err := strconv.ParseInt(s, base, 64)
	return v, err == nil && (t == types.Long || v == int64(int32(v)))
}

func realNames(s string) string {
	switch s {
	case "+inf", "inf":
		return "Inf"
	case "-inf":
		return "-Inf"
	}
	return s
}

// dynamic reads the inside of dynamic(...): JSON in which strings may have
// single quotes, with literals such as datetime(...) and timespans as values.
func (b *binder) dynamic(s string) (any, bool) {
	out, ok := looseJSON(s)
	if !ok {
		return nil, false
	}
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		if n, ok := builtin.ParseTimespan(s); ok {
			return strconv.Quote(builtin.FormatTimespan(n)), true
		}
		return nil, false
	}
	if v == nil {
		return nil, true
	}
	var w strings.Builder
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, false
	}
	return strings.TrimSpace(w.String()), true
}

// looseJSON makes JSON of Kusto's dynamic literals.
func looseJSON(s string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"' || c == '\'':
			text, n, ok := looseString(s[i:])
			if !ok {
				return "", false
			}
			out.WriteString(text)
			i += n - 1
		case c == '/' && strings.HasPrefix(s[i:], "//"): // a comment
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				end = len(s) - i
			}
			i += end - 1
		case c == '@' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\''):
			end := strings.IndexByte(s[i+2:], s[i+1])
			if end < 0 {
				return "", false
			}
			q, _ := json.Marshal(s[i+2 : i+2+end])
			out.Write(q)
			i += end + 2
		case c == ']' || c == '}': // a comma may stand before it
			trimmed := strings.TrimRight(out.String(), " \t\r\n")
			if strings.HasSuffix(trimmed, ",") {
				out.Reset()
				out.WriteString(trimmed[:len(trimmed)-1])
			}
			out.WriteByte(c)
		case c == 'd' && strings.HasPrefix(s[i:], "datetime("):
			end := strings.IndexByte(s[i:], ')')
			if end < 0 {
				return "", false
			}
			t, ok := builtin.ParseDatetime(strings.Trim(strings.TrimSpace(s[i+9:i+end]), `"'`))
			if !ok {
				return "", false
			}
			out.WriteString(strconv.Quote(builtin.FormatDatetime(t)))
			i += end
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), true
}

// looseString rewrites a string with either quote as a JSON string.
func looseString(s string) (text string, n int, ok bool) {
	var in strings.Builder
	in.WriteByte('"')
	for j := 1; j < len(s); j++ {
		switch c := s[j]; {
		case c == s[0]:
			in.WriteByte('"')
			return in.String(), j + 1, true
		case c == '\\' && j+1 < len(s):
			j++
			if s[j] == '\'' {
				in.WriteByte('\'')
			} else {
				in.WriteByte('\\')
				in.WriteByte(s[j])
			}
		case c == '"':
			in.WriteString(`\"`)
		case c == '\n':
			in.WriteString(`\n`)
		case c == '\t':
			in.WriteString(`\t`)
		case c == '\r':
			in.WriteString(`\r`)
		default:
			in.WriteByte(c)
		}
	}
	return "", 0, false
}

// elements lists the values of a constant dynamic array as constants; a
// scalar is one element.
func elements(c *plan.Const) []plan.Expr {
	s, ok := c.V.(string)
	if !ok {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]plan.Expr, 0, len(list))
	for _, x := range list {
		switch x := x.(type) {
		case string:
			out = append(out, text(x))
		case bool:
			out = append(out, boolean(x))
		case json.Number:
			if n, err := x.Int64(); err == nil {
				out = append(out, number(n))
			} else if f, err := x.Float64(); err == nil {
				out = append(out, &plan.Const{T: types.Real, V: f})
			}
		case nil:
			out = append(out, plan.Null(types.Dynamic))
		default:
			j, _ := json.Marshal(x)
			out = append(out, &plan.Const{T: types.Dynamic, V: string(j)})
		}
	}
	return out
}
