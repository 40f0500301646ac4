package builtin

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var regexFuncs = []Func{
	fn("extract", "sls:s", func(a args) any {
		re, err := Regex(a.str(0))
		group, ok := a.long(1)
		if err != nil || !ok || group < 0 || group > int64(re.NumSubexp()) {
			return ""
		}
		if m := re.FindStringSubmatchIndex(a.str(2)); m != nil && m[2*group] >= 0 {
			return a.str(2)[m[2*group]:m[2*group+1]]
		}
		return ""
	}),
	fn("extract_all", "ss:d", func(a args) any { return extractAll(a.str(0), nil, a.str(1)) }),
	fn("extract_all_groups", "sds:d", func(a args) any {
		groups, ok := a.arr(1)
		if !ok || len(groups) == 0 {
			return nil
		}
		return extractAll(a.str(0), groups, a.str(2))
	}),
	fn("replace_regex", "sss:s", func(a args) any { return replaceRegex(a.str(0), a.str(1), a.str(2)) }),
	fn("regex_quote", "s:s", func(a args) any { return regexp.QuoteMeta(a.str(0)) }),
	fn("matches_regex", "ss:b", func(a args) any {
		re, err := Regex(a.str(1))
		if err != nil {
			return nil
		}
		return re.MatchString(a.str(0))
	}),
	fn("countof", "ss?s:l", func(a args) any {
		if strings.EqualFold(a.str(2), "regex") {
			re, err := Regex(a.str(1))
			if err != nil {
				return nil
			}
			return int64(len(re.FindAllStringIndex(a.str(0), -1)))
		}
		return countOverlapping(a.str(0), a.str(1))
	}),
	fn("indexof_regex", "ss?lll:l", func(a args) any { return indexRegex(a) }),
	fn("trim", "ss:s", func(a args) any { return trimRegex(a.str(0), a.str(1), true, true) }),
	fn("trim_start", "ss:s", func(a args) any { return trimRegex(a.str(0), a.str(1), true, false) }),
	fn("trim_end", "ss:s", func(a args) any { return trimRegex(a.str(0), a.str(1), false, true) }),
}

// extractAll collects the chosen groups of every match; groups are numbers or
// names, nil for all.
func extractAll(pattern string, groups []any, s string) any {
	re, err := Regex(pattern)
	if err != nil {
		return nil
	}
	var chosen []int
	for _, g := range groups {
		i, ok := -1, true
		switch g := g.(type) {
		case string:
			i = re.SubexpIndex(g)
		default:
			var n int64
			n, ok = toLong(g)
			i = int(n)
		}
		if !ok || i < 1 || i > re.NumSubexp() {
			return nil
		}
		chosen = append(chosen, i)
	}
	if groups == nil {
		for i := 1; i <= re.NumSubexp(); i++ {
			chosen = append(chosen, i)
		}
		if len(chosen) == 0 {
			chosen = []int{0}
		}
	}
	var out []any
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		if len(chosen) == 1 {
			out = append(out, m[chosen[0]])
			continue
		}
		row := make([]any, len(chosen))
		for i, g := range chosen {
			row[i] = m[g]
		}
		out = append(out, row)
	}
	if out == nil {
		return nil
	}
	return encode(out)
}

// replaceRegex expands \0 to \9 in rewrite; any other text stands for itself.
func replaceRegex(s, pattern, rewrite string) any {
	re, err := Regex(pattern)
	if err != nil {
		return s
	}
	var b strings.Builder
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[last:m[0]])
		last = m[1]
		for i := 0; i < len(rewrite); i++ {
			if c := rewrite[i]; c != '\\' || i+1 == len(rewrite) {
				b.WriteByte(c)
				continue
			}
			i++
			if g := int(rewrite[i]) - '0'; g >= 0 && g <= 9 {
				if 2*g+1 < len(m) && m[2*g] >= 0 {
					b.WriteString(s[m[2*g]:m[2*g+1]])
				}
				continue
			}
			if rewrite[i] != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(rewrite[i])
		}
	}
	b.WriteString(s[last:])
	return b.String()
}

func countOverlapping(s, what string) any {
	var n int64
	if what == "" {
		return n
	}
	for i := 0; ; n++ {
		at := strings.Index(s[i:], what)
		if at < 0 {
			return n
		}
		i += at + 1
	}
}

// indexRegex counts code points; start, length and occurrence are as in
// indexof, but a negative start is invalid.
func indexRegex(a args) any {
	re, err := Regex(a.str(1))
	start, length, nth := a.longOr(2, 0), a.longOr(3, -1), a.longOr(4, 1)
	if err != nil || start < 0 || length < -1 || nth < 1 {
		return nil
	}
	r := []rune(a.str(0))
	if start > int64(len(r)) {
		return int64(-1)
	}
	r = r[start:]
	if length >= 0 && length < int64(len(r)) {
		r = r[:length]
	}
	part := string(r)
	for _, m := range re.FindAllStringIndex(part, -1) {
		if nth--; nth == 0 {
			return start + int64(utf8.RuneCountInString(part[:m[0]]))
		}
	}
	return int64(-1)
}

func trimRegex(pattern, s string, start, end bool) any {
	if pattern == "" {
		return s
	}
	edge := func(p string) *regexp.Regexp {
		re, err := Regex(p)
		if err != nil {
			return nil
		}
		return re
	}
	if start {
		if re := edge(`\A(?:` + pattern + `)+`); re == nil {
			return s
		} else if m := re.FindStringIndex(s); m != nil {
			s = s[m[1]:]
		}
	}
	if end {
		if re := edge(`(?:` + pattern + `)+\z`); re == nil {
			return s
		} else if m := re.FindStringIndex(s); m != nil {
			s = s[:m[0]]
		}
	}
	return s
}
