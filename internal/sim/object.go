package sim

import (
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose members keep their order, as the services'
// own output does.
type object []member

type member struct {
	name  string
	value any
}

// appendJSON appends a value: nil, bool, int, float64, string, []string,
// []any, object, or a list of objects.
func appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	case string:
		return appendText(dst, v)
	case object:
		dst = append(dst, '{')
		for i, m := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, m.name), ':')
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	case []string:
		return appendList(dst, len(v), func(dst []byte, i int) []byte { return appendText(dst, v[i]) })
	case []any:
		return appendList(dst, len(v), func(dst []byte, i int) []byte { return appendJSON(dst, v[i]) })
	case []object:
		return appendList(dst, len(v), func(dst []byte, i int) []byte { return appendJSON(dst, v[i]) })
	}
	panic("a value of no JSON kind")
}

func appendList(dst []byte, n int, item func([]byte, int) []byte) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item(dst, i)
	}
	return append(dst, ']')
}

func appendText(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// text is a value as modifiedProperties holds it: JSON inside a string.
func text(v any) string { return string(appendJSON(nil, v)) }
