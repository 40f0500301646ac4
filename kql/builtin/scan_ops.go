package builtin

import (
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/wholelog/wholelog/kql/types"
)

type scanOp = func(e *ScanExpr) func([]any) any

// plain is an operation that needs no types.
func plain(f func([]any) any) scanOp {
	return func(*ScanExpr) func([]any) any { return f }
}

// one converts its argument by the argument's type.
func one(f func(types.Type, any) any) scanOp {
	return func(e *ScanExpr) func([]any) any {
		return func(in []any) any { return f(e.Args[0].Type, in[0]) }
	}
}

// texts reads all arguments as texts.
func texts(f func([]string) any) scanOp {
	return func(e *ScanExpr) func([]any) any {
		return func(in []any) any {
			s := make([]string, len(in))
			for i, v := range in {
				s[i] = scanString(e.Args[i].Type, v)
			}
			return f(s)
		}
	}
}

// reals is null where an argument is.
func reals(f func(x, y float64) any) scanOp {
	return plain(func(in []any) any {
		x, ok := toReal(in[0])
		y := 0.0
		if len(in) > 1 && ok {
			y, ok = toReal(in[1])
		}
		if !ok {
			return nil
		}
		return f(x, y)
	})
}

func init() {
	for name, op := range map[string]scanOp{
		"and": plain(func(in []any) any {
			x, y := in[0], in[1]
			if x == false || y == false {
				return false
			}
			if x == nil || y == nil {
				return nil
			}
			return true
		}),
		"or": plain(func(in []any) any {
			x, y := in[0], in[1]
			if x == true || y == true {
				return true
			}
			if x == nil || y == nil {
				return nil
			}
			return false
		}),
		"not": plain(func(in []any) any {
			if b, ok := in[0].(bool); ok {
				return !b
			}
			return nil
		}),
		"iff": plain(scanCase), "case": plain(scanCase), "coalesce": plain(scanCoalesce),
		"isnull": scanIsNull(true), "isnotnull": scanIsNull(false), "isempty": scanIsEmpty(true), "isnotempty": scanIsEmpty(false),
		"tostring":   one(func(t types.Type, v any) any { return scanString(t, v) }),
		"todynamic_": one(scanDynamic), "tolong": one(scanLong), "toint": one(scanInt), "todouble": one(scanReal), "todecimal": one(scanReal),
		"tobool": one(scanBool), "todatetime": one(scanTime(ParseDatetime)), "totimespan": one(scanTime(ParseTimespan)), "toguid": one(scanGuid),
		"number":       one(scanReal),
		"strcat":       texts(func(s []string) any { return strings.Join(s, "") }),
		"strcat_delim": texts(func(s []string) any { return strings.Join(s[1:], s[0]) }),
		"tolower":      texts(func(s []string) any { return strings.ToLower(s[0]) }),
		"toupper":      texts(func(s []string) any { return strings.ToUpper(s[0]) }),
		"strlen":       texts(func(s []string) any { return int64(utf8.RuneCountInString(s[0])) }),
		"reverse":      texts(func(s []string) any { return reversed(s[0]) }),
		"replace_string": texts(func(s []string) any {
			if s[1] == "" {
				return s[0]
			}
			return strings.ReplaceAll(s[0], s[1], s[2])
		}),
		"=~":         texts(func(s []string) any { return fold(s[0]) == fold(s[1]) }),
		"contains":   texts(func(s []string) any { return strings.Contains(strings.ToLower(s[0]), strings.ToLower(s[1])) }),
		"startswith": texts(func(s []string) any { return strings.HasPrefix(strings.ToLower(s[0]), strings.ToLower(s[1])) }),
		"endswith":   texts(func(s []string) any { return strings.HasSuffix(strings.ToLower(s[0]), strings.ToLower(s[1])) }),
		"contains_cs": texts(func(s []string) any {
			return strings.Contains(s[0], s[1])
		}),
		"startswith_cs": texts(func(s []string) any { return strings.HasPrefix(s[0], s[1]) }),
		"endswith_cs":   texts(func(s []string) any { return strings.HasSuffix(s[0], s[1]) }),
		"has":           scanTerm(true, true, true), "has_cs": scanTerm(true, true, false),
		"hasprefix": scanTerm(true, false, true), "hasprefix_cs": scanTerm(true, false, false),
		"hassuffix": scanTerm(false, true, true), "hassuffix_cs": scanTerm(false, true, false),
		"has_any": texts(func(s []string) any {
			for _, n := range s[1:] {
				if Has(s[0], n) {
					return true
				}
			}
			return false
		}),
		"has_all": texts(func(s []string) any {
			for _, n := range s[1:] {
				if !Has(s[0], n) {
					return false
				}
			}
			return true
		}),
		"matches": texts(scanMatches), "matches regex": texts(scanMatches),
		"in": plain(scanIn),
		"in~": texts(func(s []string) any {
			for _, n := range s[1:] {
				if fold(n) == fold(s[0]) {
					return true
				}
			}
			return false
		}),
		"in_array": scanInArray(false), "in~_array": scanInArray(true),
		"has_any_array": func(e *ScanExpr) func([]any) any { return table["has_any"].Call },
		"has_all_array": func(e *ScanExpr) func([]any) any { return table["has_all"].Call },
		"at": func(e *ScanExpr) func([]any) any {
			if e.Args[1].Type == types.String {
				return table["at_key"].Call
			}
			return table["at_index"].Call
		},
		"isnan":    reals(func(x, _ float64) any { return math.IsNaN(x) }),
		"isinf":    reals(func(x, _ float64) any { return math.IsInf(x, 0) }),
		"isfinite": reals(func(x, _ float64) any { return finite(x) }),
		"ratio":    reals(func(x, y float64) any { return x / y }),
		"log":      scanLog(math.Log), "log2": scanLog(math.Log2), "log10": scanLog(math.Log10),
		"sin": reals(func(x, _ float64) any { return math.Sin(x) }), "cos": reals(func(x, _ float64) any { return math.Cos(x) }),
		"tan": reals(func(x, _ float64) any { return math.Tan(x) }), "asin": reals(func(x, _ float64) any { return math.Asin(x) }),
		"acos": reals(func(x, _ float64) any { return math.Acos(x) }), "atan": reals(func(x, _ float64) any { return math.Atan(x) }),
		"atan2": reals(func(x, y float64) any { return math.Atan2(x, y) }),
	} {
		scanOps[name] = op
	}
	for name, op := range scanNumbers {
		scanOps[name] = op
	}
}

