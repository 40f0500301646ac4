package rawjson

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is a value of a document. The zero Value is a missing one, and asking
// a value for something that it has not gives a missing or zero value.
type Value struct {
	d *Doc
	i int32
}

func (v Value) node() *node { return &v.d.nodes[v.i] }

// Kind tells what the value is.
func (v Value) Kind() Kind {
	if v.d == nil {
		return Missing
	}
	return v.node().kind
}

// Exists reports whether the value is there and not null.
func (v Value) Exists() bool { return v.Kind() > Null }

// Len is the number of members or elements.
func (v Value) Len() int {
	if v.d == nil {
		return 0
	}
	return int(v.node().count)
}

// Raw is the value's text as it stands in the input.
func (v Value) Raw() []byte {
	if v.d == nil {
		return nil
	}
	n := v.node()
	if n.kind == String {
		return v.d.data[n.start-1 : n.end+1]
	}
	return v.d.data[n.start:n.end]
}

// Get returns the member of that exact name. Of several, the last one counts.
func (v Value) Get(name string) Value { return v.find(name, false) }

// GetFold is Get with ASCII letter case ignored; an exact match is preferred.
func (v Value) GetFold(name string) Value {
	if m := v.find(name, false); m.d != nil {
		return m
	}
	return v.find(name, true)
}

func (v Value) find(name string, fold bool) (out Value) {
	if v.Kind() != Object {
		return Value{}
	}
	end := v.node().next
	for i := v.i + 1; i < end; {
		k := &v.d.nodes[i]
		val := i + 1
		raw := v.d.data[k.start:k.end]
		if !k.escaped {
			if string(raw) == name || fold && len(raw) == len(name) && strings.EqualFold(string(raw), name) {
				out = Value{v.d, val}
			}
		} else if s := unescape(raw); s == name || fold && strings.EqualFold(s, name) {
			out = Value{v.d, val}
		}
		i = v.d.nodes[val].next
	}
	return out
}

// Path follows member names.
func (v Value) Path(names ...string) Value {
	for _, n := range names {
		v = v.Get(n)
	}
	return v
}

// Index returns an element of an array.
func (v Value) Index(n int) Value {
	if v.Kind() != Array || n < 0 || n >= v.Len() {
		return Value{}
	}
	i := v.i + 1
	for ; n > 0; n-- {
		i = v.d.nodes[i].next
	}
	return Value{v.d, i}
}

// Members calls fn for each member until it returns false.
func (v Value) Members(fn func(name string, m Value) bool) {
	if v.Kind() != Object {
		return
	}
	end := v.node().next
	for i := v.i + 1; i < end; {
		k := &v.d.nodes[i]
		name := string(v.d.data[k.start:k.end])
		if k.escaped {
			name = unescape(v.d.data[k.start:k.end])
		}
		if !fn(name, Value{v.d, i + 1}) {
			return
		}
		i = v.d.nodes[i+1].next
	}
}

// Each is Members without making strings: name is only valid during the call.
func (v Value) Each(fn func(name []byte, m Value) bool) {
	if v.Kind() != Object {
		return
	}
	end := v.node().next
	for i := v.i + 1; i < end; {
		k := &v.d.nodes[i]
		name := v.d.data[k.start:k.end]
		if k.escaped {
			name = []byte(unescape(name))
		}
		if !fn(name, Value{v.d, i + 1}) {
			return
		}
		i = v.d.nodes[i+1].next
	}
}

// Elements calls fn for each element until it returns false.
func (v Value) Elements(fn func(e Value) bool) {
	if v.Kind() != Array {
		return
	}
	end := v.node().next
	for i := v.i + 1; i < end; i = v.d.nodes[i].next {
		if !fn(Value{v.d, i}) {
			return
		}
	}
}

// Str is the text of a string, "" for anything else.
func (v Value) Str() string {
	if v.Kind() != String {
		return ""
	}
	n := v.node()
	if n.escaped {
		if v.d.valid && strings.IndexByte(v.d.text[n.start:n.end], '\\') < 0 {
			return v.d.text[n.start:n.end]
		}
		return unescape(v.d.data[n.start:n.end])
	}
	return v.part(n.start, n.end)
}

// part is a stretch of the input as a string.
func (v Value) part(start, end int32) string {
	if v.d.text != "" {
		return v.d.text[start:end]
	}
	return string(v.d.data[start:end])
}

// Text is the value as a string column shows it: a string's text, a number or
// boolean as written, an array or object as compact JSON, "" for null.
func (v Value) Text() string {
	switch v.Kind() {
	case String:
		return v.Str()
	case Missing, Null:
		return ""
	case Array, Object:
		return v.JSON()
	}
	n := v.node()
	return v.part(n.start, n.end)
}

// JSON is the value as compact JSON text.
func (v Value) JSON() string {
	if v.d != nil && v.d.valid {
		if n := v.node(); n.kind == String {
			return v.d.text[n.start-1 : n.end+1]
		} else if !n.loose {
			return v.d.text[n.start:n.end]
		}
	}
	return string(v.Compact(nil))
}

// Int is a number or numeric text that is a whole number in range.
func (v Value) Int() (int64, bool) {
	switch v.Kind() {
	case Number, String:
		n, err := strconv.ParseInt(strings.TrimSpace(v.Text()), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Compact appends the value as JSON without insignificant white space.
// Numbers stand as written; invalid UTF-8 is replaced by U+FFFD.
func (v Value) Compact(dst []byte) []byte {
	switch v.Kind() {
	case Missing:
		return append(dst, "null"...)
	case String:
		n := v.node()
		raw := v.d.data[n.start:n.end]
		dst = append(dst, '"')
		if n.escaped && !utf8.Valid(raw) {
			raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
		}
		return append(append(dst, raw...), '"')
	case Array:
		dst = append(dst, '[')
		first := true
		v.Elements(func(e Value) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = e.Compact(dst)
			return true
		})
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		end := v.node().next
		for i := v.i + 1; i < end; i = v.d.nodes[i+1].next {
			if i > v.i+1 {
				dst = append(dst, ',')
			}
			dst = Value{v.d, i}.Compact(dst)
			dst = append(dst, ':')
			dst = Value{v.d, i + 1}.Compact(dst)
		}
		return append(dst, '}')
	}
	return append(dst, v.Raw()...)
}

func unescape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		c := b[i]
		if c != '\\' {
			if c < utf8.RuneSelf {
				out = append(out, c)
				i++
				continue
			}
			r, n := utf8.DecodeRune(b[i:])
			out = utf8.AppendRune(out, r)
			i += n
			continue
		}
		switch e := b[i+1]; e {
		case 'u':
			r := hexRune(b[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				second := rune(utf8.RuneError)
				if i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' {
					second = hexRune(b[i+2:])
				}
				if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
					r = pair
					i += 6
				} else {
					r = utf8.RuneError
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			switch e {
			case 'b':
				e = '\b'
			case 'f':
				e = '\f'
			case 'n':
				e = '\n'
			case 'r':
				e = '\r'
			case 't':
				e = '\t'
			}
			out = append(out, e)
			i += 2
		}
	}
	return string(out)
}

func hexRune(b []byte) rune {
	return rune(hexDigit(b[0])<<12 | hexDigit(b[1])<<8 | hexDigit(b[2])<<4 | hexDigit(b[3]))
}

// Append appends s as a JSON string.
func Append(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
