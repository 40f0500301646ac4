package builtin

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting: deeper text counts as invalid.
const maxDepth = 512

// bag is a property bag that remembers the order of its keys.
type bag struct {
	keys []string
	vals []any
	at   map[string]int // nil while the bag is small
}

func (b *bag) index(key string) int {
	if b.at != nil {
		if i, ok := b.at[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range b.keys {
		if k == key {
			return i
		}
	}
	return -1
}

func (b *bag) get(key string) (any, bool) {
	if i := b.index(key); i >= 0 {
		return b.vals[i], true
	}
	return nil, false
}

// set replaces a value in place or appends it.
func (b *bag) set(key string, v any) {
	if i := b.index(key); i >= 0 {
		b.vals[i] = v
		return
	}
	b.keys, b.vals = append(b.keys, key), append(b.vals, v)
	if b.at != nil {
		b.at[key] = len(b.keys) - 1
	} else if len(b.keys) > 12 {
		b.at = make(map[string]int, 32)
		for i, k := range b.keys {
			b.at[k] = i
		}
	}
}

func makeBag(kv ...any) *bag {
	b := &bag{}
	for i := 0; i+1 < len(kv); i += 2 {
		b.set(kv[i].(string), kv[i+1])
	}
	return b
}

// decode reads a dynamic's text into nil, bool, int64, float64, string, []any
// and *bag. Text that is not JSON is a string; "" is null.
func decode(s string) any {
	if s == "" {
		return nil
	}
	if v, ok := parseJSON(s); ok {
		return v
	}
	return s
}

// encode writes a tree as compact JSON, null as nil.
func encode(v any) any {
	if v == nil {
		return nil
	}
	return string(appendJSON(nil, v))
}

// whole turns reals without a fraction into longs, as parse_json does.
func whole(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return int64(v)
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case *bag:
		for i := range v.vals {
			v.vals[i] = whole(v.vals[i])
		}
	}
	return v
}

// JSONPath follows keys (string) and indexes (int, negative from the end) into
// a dynamic and gives the dynamic found there, or false where nothing or null
// is.
func JSONPath(text string, path ...any) (string, bool) {
	v := decode(text)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			b, ok := v.(*bag)
			if !ok {
				return "", false
			}
			v, _ = b.get(step)
		case int:
			v = element(v, int64(step))
		default:
			return "", false
		}
	}
	if v == nil {
		return "", false
	}
	return string(appendJSON(nil, v)), true
}

func element(v any, i int64) any {
	a, ok := v.([]any)
	if i < 0 {
		i += int64(len(a))
	}
	if !ok || i < 0 || i >= int64(len(a)) {
		return nil
	}
	return a[i]
}

// text is tostring of a dynamic: bare text of a string, JSON of anything else.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return string(appendJSON(nil, v))
}

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		// JSON has no word for these; Kusto writes them as strings.
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return appendString(b, FormatReal(v))
		}
		return append(b, FormatReal(v)...)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case []float64:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case *bag:
		b = append(b, '{')
		for i, k := range v.keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(append(appendString(b, k), ':'), v.vals[i])
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

// reader is a recursive-descent JSON parser over s.
type reader struct {
	s     string
	i     int
	depth int
}

func parseJSON(s string) (any, bool) {
	r := reader{s: s}
	v, ok := r.value()
	if !ok {
		return nil, false
	}
	r.space()
	return v, r.i == len(s)
}

