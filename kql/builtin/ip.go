package builtin

import (
	"net/netip"
	"strings"
)

// network is an address and how many of its bits count. IPv4 addresses live
// in ::ffff:0:0/96, their prefix counted from there, so that all comparisons
// are of 128 bits.
type network struct {
	addr netip.Addr // always 16 bytes
	bits int
	v4   bool
}

// parseNetwork reads an address with an optional /prefix. Zones are cut off,
// as Windows logs carry them.
func parseNetwork(s string) (network, bool) {
	s = strings.TrimSpace(s)
	host, suffix, hasPrefix := strings.Cut(s, "/")
	host, _, _ = strings.Cut(host, "%")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return network{}, false
	}
	n := network{addr: a, bits: 128}
	if a.Is4() {
		n.v4, n.addr = true, netip.AddrFrom16(a.As16())
	} else if a.Is4In6() {
		n.v4 = strings.Contains(host, ".")
	} else if v4, ok := compatible(a, host); ok { // ::192.168.1.1
		n.addr, n.v4 = v4, true
	}
	if !hasPrefix {
		return n, true
	}
	bits, ok := smallInt(suffix, 128)
	if !ok || n.v4 && bits > 32 {
		return network{}, false
	}
	if n.bits = int(bits); n.v4 {
		n.bits += 96
	}
	return n, true
}

func compatible(a netip.Addr, host string) (netip.Addr, bool) {
	b := a.As16()
	if !strings.Contains(host, ".") || [12]byte(b[:12]) != [12]byte{} {
		return a, false
	}
	b[10], b[11] = 0xff, 0xff
	return netip.AddrFrom16(b), true
}

// masked gives the first bits of the address.
func (n network) masked(bits int) netip.Addr {
	p, err := n.addr.WithZone("").Prefix(bits)
	if err != nil {
		return n.addr
	}
	return p.Addr()
}

func (n network) compare(o network, bits int) int64 {
	bits = min(bits, n.bits, o.bits)
	return int64(n.masked(bits).Compare(o.masked(bits)))
}

// parseV4 reads an IPv4 address; the prefix of the result is of 32 bits.
func parseV4(s string) (addr uint32, bits int, ok bool) {
	var octet, digits, dots int
	i := 0
	s = strings.TrimSpace(s)
	for ; i < len(s) && s[i] != '/'; i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9' && digits < 3:
			octet, digits = octet*10+int(c-'0'), digits+1
			if octet > 255 {
				return 0, 0, false
			}
		case c == '.' && digits > 0 && dots < 3:
			addr = addr<<8 | uint32(octet)
			octet, digits, dots = 0, 0, dots+1
		default:
			return 0, 0, false
		}
	}
	if dots != 3 || digits == 0 {
		return 0, 0, false
	}
	addr, bits = addr<<8|uint32(octet), 32
	if i < len(s) {
		n, valid := smallInt(s[i+1:], 32)
		if !valid {
			return 0, 0, false
		}
		bits = int(n)
	}
	return addr, bits, true
}

func mask4(bits int) uint32 {
	if bits <= 0 {
		return 0
	}
	return ^uint32(0) << (32 - bits)
}

// eachText calls f for every string argument from i on; an argument that is a
// JSON array stands for its elements. f returns true to stop.
func (a args) eachText(i int, f func(string) bool) {
	for ; i < len(a); i++ {
		if list, ok := a.dyn(i).([]any); ok {
			for _, v := range list {
				if f(text(v)) {
					return
				}
			}
		} else if f(text(a.dyn(i))) {
			return
		}
	}
}