// scanLog is null of a negative number.
func scanLog(f func(float64) float64) scanOp {
	return reals(func(x, _ float64) any {
		if !(x >= 0) {
			return nil
		}
		return f(x)
	})
}

// scanCase takes the value behind the first condition that is true.
func scanCase(in []any) any {
	for i := 0; i+1 < len(in); i += 2 {
		if in[i] == true {
			return in[i+1]
		}
	}
	return in[len(in)-1]
}

// scanCoalesce skips empty strings as well.
func scanCoalesce(in []any) any {
	for _, v := range in {
		if v != nil && v != "" {
			return v
		}
	}
	return nil
}

func scanIsNull(want bool) scanOp {
	return func(e *ScanExpr) func([]any) any {
		if e.Args[0].Type == types.String { // a string is never null
			return func([]any) any { return !want }
		}
		return func(in []any) any { return (in[0] == nil) == want }
	}
}

func scanIsEmpty(want bool) scanOp {
	return func(e *ScanExpr) func([]any) any {
		return func(in []any) any { return (in[0] == nil || scanString(e.Args[0].Type, in[0]) == "") == want }
	}
}

func scanIn(in []any) any {
	for _, v := range in[1:] {
		if in[0] != nil && in[0] == v {
			return true
		}
	}
	return false
}

func scanInArray(anyCase bool) scanOp {
	return func(e *ScanExpr) func([]any) any {
		return func(in []any) any {
			s, _ := in[0].(string)
			d, _ := in[1].(string)
			list, _ := decode(d).([]any)
			for _, v := range list {
				t := text(v)
				if t == s || anyCase && fold(t) == fold(s) {
					return true
				}
			}
			return false
		}
	}
}

func scanMatches(s []string) any {
	re, err := Regex(s[1])
	if err != nil {
		return nil
	}
	return re.MatchString(s[0])
}

// scanTerm looks for a term; before and after say on which sides no letter or
// digit may stand.
func scanTerm(before, after, anyCase bool) scanOp {
	if before && after && anyCase {
		return texts(func(s []string) any { return Has(s[0], s[1]) })
	}
	return texts(func(s []string) any {
		if s[1] == "" {
			return true
		}
		p := regexp.QuoteMeta(s[1])
		if first, _ := utf8.DecodeRuneInString(s[1]); before && alnum(first) {
			p = `(?:^|[^\pL\pN])` + p
		}
		if last, _ := utf8.DecodeLastRuneInString(s[1]); after && alnum(last) {
			p += `(?:$|[^\pL\pN])`
		}
		if anyCase {
			p = "(?i)" + p
		}
		re, err := Regex(p)
		return err == nil && re.MatchString(s[0])
	})
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