func (r *reader) space() {
	for r.i < len(r.s) {
		switch r.s[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

func (r *reader) word(w string, v any) (any, bool) {
	if strings.HasPrefix(r.s[r.i:], w) {
		r.i += len(w)
		return v, true
	}
	return nil, false
}

// next skips space and takes c if it comes.
func (r *reader) next(c byte) bool {
	r.space()
	if r.i < len(r.s) && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

func (r *reader) value() (any, bool) {
	r.space()
	if r.i >= len(r.s) || r.depth >= maxDepth {
		return nil, false
	}
	r.depth++
	defer func() { r.depth-- }()
	switch c := r.s[r.i]; {
	case c == '"':
		return r.str()
	case c == '{':
		return r.object()
	case c == '[':
		return r.array()
	case c == 't':
		return r.word("true", true)
	case c == 'f':
		return r.word("false", false)
	case c == 'n':
		return r.word("null", nil)
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	return nil, false
}

func (r *reader) array() (any, bool) {
	r.i++
	out := []any{}
	if r.next(']') {
		return out, true
	}
	for {
		v, ok := r.value()
		if !ok {
			return nil, false
		}
		out = append(out, v)
		if r.next(']') {
			return out, true
		}
		if !r.next(',') {
			return nil, false
		}
	}
}

func (r *reader) object() (any, bool) {
	r.i++
	out := &bag{}
	if r.next('}') {
		return out, true
	}
	for {
		r.space()
		if r.i >= len(r.s) || r.s[r.i] != '"' {
			return nil, false
		}
		k, ok := r.str()
		if !ok || !r.next(':') {
			return nil, false
		}
		v, ok := r.value()
		if !ok {
			return nil, false
		}
		out.set(k.(string), v)
		if r.next('}') {
			return out, true
		}
		if !r.next(',') {
			return nil, false
		}
	}
}

func (r *reader) number() (any, bool) {
	from := r.i
	if r.s[r.i] == '-' {
		r.i++
	}
	digits := func() int {
		n := 0
		for r.i < len(r.s) && r.s[r.i] >= '0' && r.s[r.i] <= '9' {
			r.i, n = r.i+1, n+1
		}
		return n
	}
	lead := r.i
	n := digits()
	if n == 0 || n > 1 && r.s[lead] == '0' {
		return nil, false
	}
	whole := true
	if r.i < len(r.s) && r.s[r.i] == '.' {
		r.i, whole = r.i+1, false
		if digits() == 0 {
			return nil, false
		}
	}
	if r.i < len(r.s) && (r.s[r.i] == 'e' || r.s[r.i] == 'E') {
		r.i, whole = r.i+1, false
		if r.i < len(r.s) && (r.s[r.i] == '+' || r.s[r.i] == '-') {
			r.i++
		}
		if digits() == 0 {
			return nil, false
		}
	}
	if whole {
		if n, err := strconv.ParseInt(r.s[from:r.i], 10, 64); err == nil {
			return n, true
		}
	}
	f, err := strconv.ParseFloat(r.s[from:r.i], 64)
	return f, err == nil
}

func (r *reader) str() (any, bool) {
	r.i++
	from := r.i
	for r.i < len(r.s) && r.s[r.i] != '"' && r.s[r.i] != '\\' && r.s[r.i] >= 0x20 {
		r.i++
	}
	if r.i < len(r.s) && r.s[r.i] == '"' {
		r.i++
		return r.s[from : r.i-1], true
	}
	b := []byte(r.s[from:r.i])
	for r.i < len(r.s) {
		c := r.s[r.i]
		r.i++
		switch {
		case c == '"':
			return string(b), true
		case c < 0x20:
			return nil, false
		case c != '\\':
			b = append(b, c)
			continue
		}
		if r.i >= len(r.s) {
			return nil, false
		}
		c = r.s[r.i]
		r.i++
		switch c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			u, ok := r.hex4()
			if !ok {
				return nil, false
			}
			if utf16.IsSurrogate(u) && strings.HasPrefix(r.s[r.i:], `\u`) {
				at := r.i
				r.i += 2
				low, ok := r.hex4()
				if pair := utf16.DecodeRune(u, low); ok && pair != utf8.RuneError {
					u = pair
				} else {
					r.i = at
				}
			}
			b = utf8.AppendRune(b, u)
		default:
			return nil, false
		}
	}
	return nil, false
}

func (r *reader) hex4() (rune, bool) {
	if r.i+4 > len(r.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(r.s[r.i:r.i+4], 16, 16)
	r.i += 4
	return rune(n), err == nil
}
