// Package guard keeps requests to configured URLs away from addresses that
// they have no business with: this machine, private networks, and the metadata
// services of clouds.
//
// The one invariant: the address that is checked is the address that is
// connected to. It is checked after name resolution, in the moment of the
// connection, so no name that resolves differently the second time gets by.
//
// Start reading at Dialer.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrRefused says that an address is not to be connected to.
var ErrRefused = errors.New("address refused")

// Dialer returns a dial function that refuses private and special addresses,
// except for the hosts named (as they stand in the URL, without port). A host
// may be a name, an address or a prefix such as 10.1.0.0/16.
func Dialer(allow []string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		d := net.Dialer{Timeout: 10 * time.Second}
		if !allowed(allow, host) {
			d.Control = func(_, address string, _ syscall.RawConn) error { return check(host, address, allow) }
		}
		return d.DialContext(ctx, network, addr)
	}
}

func allowed(allow []string, host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return slices.ContainsFunc(allow, func(a string) bool { return strings.TrimSuffix(strings.ToLower(a), ".") == host })
}

func check(host, address string, allow []string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrRefused, address)
	}
	ip := ap.Addr().Unmap().WithZone("")
	for _, a := range allow {
		if p, err := netip.ParsePrefix(a); err == nil && p.Contains(ip) {
			return nil
		}
	}
	if why := Special(ip); why != "" {
		return fmt.Errorf("%w: %s is %s; if it is meant, name %q in wholelog.allow_private", ErrRefused, ip, why, host)
	}
	return nil
}

// Special says why an address is not a public one, or nothing.
func Special(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback():
		return "a loopback address"
	case ip.IsUnspecified():
		return "the unspecified address"
	case ip.IsLinkLocalUnicast():
		return "link-local, where metadata services are"
	case ip.IsPrivate():
		return "in a private network"
	case ip.IsMulticast():
		return "a multicast address"
	}
	for _, s := range special() {
		if s.prefix.Contains(ip) {
			return s.why
		}
	}
	return ""
}

type block struct {
	prefix netip.Prefix
	why    string
}

// special are ranges that netip has no name for (IANA special-purpose
// registries, RFC 6890 and its successors).
func special() []block {
	return []block{
		{netip.MustParsePrefix("0.0.0.0/8"), "in this network's range"},
		{netip.MustParsePrefix("100.64.0.0/10"), "in the range shared by carriers"},
		{netip.MustParsePrefix("168.63.129.16/32"), "the platform service of Azure"},
		{netip.MustParsePrefix("192.0.0.0/24"), "reserved for protocols"},
		{netip.MustParsePrefix("192.0.2.0/24"), "for documentation"},
		{netip.MustParsePrefix("198.18.0.0/15"), "for benchmarks"},
		{netip.MustParsePrefix("198.51.100.0/24"), "for documentation"},
		{netip.MustParsePrefix("203.0.113.0/24"), "for documentation"},
		{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
		{netip.MustParsePrefix("64:ff9b::/96"), "a translation of an IPv4 address"},
		{netip.MustParsePrefix("64:ff9b:1::/48"), "a translation of an IPv4 address"},
		{netip.MustParsePrefix("100::/64"), "a discard address"},
		{netip.MustParsePrefix("2001::/32"), "a tunnelled address"},
		{netip.MustParsePrefix("2001:db8::/32"), "for documentation"},
		{netip.MustParsePrefix("2002::/16"), "a translation of an IPv4 address"},
		{netip.MustParsePrefix("fec0::/10"), "site-local"},
		{netip.MustParsePrefix("::/96"), "an embedded IPv4 address"},
	}
}
