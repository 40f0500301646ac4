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
