package builtin

import (
	"strings"
)

// Compact reads text as parse_json does and gives the dynamic's compact JSON.
// It is false for null: the empty text and the word null.
//
// parse_json runs on every row of many queries, and most text is compact
// already, so a scan over the bytes decides that without building a tree.
func Compact(text string) (string, bool) {
	if text == "" {
		return "", false
	}
	c := compactor{r: reader{s: text}}
	ok := c.value()
	if ok && c.r.i < len(text) {
		c.r.space()
		c.slow = true
	}
	switch {
	case !ok || c.r.i != len(text):
		return string(appendString(make([]byte, 0, len(text)+2), text)), true
	case c.slow:
		v, _ := parseJSON(text)
		if v == nil {
			return "", false
		}
		return string(appendJSON(make([]byte, 0, len(text)), whole(v))), true
	}
	return text, true
}

// compactor checks that text is JSON. What would be written differently than
// it is read (space, escapes, reals, repeated keys) makes it slow, but the
// check goes on.
type compactor struct {
	r    reader
	slow bool
	keys []string // of all objects that are open
}

func (c *compactor) next(b byte) bool {
	if at := c.r.i; at < len(c.r.s) && c.r.s[at] == b {
		c.r.i++
		return true
	}
	at := c.r.i
	c.r.space()
	if c.r.i > at {
		c.slow = true
	}
	if c.r.i < len(c.r.s) && c.r.s[c.r.i] == b {
		c.r.i++
		return true
	}
	return false
}

func (c *compactor) value() bool {
	r := &c.r
	if r.i < len(r.s) && r.s[r.i] <= ' ' {
		r.space()
		c.slow = true
	}
	if r.i >= len(r.s) || r.depth >= maxDepth {
		return false
	}
	r.depth++
	defer func() { r.depth-- }()
	switch b := r.s[r.i]; {
	case b == '"':
		_, ok := c.str()
		return ok
	case b == '{':
		return c.object()
	case b == '[':
		r.i++
		if c.next(']') {
			return true
		}
		for {
			if !c.value() {
				return false
			}
			if c.next(']') {
				return true
			}
			if !c.next(',') {
				return false
			}
		}
	case b == '-' || b >= '0' && b <= '9':
		return c.number()
	case b == 'n':
		// Alone it is null, which has no text.
		c.slow = c.slow || r.depth == 1
		return c.word("null")
	case b == 't':
		return c.word("true")
	case b == 'f':
		return c.word("false")
	}
	return false
}

func (c *compactor) word(w string) bool {
	if !strings.HasPrefix(c.r.s[c.r.i:], w) {
		return false
	}
	c.r.i += len(w)
	return true
}

// manyKeys is from where on looking for a repeated key costs more than a tree.
const manyKeys = 48

func (c *compactor) object() bool {
	c.r.i++
	if c.next('}') {
		return true
	}
	first := len(c.keys)
	defer func() { c.keys = c.keys[:first] }()
	for {
		if c.r.i < len(c.r.s) && c.r.s[c.r.i] <= ' ' {
			c.r.space()
			c.slow = true
		}
		if c.r.i >= len(c.r.s) || c.r.s[c.r.i] != '"' {
			return false
		}
		key, ok := c.str()
		if !ok || !c.next(':') {
			return false
		}
		if !c.slow {
			for _, k := range c.keys[first:] {
				if k == key {
					c.slow = true
				}
			}
			c.keys = append(c.keys, key)
			c.slow = c.slow || len(c.keys)-first > manyKeys
		}
		if !c.value() {
			return false
		}
		if c.next('}') {
			return true
		}
		if !c.next(',') {
			return false
		}
	}
}

// str skips a string and gives what stands between the quotes if nothing in it
// needs a rewrite.
func (c *compactor) str() (string, bool) {
	r := &c.r
	for i := r.i + 1; i < len(r.s); i++ {
		switch b := r.s[i]; {
		case b == '"':
			s := r.s[r.i+1 : i]
			r.i = i + 1
			return s, true
		case b == '\\' || b < 0x20 || b >= 0x80:
			// The reader knows escapes; bytes of no character change as well.
			v, ok := r.str()
			if s, isString := v.(string); ok && isString && !c.slow {
				from := r.i - len(s) - 2
				c.slow = b == '\\' || !sameBytes(r.s, from, s)
				return s, true
			}
			return "", ok
		}
	}
	return "", false
}

// sameBytes tells whether s, written as JSON, is what stands at from.
func sameBytes(text string, from int, s string) bool {
	return from >= 0 && text[from+1:from+1+len(s)] == s && len(appendString(nil, s)) == len(s)+2
}

// number skips a number; one with a fraction, an exponent, a sign of zero or
// many digits may be written differently.
func (c *compactor) number() bool {
	from := c.r.i
	if _, ok := c.r.number(); !ok {
		return false
	}
	s := c.r.s[from:c.r.i]
	if len(s) > 18 || strings.ContainsAny(s, ".eE") || s == "-0" {
		c.slow = true
	}
	return true
}
