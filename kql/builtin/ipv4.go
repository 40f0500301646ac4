package builtin

import (
	"strconv"
)

var ipv4Funcs = []Func{
	fn("parse_ipv4", "s:l", func(a args) any {
		addr, bits, ok := parseV4(a.str(0))
		if !ok {
			return nil
		}
		return int64(addr & mask4(bits))
	}),
	fn("parse_ipv4_mask", "sl:l", func(a args) any {
		addr, bits, ok := parseV4(a.str(0))
		n, given := a.long(1)
		if !ok || !given || n < 0 || n > 32 {
			return nil
		}
		return int64(addr & mask4(min(bits, int(n))))
	}),
	fn("format_ipv4", "s?l:s", func(a args) any { return formatV4(a, false) }),
	fn("format_ipv4_mask", "s?l:s", func(a args) any { return formatV4(a, true) }),
	fn("ipv4_compare", "ss?l:l", func(a args) any {
		x, y, ok := masked4(a)
		switch {
		case !ok:
			return nil
		case x < y:
			return int64(-1)
		case x > y:
			return int64(1)
		}
		return int64(0)
	}),
	fn("ipv4_is_match", "ss?l:b", func(a args) any {
		x, y, ok := masked4(a)
		if !ok {
			return nil
		}
		return x == y
	}),
	fn("ipv4_is_in_range", "ss:b", func(a args) any { return inRange4(a.str(0), a.str(1)) }),
	// The ranges are passed as dynamics: arrays or single strings.
	fn("ipv4_is_in_any_range", "sd*:b", func(a args) any {
		if _, _, ok := parseV4(a.str(0)); !ok {
			return nil
		}
		found, readable := false, false
		a.eachText(1, func(r string) bool {
			in, ok := inRange4(a.str(0), r).(bool)
			readable = readable || ok
			found = in
			return found
		})
		if !readable {
			return nil
		}
		return found
	}),
	fn("ipv4_is_private", "s:b", func(a args) any {
		addr, bits, ok := parseV4(a.str(0))
		if !ok {
			return nil
		}
		addr &= mask4(bits)
		return addr>>24 == 10 || addr>>20 == 172<<4|1 || addr>>16 == 192<<8|168
	}),
	fn("ipv4_netmask_suffix", "s:l", func(a args) any {
		_, bits, ok := parseV4(a.str(0))
		if !ok {
			return nil
		}
		return int64(bits)
	}),
	fn("ipv4_range_to_cidr_list", "ss:d", func(a args) any { return cidrList(a.str(0), a.str(1)) }),
}

// masked4 gives both addresses under the smallest prefix in play.
func masked4(a args) (x, y uint32, ok bool) {
	x, xBits, ok1 := parseV4(a.str(0))
	y, yBits, ok2 := parseV4(a.str(1))
	n := a.longOr(2, 32)
	if !ok1 || !ok2 || n < 0 || n > 32 {
		return 0, 0, false
	}
	m := mask4(min(xBits, yBits, int(n)))
	return x & m, y & m, true
}

func inRange4(ip, r string) any {
	addr, bits, ok1 := parseV4(ip)
	base, rangeBits, ok2 := parseV4(r)
	if !ok1 || !ok2 {
		return nil
	}
	m := mask4(min(bits, rangeBits))
	return addr&m == base&m
}

// formatV4 takes the address as text or as a number in text.
func formatV4(a args, withMask bool) any {
	addr, bits, ok := parseV4(a.str(0))
	if !ok {
		n, err := strconv.ParseUint(a.str(0), 10, 32)
		if err != nil {
			return ""
		}
		addr, bits = uint32(n), 32
	}
	n := a.longOr(1, 32)
	if n < 0 || n > 32 {
		return ""
	}
	bits = min(bits, int(n))
	s := dotted(addr & mask4(bits))
	if withMask {
		s += "/" + strconv.Itoa(bits)
	}
	return s
}

func dotted(addr uint32) string {
	b := make([]byte, 0, 15)
	for shift := 24; shift >= 0; shift -= 8 {
		b = strconv.AppendUint(b, uint64(addr>>shift&255), 10)
		if shift > 0 {
			b = append(b, '.')
		}
	}
	return string(b)
}

// cidrList covers a range of addresses by the fewest networks.
func cidrList(from, to string) any {
	start, _, ok1 := parseV4(from)
	end, _, ok2 := parseV4(to)
	if !ok1 || !ok2 || start > end {
		return nil
	}
	out := []any{}
	for at := uint64(start); at <= uint64(end); {
		bits := 32
		for bits > 0 {
			size := uint64(1) << (33 - bits)
			if at%size != 0 || at+size-1 > uint64(end) {
				break
			}
			bits--
		}
		out = append(out, dotted(uint32(at))+"/"+strconv.Itoa(bits))
		at += uint64(1) << (32 - bits)
	}
	return encode(out)
}
