package builtin

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	f := check(t)
	f("h3ll0 w0rld", "translate", "eo", "30", "hello world")
	f("hll wrld", "translate", "eo", "", "hello world")
	f("a--b", "translate", "xyz", "-", "axyb")
	f("one two", "replace_strings", "1 2", `["1","2"]`, `["one","two"]`)
	f("bb", "replace_strings", "ab", `["a","b"]`, `["b","b"]`)
	f("aXbX", "replace_strings", "a1b1", `[1,""]`, `["X","y"]`)
	f("same", "replace_strings", "same", `["a"]`, `[]`)
	f("-1", "strcmp", "admin", "root")
	f("0", "strcmp", "", "")
	f("1", "strcmp", "é", "z")
	f("7", "string_size", "größe")
	f("true", "isascii", "plain~")
	f("false", "isascii", "größe")
	f("true", "isutf8", "größe")
	f("false", "isutf8", "\xff")
	f("ögeb", "reverse", "begö")
	f("ab, ab, ab", "strrep", "ab", 3, ", ")
	f("", "strrep", "ab", 0)
	f(strings.Repeat("ab", 1024), "strrep", "ab", 1025)
	f("[104,8364]", "unicode_codepoints_from_string", "h€")
	f("h€!", "unicode_codepoints_to_string", "[104,8364]", "33")
	f("", "unicode_codepoints_to_string", `"x"`, "-1", "1114112")
}

func TestSplitAndSubstring(t *testing.T) {
	f := check(t)
	f(`["alice","example.com"]`, "split", "alice@example.com", "@")
	f(`["example.com"]`, "split", "alice@example.com", "@", 1)
	f(`[]`, "split", "alice@example.com", "@", 2)
	f(`[""]`, "split", "", ",")
	f(`["","",""]`, "split", ",,", ",")
	f(`["ab"]`, "split", "ab", "")
	f(`["say \"hi\"","c\\d"]`, "split", `say "hi",c\d`, ",")
	f("ß€", "substring", "aß€x", 1, 2)
	f("€x", "substring", "aß€x", -2)
	f("aß€x", "substring", "aß€x", -9)
	f("", "substring", "abc", 3)
	f("", "substring", "abc", 0, 0)
	f("c", "substring", "abc", 2, 100)
}

func TestIndexOf(t *testing.T) {
	f := check(t)
	f("2", "indexof", "ß€needle", "needle")
	f("-1", "indexof", "haystack", "needle")
	f("5", "indexof", "a.b.c.d", ".", 2, -1, 2)
	f("-1", "indexof", "a.b.c.d", ".", 2, 3, 2)
	f("5", "indexof", "a.b.c.d", ".", -2)
	f("-1", "indexof", "abc", "a", 7)
	f("null", "indexof", "abc", "a", 0, -2)
	f("null", "indexof", "abc", "a", 0, -1, 0)
	f("0", "indexof", "abc", "")
}

func TestHas(t *testing.T) {
	f := func(want bool, s, needle string) {
		t.Helper()
		if Has(s, needle) != want {
			t.Errorf("%q has %q is not %v", s, needle, want)
		}
	}
	f(true, "Sign-in was blocked", "SIGN")
	f(false, "Signing in", "sign")
	f(true, "alpha_beta", "alpha")
	f(true, "1.2.3", "2.3")
	f(false, "11.2.3", "1.2")
	f(true, "user denied; reason", "denied;")
	f(true, "ПРИВЕТ мир", "привет")
	f(false, "ПриветМир", "привет")
	f(true, "a@live.com#x", "live.com#")
	f(true, "anything", "")
	f(false, "", "a")
	f(true, "aa aaa aa", "aaa")
	check(t)("1", "has_any_index", "reset the password", `["pass","password"]`)
	check(t)("-1", "has_any_index", "reset", `[]`)
	check(t)("false", "has_all", "reset the password", `["reset","pass"]`)
	check(t)("true", "has_any", "reset the password", `["pass","the"]`)
}
