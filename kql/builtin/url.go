package builtin

import (
	"strings"
)

var urlFuncs = []Func{
	fn("parse_url", "s:d", func(a args) any { return parseURL(a.str(0)) }),
	fn("parse_urlquery", "s:d", func(a args) any {
		return encode(makeBag("Query Parameters", queryBag(strings.TrimPrefix(a.str(0), "?"))))
	}),
	fn("url_encode", "s:s", func(a args) any { return percentEncode(a.str(0), "+") }),
	fn("url_encode_component", "s:s", func(a args) any { return percentEncode(a.str(0), "%20") }),
	fn("url_decode", "s:s", func(a args) any { return percentDecode(a.str(0)) }),
	fn("punycode_from_string", "s:s", func(a args) any { s, _ := punyEncode(a.str(0)); return s }),
	fn("punycode_to_string", "s:s", func(a args) any { s, _ := punyDecode(a.str(0)); return s }),
	fn("punycode_domain_to_string", "s:s", func(a args) any { return mapLabels(a.str(0), asciiLabel) }),
	fn("punycode_domain_from_string", "s:s", func(a args) any { return mapLabels(a.str(0), unicodeLabel) }),
}

// parseURL splits by hand: net/url refuses much of what logs hold.
func parseURL(s string) any {
	var scheme, user, password, host, port, fragment, query string
	rest := strings.TrimSpace(s)
	if rest == "" {
		return nil
	}
	if i := strings.Index(rest, "://"); i > 0 && isScheme(rest[:i]) {
		scheme, rest = rest[:i], rest[i+3:]
		authority := rest
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			authority, rest = rest[:i], rest[i:]
		} else {
			rest = ""
		}
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			user, password, _ = strings.Cut(authority[:i], ":")
			authority = authority[i+1:]
		}
		host = authority
		if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
			host, port = authority[:i], authority[i+1:]
		}
	}
	rest, fragment, _ = strings.Cut(rest, "#")
	path, query, found := strings.Cut(rest, "?")
	if !found && scheme == "" && strings.Contains(path, "=") { // the query part alone
		path, query = "", path
	}
	return encode(makeBag("Scheme", scheme, "Host", host, "Port", port, "Path", path, "Username", user, "Password", password,
		"Query Parameters", queryBag(query), "Fragment", fragment))
}

func isScheme(s string) bool {
	for i, c := range s {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return true
}

// queryBag keeps the first value of a repeated key... as a list would change
// the type of what tostring gives; values are decoded.
func queryBag(q string) *bag {
	out := &bag{}
	for part := range strings.SplitSeq(q, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		k = percentDecode(k)
		if _, seen := out.get(k); !seen {
			out.set(k, percentDecode(v))
		}
	}
	return out
}

// percentEncode leaves letters, digits and a few marks, and writes lower-case
// hexadecimal as Kusto does.
func percentEncode(s, space string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', strings.IndexByte("-_.!*()", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteString(space)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// percentDecode turns + into a space and leaves what is no escape.
func percentDecode(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
