package bind

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

// maxDynamic is how deep a dynamic literal nests.
const maxDynamic = 200

// dynamic reads the inside of dynamic(...) and gives JSON, nil for null. It is
// JSON but for the strings, which are those of the language and join where
// they stand side by side, and for literals such as datetime(...) and 1h. A
// comma may stand behind the last element.
func (b *binder) dynamic(s string) (any, bool) {
	r := &dynamicReader{b: b, toks: token.Scan(s)}
	v, ok := r.value(0)
	if !ok || r.tok().Kind != token.EOF {
		if n, ok := builtin.ParseTimespan(s); ok {
			return strconv.Quote(builtin.FormatTimespan(n)), true
		}
		return nil, false
	}
	if v == "null" {
		return nil, true
	}
	return v, true
}

type dynamicReader struct {
	b    *binder
	toks []token.Token
	i    int
}

func (r *dynamicReader) tok() token.Token { return r.toks[r.i] }

// take moves past an operator.
func (r *dynamicReader) take(op string) bool {
	if t := r.tok(); t.Kind == token.Op && t.Text == op {
		r.i++
		return true
	}
	return false
}

func quoted(s string) string {
	var w strings.Builder
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSpace(w.String())
}

func (r *dynamicReader) value(depth int) (string, bool) {
	if depth > maxDynamic {
		return "", false
	}
	switch t := r.tok(); {
	case t.Kind == token.String:
		var text string
		for ; r.tok().Kind == token.String; r.i++ {
			text += r.tok().Text
		}
		return quoted(text), true
	case r.take("["):
		return r.array(depth)
	case r.take("{"):
		return r.bag(depth)
	case r.take("-"):
		v, ok := r.number()
		return "-" + v, ok
	case t.Kind == token.Number:
		return r.number()
	case t.Kind == token.Span, t.Kind == token.Literal:
		r.i++
		return r.literal(t)
	case t.Kind == token.Ident:
		r.i++
		if w := strings.ToLower(t.Text); w == "true" || w == "false" || t.Text == "null" {
			return w, true
		}
	}
	return "", false
}

// number reads digits; JSON has neither hexadecimal ones nor zeros in front
// nor a point at the end.
func (r *dynamicReader) number() (string, bool) {
	t := r.tok()
	if t.Kind != token.Number {
		return "", false
	}
	r.i++
	s := t.Text
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		n, err := strconv.ParseInt(s[2:], 16, 64)
		return strconv.FormatInt(n, 10), err == nil
	}
	if i := strings.IndexByte(s, '.'); i >= 0 && (i == len(s)-1 || s[i+1] == 'e' || s[i+1] == 'E') {
		s = s[:i+1] + "0" + s[i+1:]
	}
	for len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' {
		s = s[1:]
	}
	return s, json.Valid([]byte(s))
}

func (r *dynamicReader) array(depth int) (string, bool) {
	var out []string
	for !r.take("]") {
		v, ok := r.value(depth + 1)
		if !ok {
			return "", false
		}
		out = append(out, v)
		if !r.take(",") {
			if !r.take("]") {
				return "", false
			}
			break
		}
	}
	return "[" + strings.Join(out, ",") + "]", true
}

func (r *dynamicReader) bag(depth int) (string, bool) {
	var out []string
	at := map[string]int{}
	for !r.take("}") {
		key := r.tok()
		if r.i++; key.Kind != token.String || !r.take(":") {
			return "", false
		}
		v, ok := r.value(depth + 1)
		if !ok {
			return "", false
		}
		pair := quoted(key.Text) + ":" + v
		if i, twice := at[key.Text]; twice { // the last one holds
			out[i] = pair
		} else {
			at[key.Text] = len(out)
			out = append(out, pair)
		}
		if !r.take(",") {
			if !r.take("}") {
				return "", false
			}
			break
		}
	}
	return "{" + strings.Join(out, ",") + "}", true
}

// literal writes a constant of another type as a dynamic holds it.
func (r *dynamicReader) literal(t token.Token) (string, bool) {
	lit := &ast.Lit{Type: types.Timespan, Text: t.Text}
	if t.Kind == token.Literal {
		if t.Text == "dynamic" {
			in := &dynamicReader{b: r.b, toks: token.Scan(t.Raw)}
			v, ok := in.value(1)
			return v, ok && in.tok().Kind == token.EOF
		}
		lit.Type, _ = types.Parse(t.Text)
		lit.Text, lit.Null = t.Raw, t.Raw == "null"
		if lit.Type == types.Int || lit.Type == types.Decimal { // no dynamic holds them
			return "", false
		}
	}
	before := len(r.b.problems)
	e := r.b.literal(lit)
	r.b.problems = r.b.problems[:before]
	c, ok := e.(*plan.Const)
	if !ok || e == bad {
		return "", false
	}
	switch v := c.V.(type) {
	case nil:
		return "null", true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		switch c.T {
		case types.Datetime:
			return quoted(builtin.FormatDatetime(v)), true
		case types.Timespan:
			return quoted(builtin.FormatTimespan(v)), true
		}
		return strconv.FormatInt(v, 10), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return quoted(builtin.FormatReal(v)), true
		}
		return builtin.FormatReal(v), true
	case string:
		return quoted(v), true
	}
	return "", false
}
