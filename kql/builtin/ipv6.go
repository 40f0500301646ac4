package builtin

import (
	"net/netip"
)

var ipv6Funcs = []Func{
	fn("parse_ipv6", "s:s", func(a args) any {
		n, ok := parseNetwork(a.str(0))
		if !ok {
			return ""
		}
		return fullForm(n.masked(n.bits))
	}),
	fn("parse_ipv6_mask", "sl:s", func(a args) any {
		n, ok := parseNetwork(a.str(0))
		bits, given := a.long(1)
		if !ok || !given || bits < 0 || bits > 128 {
			return ""
		}
		return fullForm(n.masked(min(n.bits, int(bits))))
	}),
	fn("ipv6_compare", "ss?l:l", func(a args) any {
		if c, ok := compare6(a); ok {
			return c
		}
		return nil
	}),
	fn("ipv6_is_match", "ss?l:b", func(a args) any {
		if c, ok := compare6(a); ok {
			return c == 0
		}
		return nil
	}),
	fn("ipv6_is_in_range", "ss:b", func(a args) any { return inRange6(a.str(0), a.str(1)) }),
	// The ranges are passed as dynamics: arrays or single strings.
	fn("ipv6_is_in_any_range", "sd*:b", func(a args) any {
		if _, ok := parseNetwork(a.str(0)); !ok {
			return nil
		}
		found, readable := false, false
		a.eachText(1, func(r string) bool {
			in, ok := inRange6(a.str(0), r).(bool)
			readable = readable || ok
			found = in
			return found
		})
		if !readable {
			return nil
		}
		return found
	}),
}

func compare6(a args) (int64, bool) {
	x, ok1 := parseNetwork(a.str(0))
	y, ok2 := parseNetwork(a.str(1))
	bits := a.longOr(2, 128)
	if !ok1 || !ok2 || bits < 0 || bits > 128 {
		return 0, false
	}
	if x.v4 && y.v4 && a.has(2) && bits <= 32 { // a prefix that small is meant for IPv4
		bits += 96
	}
	return x.compare(y, int(bits)), true
}

func inRange6(ip, r string) any {
	x, ok1 := parseNetwork(ip)
	y, ok2 := parseNetwork(r)
	if !ok1 || !ok2 {
		return nil
	}
	return x.compare(y, 128) == 0
}

// fullForm writes all eight groups with leading zeros.
func fullForm(a netip.Addr) string {
	b := make([]byte, 0, 39)
	for i, c := range a.As16() {
		if i > 0 && i%2 == 0 {
			b = append(b, ':')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(b)
}
