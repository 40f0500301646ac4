package builtin

import (
	"encoding/json"
	"regexp"
	"strings"
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
	if o.KV == "" {
		o.KV = "="
	}
	if o.Greedy {
		greedyKV(s, o, out)
		return encode(out)
	}
	for len(s) > 0 {
		i := strings.Index(s, o.KV)
		if i < 0 {
			break
		}
		key := s[:i]
		if o.Pair != "" {
			if j := strings.LastIndex(key, o.Pair); j >= 0 {
				key = key[j+len(o.Pair):]
			}
		}
		var v string
		v, s = kvValue(s[i+len(o.KV):], o)
		keep(out, strings.Trim(strings.TrimSpace(key), o.Quote), v)
	}
	return encode(out)
}

// keep takes the first value of each key.
func keep(b *bag, key, v string) {
	if _, there := b.get(key); !there && key != "" {
		b.set(key, v)
	}
}

// kvValue reads a value, quoted or up to the next pair.
func kvValue(s string, o kvOptions) (value, rest string) {
	open, end := "", ""
	if len(o.Quote) > 0 {
		open, end = o.Quote[:1], o.Quote[len(o.Quote)-1:]
	}
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
		return s, ""
	}
	if i := strings.Index(s, o.Pair); i >= 0 {
		return s[:i], s[i+len(o.Pair):]
	}
	return s, ""
}

// greedyKV lets values hold the pair delimiter: a value goes on until the next
// word that is followed by the key delimiter.
func greedyKV(s string, o kvOptions, out *bag) {
	re, err := Regex(`(?:^|` + regexp.QuoteMeta(o.Pair) + `)([^` + regexp.QuoteMeta(o.Pair+o.KV) + `]+)` + regexp.QuoteMeta(o.KV))
	if err != nil {
		return
	}
	at := re.FindAllStringSubmatchIndex(s, -1)
	for i, m := range at {
		end := len(s)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		keep(out, strings.TrimSpace(s[m[2]:m[3]]), s[m[1]:end])
	}
}

// ParseGuid reads a guid with or without braces and dashes and gives its
// lower-case form.
func ParseGuid(s string) (string, bool) {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), "{}()"))
	if len(s) == 32 {
		s = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	if len(s) != 36 {
		return "", false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if hex := s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f'; dash != (s[i] == '-') || !dash && !hex {
			return "", false
		}
	}
	return s, true
}
