package builtin

import (
	"strings"
	"unicode/utf8"
)

var textFuncs = []Func{
	fn("translate", "sss:s", func(a args) any { return translateChars(a.str(0), a.str(1), a.str(2)) }),
	fn("replace_strings", "sdd:s", func(a args) any { return replaceStrings(a) }),
	fn("strcmp", "ss:l", func(a args) any { return int64(strings.Compare(a.str(0), a.str(1))) }),
	fn("string_size", "s:l", func(a args) any { return int64(len(a.str(0))) }),
	fn("isascii", "s:b", func(a args) any {
		for _, c := range []byte(a.str(0)) {
			if c >= utf8.RuneSelf {
				return false
			}
		}
		return true
	}),
	fn("isutf8", "s:b", func(a args) any { return utf8.ValidString(a.str(0)) }),
	fn("reverse", "s:s", func(a args) any {
		r := []rune(a.str(0))
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
		return string(r)
	}),
	fn("strrep", "sl?s:s", func(a args) any {
		n, ok := a.long(1)
		if !ok || n < 1 {
			return ""
		}
		n = min(n, 1024) // as documented: more are 1024
		return strings.Repeat(a.str(0)+a.str(2), int(n)-1) + a.str(0)
	}),
	fn("unicode_codepoints_from_string", "s:d", func(a args) any {
		out := []any{}
		for _, r := range a.str(0) {
			out = append(out, int64(r))
		}
		return encode(out)
	}),
	// Numbers and arrays of numbers, each passed as a dynamic.
	fn("unicode_codepoints_to_string", "d*:s", func(a args) any { return fromCodepoints(a) }),
	fn("split", "ss?l:d", func(a args) any { return split(a) }),
	fn("substring", "sl?l:s", func(a args) any { return substring(a) }),
	fn("indexof", "ss?lll:l", func(a args) any { return indexOf(a) }),
}

// translateChars maps characters by place; the last replacement stands in for
// missing ones, and without any the characters go.
func translateChars(search, replace, s string) any {
	from, to := []rune(search), []rune(replace)
	return strings.Map(func(r rune) rune {
		for i, f := range from {
			if f != r {
				continue
			}
			switch {
			case len(to) == 0:
				return -1
			case i < len(to):
				return to[i]
			}
			return to[len(to)-1]
		}
		return r
	}, s)
}

// replaceStrings takes the lookups in turn; what an earlier one has put in is
// not looked at again.
func replaceStrings(a args) any {
	from, ok1 := a.arr(1)
	to, ok2 := a.arr(2)
	if !ok1 || !ok2 || len(from) != len(to) {
		return a.str(0)
	}
	parts := []piece{{text: a.str(0)}}
	for i := range from {
		what, with := text(from[i]), text(to[i])
		if what == "" {
			continue
		}
		var next []piece
		for _, p := range parts {
			if p.done {
				next = append(next, p)
				continue
			}
			for {
				before, after, found := strings.Cut(p.text, what)
				if before != "" {
					next = append(next, piece{text: before})
				}
				if !found {
					break
				}
				next = append(next, piece{with, true})
				p.text = after
			}
		}
		parts = next
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// piece is a stretch of the text, done if it was put in.
type piece struct {
	text string
	done bool
}

func fromCodepoints(a args) any {
	var b strings.Builder
	add := func(v any) {
		if n, ok := toLong(v); ok && n >= 0 && n <= utf8.MaxRune {
			b.WriteRune(rune(n))
		}
	}
	for i := range a {
		if list, ok := a.dyn(i).([]any); ok {
			for _, v := range list {
				add(v)
			}
		} else {
			add(a.dyn(i))
		}
	}
	return b.String()
}

// split gives an array even for one requested element; a place outside gives
// an empty one.
func split(a args) any {
	s, sep := a.str(0), a.str(1)
	var parts []string
	if sep == "" {
		parts = []string{s}
	} else {
		parts = strings.Split(s, sep)
	}
	if i, ok := a.long(2); ok {
		if i < 0 || i >= int64(len(parts)) {
			return "[]"
		}
		parts = parts[i : i+1]
	}
	b := []byte{'['}
	for i, p := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, p)
	}
	return string(append(b, ']'))
}

// substring counts code points, a negative start from the end.
func substring(a args) any {
	s := a.str(0)
	start, ok := a.long(1)
	if !ok {
		return ""
	}
	r := []rune(s)
	n := int64(len(r))
	if start < 0 {
		start = max(start+n, 0)
	}
	if start >= n {
		return ""
	}
	length := a.longOr(2, n)
	if length <= 0 {
		return ""
	}
	return string(r[start:min(n, start+min(length, n))])
}

// indexOf counts code points and gives -1 for not found; a start before the
// string is counted from its end.
func indexOf(a args) any {
	r, what := []rune(a.str(0)), a.str(1)
	start, length, nth := a.longOr(2, 0), a.longOr(3, -1), a.longOr(4, 1)
	if nth < 1 || length < -1 {
		return nil
	}
	if start < 0 {
		start = max(start+int64(len(r)), 0)
	}
	if start > int64(len(r)) {
		return int64(-1)
	}
	part := r[start:]
	if length >= 0 && length < int64(len(part)) {
		part = part[:length]
	}
	s, at := string(part), 0
	for ; nth > 0; nth-- {
		i := strings.Index(s[at:], what)
		if i < 0 || at+i >= len(s) && what == "" && nth > 1 {
			return int64(-1)
		}
		if at += i; nth > 1 {
			_, n := utf8.DecodeRuneInString(s[at:])
			at += n
		}
	}
	return start + int64(utf8.RuneCountInString(s[:at]))
}
