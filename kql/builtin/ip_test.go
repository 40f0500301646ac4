package builtin

import (
	"net/netip"
	"testing"
)

func TestIPv4(t *testing.T) {
	f := check(t)
	f("3232235777", "parse_ipv4", "192.168.1.1")
	f("3232235776", "parse_ipv4", " 192.168.1.1/24")
	f("0", "parse_ipv4", "8.8.8.8/0")
	for _, bad := range []string{"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4/33", "1..2.3", "1.2.3.4/", "::1", "a.b.c.d", "1.2.3.0004"} {
		f("null", "parse_ipv4", bad)
		f("null", "ipv4_is_private", bad)
		f("null", "ipv4_is_in_range", bad, "10.0.0.0/8")
		f("null", "ipv4_is_in_any_range", bad, `["10.0.0.0/8"]`)
	}
	f("3232235520", "parse_ipv4_mask", "192.168.1.1/24", 16)
	f("null", "parse_ipv4_mask", "192.168.1.1", 40)
	f("172.16.0.0", "format_ipv4", "172.16.5.9", 12)
	f("10.0.0.1", "format_ipv4", "167772161")
	f("10.0.0.0/8", "format_ipv4_mask", "10.9.8.7/8")
	f("", "format_ipv4", "4294967296")
	f("-1", "ipv4_compare", "10.0.0.1", "10.0.0.2")
	f("1", "ipv4_compare", "200.0.0.1", "10.0.0.2")
	f("0", "ipv4_compare", "10.0.0.1", "10.0.0.2", 24)
	f("null", "ipv4_compare", "10.0.0.1", "x")
	f("false", "ipv4_is_match", "10.0.0.1", "10.0.1.1", 24)
	f("true", "ipv4_is_in_range", "10.1.2.3", "10.0.0.0/8")
	f("false", "ipv4_is_in_range", "11.1.2.3", "10.0.0.0/8")
	f("true", "ipv4_is_in_any_range", "10.1.2.3", `["bad","10.0.0.0/8"]`)
	f("false", "ipv4_is_in_any_range", "11.1.2.3", `["bad","10.0.0.0/8"]`)
	f("null", "ipv4_is_in_any_range", "11.1.2.3", `["bad"]`)
	f("true", "ipv4_is_in_any_range", "11.1.2.3", `"10.0.0.0/8"`, `["11.0.0.0/8"]`)
	f("true", "ipv4_is_private", "172.31.255.255")
	f("false", "ipv4_is_private", "172.32.0.0")
	f("32", "ipv4_netmask_suffix", "1.2.3.4")
	f(`["10.0.0.1/32","10.0.0.2/31","10.0.0.4/32"]`, "ipv4_range_to_cidr_list", "10.0.0.1", "10.0.0.4")
	f(`["0.0.0.0/0"]`, "ipv4_range_to_cidr_list", "0.0.0.0", "255.255.255.255")
	f("null", "ipv4_range_to_cidr_list", "10.0.0.4", "10.0.0.1")
}

func TestIPv6(t *testing.T) {
	f := check(t)
	f("2001:0db8:0000:0000:0000:0000:0000:0001", "parse_ipv6", "2001:db8::1")
	f("2001:0db8:0000:0000:0000:0000:0000:0000", "parse_ipv6", "2001:db8::1/64")
	f("fe80:0000:0000:0000:0000:0000:0000:0001", "parse_ipv6", "fe80::1%eth0")
	f("", "parse_ipv6", "2001:db8::1/129")
	f("", "parse_ipv6", "1.2.3.4/33")
	f("", "parse_ipv6_mask", "::1", 129)
	f("0000:0000:0000:0000:0000:ffff:0a00:0000", "parse_ipv6_mask", "10.1.2.3", 104)
	f("-1", "ipv6_compare", "2001:db8::1", "2001:db8::2")
	f("0", "ipv6_compare", "2001:db8::1", "2001:db8::2", 112)
	f("1", "ipv6_compare", "2001:db8::1", "10.0.0.1")
	f("null", "ipv6_compare", "2001:db8::1", "x")
	f("true", "ipv6_is_in_range", "2001:db8::77", "2001:db8::/32")
	f("true", "ipv6_is_in_range", "10.1.2.3", "10.0.0.0/8")
	f("false", "ipv6_is_in_any_range", "2001:db9::1", `["2001:db8::/32","10.0.0.0/8"]`)
	f("true", "ipv6_is_in_any_range", "10.1.2.3", `["2001:db8::/32","10.0.0.0/8"]`)
	f("null", "ipv6_is_in_any_range", "nonsense", `["2001:db8::/32"]`)
}

func TestIPv4InText(t *testing.T) {
	f := check(t)
	f("true", "has_ipv4", "from 10.0.0.7, denied", "10.0.0.7")
	f("true", "has_ipv4", "10.0.0.7", "10.0.0.7")
	f("true", "has_ipv4", "end 10.0.0.7.", "10.0.0.7")
	f("false", "has_ipv4", "ver10.0.0.7", "10.0.0.7")
	f("false", "has_ipv4", "10.0.0.77", "10.0.0.7")
	f("false", "has_ipv4", "1.10.0.0.7", "10.0.0.7")
	f("false", "has_ipv4", "10.0.0.7", "10.0.0.7/32")
	f("true", "has_ipv4_prefix", "peer=10.20.0.7:443", "10.20.")
	f("false", "has_ipv4_prefix", "peer=10.20.0.7:443", "0.20.")
	f("true", "has_any_ipv4_prefix", "peer=10.20.0.7", `["192.168.","10."]`)
	f("false", "has_any_ipv4", "none here", `["10.0.0.7"]`)
}

// The one reader of IPv4 must agree with the standard library, apart from
// leading zeros, which only ours takes.
func FuzzIPv4(f *testing.F) {
	f.Add("10.0.0.1")
	f.Add("256.1.1.1")
	f.Add("1.2.3.4 ")
	f.Fuzz(func(t *testing.T, s string) {
		n, bits, ok := parseV4(s)
		a, err := netip.ParseAddr(s)
		if err == nil && a.Is4() && !ok {
			t.Errorf("%q not read", s)
		}
		if ok && bits == 32 && dotted(n) == s && err != nil {
			t.Errorf("%q read as %s", s, dotted(n))
		}
	})
}
