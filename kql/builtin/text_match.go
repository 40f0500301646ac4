package builtin

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var matchFuncs = []Func{
	fn("has_any_index", "sd:l", func(a args) any {
		list, ok := a.arr(1)
		if !ok {
			return int64(-1)
		}
		for i, v := range list {
			if Has(a.str(0), text(v)) {
				return int64(i)
			}
		}
		return int64(-1)
	}),
	fn("has", "ss:b", func(a args) any { return Has(a.str(0), a.str(1)) }),
	fn("has_any", "sd:b", func(a args) any {
		list, _ := a.arr(1)
		for _, v := range list {
			if Has(a.str(0), text(v)) {
				return true
			}
		}
		return false
	}),
	fn("has_all", "sd:b", func(a args) any {
		list, _ := a.arr(1)
		for _, v := range list {
			if !Has(a.str(0), text(v)) {
				return false
			}
		}
		return true
	}),
}

// Has tells whether needle occurs in s as whole terms, in any case: where the
// needle starts or ends with a letter or digit, none may stand next to it.
func Has(s, needle string) bool {
	if needle == "" {
		return true
	}
	if len(s) < len(needle)/3 {
		return false
	}
	s, needle = fold(s), fold(needle)
	first, _ := utf8.DecodeRuneInString(needle)
	last, _ := utf8.DecodeLastRuneInString(needle)
	guardStart, guardEnd := alnum(first), alnum(last)
	for from := 0; ; {
		i := strings.Index(s[from:], needle)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(needle)
		before, _ := utf8.DecodeLastRuneInString(s[:start])
		after, _ := utf8.DecodeRuneInString(s[end:])
		if (!guardStart || start == 0 || !alnum(before)) && (!guardEnd || end == len(s) || !alnum(after)) {
			return true
		}
		_, n := utf8.DecodeRuneInString(s[start:])
		from = start + n
	}
}

func alnum(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// fold lowers case letter by letter, so that places stay comparable.
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
