package builtin

import "testing"

func TestURL(t *testing.T) {
	f := check(t)
	url := func(scheme, host, port, path, user, password, query, fragment string) string {
		return `{"Scheme":"` + scheme + `","Host":"` + host + `","Port":"` + port + `","Path":"` + path + `","Username":"` + user +
			`","Password":"` + password + `","Query Parameters":` + query + `,"Fragment":"` + fragment + `"}`
	}
	f(url("https", "login.example.com", "", "/oauth2/token", "", "", `{"client":"a b","x":"1"}`, ""), "parse_url",
		"https://login.example.com/oauth2/token?client=a%20b&x=1")
	f(url("ftp", "host", "21", "", "u", "p:q", `{}`, ""), "parse_url", "ftp://u:p:q@host:21")
	f(url("http", "[::1]", "8080", "/", "", "", `{}`, "top"), "parse_url", "http://[::1]:8080/#top")
	f(url("http", "[::1]", "", "", "", "", `{"a":""}`, ""), "parse_url", "http://[::1]?a")
	f(url("", "", "", "", "", "", `{"a":"1"}`, ""), "parse_url", "a=1")
	f(url("", "", "", "example.com/x", "", "", `{}`, ""), "parse_url", "example.com/x")
	f("null", "parse_url", "")
	f(`{"Query Parameters":{"q":"a&b","r":"1"}}`, "parse_urlquery", "?q=a%26b&r=1&&q=2")
	f("a%2fb+c-%c3%bc", "url_encode", "a/b c-ü")
	f("a%2fb%20c", "url_encode_component", "a/b c")
	f("a/b c ü %zz%", "url_decode", "a%2Fb+c+%C3%BC+%zz%")
	f("\uFFFD", "url_decode", "%ff")
}

func TestPunycode(t *testing.T) {
	f := check(t)
	f("mnchen-3ya", "punycode_from_string", "münchen")
	f("münchen", "punycode_to_string", "mnchen-3ya")
	f("", "punycode_to_string", "mnchen-3y!")
	f("xn--mnchen-3ya.example", "punycode_domain_to_string", "münchen。example")
	f("münchen.example", "punycode_domain_from_string", "xn--mnchen-3ya.example")
	f("", "punycode_domain_from_string", "xn--99999999")
}

func FuzzPunycode(f *testing.F) {
	f.Add("münchen")
	f.Add("ab-cd-")
	f.Add("日本語")
	f.Fuzz(func(t *testing.T, s string) {
		enc, ok := punyEncode(s)
		if !ok {
			return
		}
		if dec, ok := punyDecode(enc); ok && dec != string([]rune(s)) {
			t.Errorf("%q became %q and then %q", s, enc, dec)
		}
		punyDecode(s)
		parseURL(s)
	})
}
