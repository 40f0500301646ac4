package duckdb

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
)

// stringOperators are the operators between texts. The _cs forms mind case.
var stringOperators = map[string]func(*emitter, *plan.Call) string{
	"=~": func(x *emitter, e *plan.Call) string {
		return "(lower(" + x.expr(e.Args[0]) + ") = lower(" + x.expr(e.Args[1]) + "))"
	},
	"contains": folded("contains"), "contains_cs": exact("contains"),
	"startswith": folded("starts_with"), "startswith_cs": exact("starts_with"),
	"endswith": folded("suffix"), "endswith_cs": exact("suffix"),
	"has": term(true, true, true), "has_cs": term(true, true, false),
	"hasprefix": term(true, false, true), "hasprefix_cs": term(true, false, false),
	"hassuffix": term(false, true, true), "hassuffix_cs": term(false, true, false),
	"has_any": hasList(" OR "), "has_all": hasList(" AND "),
	"has_any_array": func(x *emitter, e *plan.Call) string {
		return "kql_has_any(" + x.expr(e.Args[0]) + ", " + x.expr(e.Args[1]) + ")"
	},
	"has_all_array": func(x *emitter, e *plan.Call) string {
		return "kql_has_all(" + x.expr(e.Args[0]) + ", " + x.expr(e.Args[1]) + ")"
	},
	"matches":       matches,
	"matches regex": matches,
	"replace_regex": replaceRegex,
	"extract":       extract,
}

func folded(f string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		return f + "(lower(" + x.expr(e.Args[0]) + "), lower(" + x.expr(e.Args[1]) + "))"
	}
}

func exact(f string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		return f + "(" + x.expr(e.Args[0]) + ", " + x.expr(e.Args[1]) + ")"
	}
}

// guarded is the regular expression of a term: where the needle begins or
// ends with a letter or digit, none may stand next to it.
func guarded(needle string, before, after bool) string {
	p := quoteMeta(needle)
	if first, _ := utf8.DecodeRuneInString(needle); before && alnum(first) {
		p = `(?:^|[^\pL\pN])` + p
	}
	if last, _ := utf8.DecodeLastRuneInString(needle); after && alnum(last) {
		p += `(?:$|[^\pL\pN])`
	}
	return p
}

func alnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// term writes has and its like for a constant: a search for the plain text,
// which is fast, and the check of its neighbours on what that finds.
func term(before, after, fold bool) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		needle, ok := constText(e.Args[1])
		if ok && needle == "" { // before the text is written: nothing would read its parameters
			return "true"
		}
		s := x.expr(e.Args[0])
		if !ok {
			return variableTerm(x, e, s, before, after, fold)
		}
		if fold { // on lower-case text: a regular expression that folds Unicode classes is slow to compile
			s, needle = "lower("+s+")", strings.ToLower(needle)
		}
		p := guarded(needle, before, after)
		return "(contains(" + s + ", " + x.param(needle) + ") AND regexp_matches(" + s + ", " + x.param("(?s)"+p) + "))"
	}
}

// variableTerm looks for a needle that differs by row.
func variableTerm(x *emitter, e *plan.Call, s string, before, after, fold bool) string {
	n := x.expr(e.Args[1])
	if before && after && fold {
		return "kql_has(" + s + ", " + n + ")"
	}
	flags, guard := "(?s)", `[^\p{L}\p{N}]`
	if fold {
		flags = "(?is)"
	}
	l, r := "''", "''"
	if before {
		l = "'(?:^|" + guard + ")'"
	}
	if after {
		r = "'(?:$|" + guard + ")'"
	}
	return "regexp_matches(" + s + ", concat('" + flags + "', " + l + ", regexp_escape(" + n + "), " + r + "))"
}

// hasList writes has_any as one search for all needles, has_all as one each.
func hasList(word string) func(*emitter, *plan.Call) string {
	return func(x *emitter, e *plan.Call) string {
		var needles []string
		constant := true
		for _, a := range e.Args[1:] {
			s, ok := constText(a)
			constant = constant && ok
			needles = append(needles, s)
		}
		if word == " OR " && constant {
			var parts []string
			for _, n := range needles {
				if n == "" {
					return "true"
				}
				parts = append(parts, guarded(strings.ToLower(n), true, true))
			}
			return "regexp_matches(lower(" + x.expr(e.Args[0]) + "), " + x.param("(?s)"+strings.Join(parts, "|")) + ")"
		}
		has := term(true, true, true)
		parts := make([]string, len(e.Args)-1)
		for i, a := range e.Args[1:] {
			parts[i] = has(x, &plan.Call{Name: "has", Args: []plan.Expr{e.Args[0], a}, T: e.T})
		}
		return "(" + strings.Join(parts, word) + ")"
	}
}

// matches searches; it need not match the whole text.
func matches(x *emitter, e *plan.Call) string {
	if p, ok := constText(e.Args[1]); ok {
		if re, err := builtin.Regex(p); err == nil {
			return "regexp_matches(" + x.expr(e.Args[0]) + ", " + x.param(re.String()) + ")"
		}
	}
	return "kql_matches_regex(" + x.expr(e.Args[0]) + ", " + x.expr(e.Args[1]) + ")"
}

// replaceRegex replaces all matches; \0 to \9 are the groups.
func replaceRegex(x *emitter, e *plan.Call) string {
	p, ok := constText(e.Args[1])
	w, isText := constText(e.Args[2])
	if ok && isText && !strings.ContainsAny(w, `$`) {
		if re, err := builtin.Regex(p); err == nil {
			return "regexp_replace(" + x.expr(e.Args[0]) + ", " + x.param(re.String()) + ", " + x.param(w) + ", 'g')"
		}
	}
	f, _ := builtin.Lookup("replace_regex")
	return x.native(f, e)
}

func extract(x *emitter, e *plan.Call) string {
	p, ok := constText(e.Args[0])
	c, isConst := e.Args[1].(*plan.Const)
	if ok && isConst {
		if n, isWhole := c.V.(int64); isWhole {
			if re, err := builtin.Regex(p); err == nil && n >= 0 && n <= int64(re.NumSubexp()) && n <= 9 {
				return "coalesce(regexp_extract(" + x.expr(e.Args[2]) + ", " + x.param(re.String()) + ", " + string(rune('0'+n)) + "), '')"
			}
		}
	}
	f, _ := builtin.Lookup("extract")
	return x.native(f, e)
}
