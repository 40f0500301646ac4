package builtin

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// engineFuncs are functions without a name in Kusto: what the compiler makes
// of operators that no function expresses.
var engineFuncs = []Func{
	// at_key and at_index are d[expr].
	fn("at_key", "ds:d", func(a args) any {
		if b, ok := a.dyn(0).(*bag); ok {
			v, _ := b.get(a.str(1))
			return encode(v)
		}
		return nil
	}),
	fn("at_index", "dl:d", func(a args) any {
		i, ok := a.long(1)
		if !ok {
			return nil
		}
		return encode(element(a.dyn(0), i))
	}),
	// regex_groups gives the groups of the first match as an array of
	// strings, null where there is none.
	fn("regex_groups", "ss:d", func(a args) any {
		re, err := Regex(a.str(1))
		if err != nil {
			return nil
		}
		m := re.FindStringSubmatch(a.str(0))
		if m == nil {
			return nil
		}
		out := make([]any, len(m)-1)
		for i, g := range m[1:] {
			out[i] = g
		}
		return encode(out)
	}),
	fn("parse_kv", "ss:d", func(a args) any { return parseKV(a.str(0), a.str(1)) }),
	fn("toguid", "s:g", func(a args) any {
		if g, ok := ParseGuid(a.str(0)); ok {
			return g
		}
		return nil
	}),
}

// kvOptions are the options of parse-kv.
type kvOptions struct {
	Pair   string `json:"pair"`
	KV     string `json:"kv"`
	Quote  string `json:"quote"`
	Escape string `json:"escape"`
	Greedy bool   `json:"greedy"`
	Regex  string `json:"regex"`
}

// parseKV cuts a text into keys and values. Options is JSON of kvOptions.
func parseKV(s, options string) any {
	var o kvOptions
	if json.Unmarshal([]byte(options), &o) != nil {
		return nil
	}
	out := &bag{}
	if o.Regex != "" {
		re, err := Regex(o.Regex)
		if err != nil {
			return nil
		}
		for _, m := range re.FindAllStringSubmatch(s, -1) {
			if len(m) >= 3 {
				keep(out, m[1], m[2])
			}
		}
		return encode(out)
	}
	if o.Greedy && o.Pair != "" && o.KV != "" {
		greedyKV(s, o, out)
		return encode(out)
	}
	for len(s) > 0 {
		var key, v string
		var ok bool
		if key, s, ok = kvKey(s, o); !ok {
			break
		}
		v, s = kvValue(s, o)
		keep(out, key, v)
	}
	return encode(out)
}

// word tells what a key and a value consist of where no delimiters are given.
func word(r rune) bool { return alnum(r) || r == '_' || r == '-' || r == '.' || r == '/' || r == '@' }

// kvKey reads up to the next key delimiter: the quoted or plain word before it.
func kvKey(s string, o kvOptions) (key, rest string, ok bool) {
	if o.KV == "" { // any character that is no word ends a key
		i := strings.IndexAny(s, ":=")
		if i < 0 {
			return "", "", false
		}
		key, rest = s[:i], s[i+1:]
	} else {
		i := strings.Index(s, o.KV)
		if i < 0 {
			return "", "", false
		}
		key, rest = s[:i], s[i+len(o.KV):]
	}
	key = strings.TrimSpace(key)
	if open, end := quotes(o); open != "" && strings.HasSuffix(key, end) {
		if i := strings.LastIndex(key[:len(key)-1], open); i >= 0 {
			return key[i+1 : len(key)-1], rest, true
		}
	}
	if o.Pair != "" {
		if i := strings.LastIndex(key, o.Pair); i >= 0 {
			key = key[i+len(o.Pair):]
		}
	} else if i := strings.LastIndexFunc(key, func(r rune) bool { return !word(r) }); i >= 0 {
		_, n := utf8.DecodeRuneInString(key[i:])
		key = key[i+n:]
	}
	return strings.TrimSpace(key), rest, true
}

func quotes(o kvOptions) (open, end string) {
	if o.Quote == "" {
		return "", ""
	}
	return o.Quote[:1], o.Quote[len(o.Quote)-1:]
}

// keep takes the first value of each key.
func keep(b *bag, key, v string) {
	if _, there := b.get(key); !there && key != "" {
		b.set(key, v)
	}
}

// kvValue reads a value, quoted or up to the next pair.
func kvValue(s string, o kvOptions) (value, rest string) {
	open, end := quotes(o)
	trimmed := strings.TrimLeft(s, " ")
	if open != "" && strings.HasPrefix(trimmed, open) {
		var w strings.Builder
		for i := 1; i < len(trimmed); i++ {
			switch {
			case o.Escape != "" && strings.HasPrefix(trimmed[i:], o.Escape) && i+len(o.Escape) < len(trimmed):
				i += len(o.Escape)
				w.WriteByte(trimmed[i])
			case trimmed[i:i+1] == end:
				return w.String(), trimmed[i+1:]
			default:
				w.WriteByte(trimmed[i])
			}
		}
		return w.String(), ""
	}
	if o.Pair == "" {
		if i := strings.IndexFunc(trimmed, func(r rune) bool { return !word(r) }); i >= 0 {
			return trimmed[:i], trimmed[i:]
		}
		return trimmed, ""
	}
	if i := strings.Index(s, o.Pair); i >= 0 {
		return s[:i], s[i+len(o.Pair):]
	}
	return s, ""
}

// greedyKV lets values hold the pair delimiter: a value goes on until the last
// pair delimiter before the next key.
func greedyKV(s string, o kvOptions, out *bag) {
	parts := strings.Split(s, o.KV)
	key := parts[0]
	for i, p := range parts[1:] {
		next := ""
		if i < len(parts)-2 {
			if j := strings.LastIndex(p, o.Pair); j >= 0 {
				p, next = p[:j], p[j+len(o.Pair):]
			}
		}
		keep(out, strings.TrimSpace(key), strings.Trim(p, o.Quote))
		key = next
	}
}

// ParseGuid reads a guid with or without braces, with dashes anywhere or none,
// and gives its lower-case form.
func ParseGuid(s string) (string, bool) {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), "{}()"))
	if s = strings.ReplaceAll(s, "-", ""); len(s) != 32 {
		return "", false
	}
	for i := range len(s) {
		if hex := s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f'; !hex {
			return "", false
		}
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:], true
}
