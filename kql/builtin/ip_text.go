package builtin

import "strings"

// An address in a text counts where no letter or digit stands beside it.
var ipTextFuncs = []Func{
	fn("has_ipv4", "ss:b", func(a args) any { return hasV4(a.str(0), a.str(1)) }),
	fn("has_ipv4_prefix", "ss:b", func(a args) any { return hasV4Prefix(a.str(0), a.str(1)) }),
	// What to look for is passed as dynamics: arrays or single strings.
	fn("has_any_ipv4", "sd*:b", func(a args) any { return anyText(a, hasV4) }),
	fn("has_any_ipv4_prefix", "sd*:b", func(a args) any { return anyText(a, hasV4Prefix) }),
}

func anyText(a args, f func(s, what string) bool) any {
	found := false
	a.eachText(1, func(what string) bool {
		found = f(a.str(0), what)
		return found
	})
	return found
}

func hasV4(s, ip string) bool {
	if _, bits, ok := parseV4(ip); !ok || bits != 32 || strings.Contains(ip, "/") {
		return false
	}
	return eachV4(s, func(found string) bool { return found == ip })
}

func hasV4Prefix(s, prefix string) bool {
	if hasV4(s, prefix) {
		return true
	}
	whole, ok := strings.CutSuffix(prefix, ".")
	if !ok {
		return false
	}
	// Fill up to four numbers to see whether it is a prefix at all.
	missing := 3 - strings.Count(whole, ".")
	if missing < 1 {
		return false
	}
	if _, _, ok := parseV4(whole + strings.Repeat(".0", missing)); !ok {
		return false
	}
	return eachV4(s, func(found string) bool { return strings.HasPrefix(found, prefix) })
}

// eachV4 calls f with the delimited addresses in s until it returns true.
func eachV4(s string, f func(string) bool) bool {
	for i := 0; i < len(s); {
		if !alnum(rune(s[i])) && s[i] < 0x80 {
			i++
			continue
		}
		end := i
		for end < len(s) && (alnum(rune(s[end])) || s[end] >= 0x80 || s[end] == '.' && end+1 < len(s) && s[end+1] >= '0' && s[end+1] <= '9') {
			end++
		}
		if _, _, ok := parseV4(s[i:end]); ok && f(s[i:end]) {
			return true
		}
		i = end
	}
	return false
}
