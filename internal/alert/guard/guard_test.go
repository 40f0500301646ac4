package guard_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/alert/guard"
)

func TestSpecial(t *testing.T) {
	f := func(addr string, want bool) {
		t.Helper()
		if got := guard.Special(netip.MustParseAddr(addr)) != ""; got != want {
			t.Errorf("%s is special: %v, want %v", addr, got, want)
		}
	}
	f("127.0.0.1", true)
	f("127.9.9.9", true)
	f("::1", true)
	f("::ffff:127.0.0.1", true)
	f("0.0.0.0", true)
	f("0.1.2.3", true)
	f("::", true)
	f("10.0.0.1", true)
	f("172.16.0.1", true)
	f("172.32.0.1", false)
	f("192.168.1.1", true)
	f("::ffff:192.168.1.1", true)
	f("169.254.169.254", true) // metadata of most clouds
	f("168.63.129.16", true)   // Azure's
	f("100.100.100.200", true) // Alibaba's
	f("fd00:ec2::254", true)   // AWS's
	f("fe80::1", true)
	f("fc00::1", true)
	f("100.64.0.1", true)
	f("64:ff9b::a9fe:a9fe", true) // 169.254.169.254 by NAT64
	f("2002:7f00:1::", true)      // 127.0.0.1 by 6to4
	f("::7f00:1", true)
	f("224.0.0.1", true)
	f("255.255.255.255", true)
	f("8.8.8.8", false)
	f("1.1.1.1", false)
	f("2606:4700:4700::1111", false)
}

func TestDialer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	f := func(allow []string, host string, want bool) {
		t.Helper()
		c, err := guard.Dialer(allow)(context.Background(), "tcp", net.JoinHostPort(host, port))
		if c != nil {
			c.Close()
		}
		if want && err != nil {
			t.Errorf("%s with %q: %v", host, allow, err)
		}
		if !want && (!errors.Is(err, guard.ErrRefused) || !strings.Contains(err.Error(), "allow_private")) {
			t.Errorf("%s with %q: %v, want a refusal that says what to do", host, allow, err)
		}
	}
	f(nil, "127.0.0.1", false)
	f(nil, "localhost", false) // resolved before it is judged
	f(nil, "0.0.0.0", false)
	f([]string{"localhost"}, "127.0.0.1", false) // the host counts, not where it leads
	f([]string{"127.0.0.1"}, "127.0.0.1", true)
	f([]string{"LocalHost."}, "localhost", true)
	f([]string{"127.0.0.0/8"}, "127.0.0.1", true)
	f([]string{"10.0.0.0/8"}, "127.0.0.1", false)
}
