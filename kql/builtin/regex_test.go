package builtin

import (
	"fmt"
	"regexp"
	"testing"
	"unicode"
)

func TestRegexTranslation(t *testing.T) {
	f := func(pattern, in string, want bool) {
		t.Helper()
		re, err := Regex(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			return
		}
		if re.MatchString(in) != want {
			t.Errorf("%s on %q is not %v (as %s)", pattern, in, want, re)
		}
	}
	f(`^\d+$`, "٣4", true)
	f(`^\D+$`, "٣", false)
	f(`^\w+$`, "größe_1", true)
	f(`^[\w.]+$`, "ключ.ü", true)
	f(`^[^\w]+$`, "-€ ", true)
	f(`^[^\w]+$`, "ü", false)
	f(`^[\W]$`, "ü", false)
	f(`^[\W]$`, "!", true)
	f(`^\W$`, "ü", false)
	f(`^\s$`, "\u00a0", true)
	f(`^[\S]$`, "\u2003", false)
	f(`^[\D]$`, "x", true)
	f(`^\u00e4\u{f6}$`, "äö", true)
	f(`^[]a]+$`, "]a", true)
	f(`^[[:digit:]x]+$`, "1x", true)
	f(`(?iu)^ÄB$`, "äb", true)
	f(`(?u)^ä$`, "ä", true)
	f(`^(?P<n>a)(?:b)$`, "ab", true)
	f(`\é`, "é", true)
	f(`a\.b\/c\-d`, "a.b/c-d", true)
	f(`^\\d$`, `\d`, true)
	if _, err := Regex(`(?=x)`); err == nil {
		t.Error("look-ahead accepted")
	}
	for range 2 {
		if _, err := Regex(`a(`); err == nil {
			t.Error("open group accepted")
		}
	}
}

func TestRegexCacheIsBounded(t *testing.T) {
	for i := range 3 * cachedPatterns {
		if _, err := Regex(fmt.Sprintf("x{%d}", i%1000)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(patterns.byPattern); n > cachedPatterns || n != patterns.recent.Len() {
		t.Errorf("%d patterns kept, %d in order", n, patterns.recent.Len())
	}
}

// The class of spaces and its complement are written as ranges: each rune must
// be in exactly one of them.
func TestSpaceClassesAreComplements(t *testing.T) {
	in, out := regexp.MustCompile("^["+spaceClass+"]$"), regexp.MustCompile("^["+notSpaceClass+"]$")
	for r := rune(0); r < 0x4000; r++ {
		if s := string(r); in.MatchString(s) != unicode.IsSpace(r) || out.MatchString(s) == unicode.IsSpace(r) {
			t.Errorf("%U: %v %v", r, in.MatchString(s), out.MatchString(s))
		}
	}
}

func TestRegexFunctions(t *testing.T) {
	f := check(t)
	f("42", "extract", `id=(\d+)`, 1, "x id=42;")
	f("id=42", "extract", `id=(\d+)`, 0, "x id=42;")
	f("", "extract", `id=(\d+)`, 2, "x id=42;")
	f("", "extract", `(a)|(b)`, 1, "b")
	f(`["1","22"]`, "extract_all", `(\d+)`, "1 and 22")
	f(`["1","22"]`, "extract_all", `\d+`, "1 and 22")
	f(`[["k","1"],["l","2"]]`, "extract_all", `(\w)=(\d)`, "k=1 l=2")
	f(`["1","2"]`, "extract_all_groups", `(\w)=(?P<v>\d)`, `["v"]`, "k=1 l=2")
	f("null", "extract_all_groups", `(\w)=(\d)`, `[3]`, "k=1")
	f("null", "extract_all", `(z)`, "abc")
	f("null", "extract_all", `(z`, "abc")
	f("b-a, d-c", "replace_regex", "a-b, c-d", `(\w)-(\w)`, `\2-\1`)
	f("[ab]$1", "replace_regex", "ab", `ab`, `[\0]$1`)
	f(`\`, "replace_regex", "x", `x`, `\\`)
	f("-a-", "replace_regex", "a", `b*`, `-`)
	f("a(", "replace_regex", "a(", `(`, `x`)
	f("true", "matches_regex", "admin@corp", `^admin@`)
	f("null", "matches_regex", "x", `(`)
	f("4", "countof", "aaaaa", "aa")
	f("2", "countof", "aaaaa", "aa", "regex")
	f("0", "countof", "abc", "")
	f("3", "indexof_regex", "äöü7", `\d`)
	f("5", "indexof_regex", "1a2b3c4", `[a-z]`, 2, -1, 2)
	f("-1", "indexof_regex", "abc", `\d`)
	f("null", "indexof_regex", "abc", `b`, -1)
	f("core", "trim", `[-*]`, "*--core-*")
	f("core-*", "trim_start", `[-*]`, "*--core-*")
	f("*--core", "trim_end", `[-*]`, "*--core-*")
	f("", "trim", `\s+`, "  \u00a0 ")
	f("x(", "trim", `(`, "x(")
	f(`quoted`, "trim", `"`, `"quoted"`)
}

func FuzzRegexTranslation(f *testing.F) {
	for _, s := range []string{`\d[\w-]`, `[^\S]`, `(?iu)x`, `[[:alpha:]`, `\u{`, `\U0001`, `(?`, `[`, `\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		re, err := Regex(pattern)
		if err == nil {
			re.MatchString("probe 1 ü")
		}
	})
}
