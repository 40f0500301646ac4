package eventhub

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

// namespace is options for one that is reached by dial.
func namespace(h *hub, dial func(port string) (net.Conn, error)) Options {
	o := h.options()
	o.Brokers, o.Plaintext, o.Namespace, o.ConnectionString = nil, false, "contoso.servicebus.windows.net", connectionString
	o.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dial(port)
	}
	return o
}

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.AddrError{Err: syscall.ECONNREFUSED.Error(), Addr: secret}}
}

// closing is a connection that the other side closes at once.
func closing() (net.Conn, error) {
	a, b := net.Pipe()
	return a, b.Close()
}

// TestNoKafka is what a Basic namespace can look like: each gets a message that
// names the tier and what to do.
func TestNoKafka(t *testing.T) {
	f := func(name, code string, dial func(port string) (net.Conn, error)) {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, 1)
			pages := read(t, newSource(t, namespace(h, dial)), nil, noticed(code))
			text := find(pages, code)
			for _, want := range []string{"Basic", "Standard tier or a higher one"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q lacks %q", text, want)
				}
			}
			clean(t, pages, secret)
		})
	}
	f("closes at once", NoKafka, func(string) (net.Conn, error) { return closing() })
	f("refused beside AMQP", NoKafka, func(port string) (net.Conn, error) {
		if port == "5671" {
			return closing()
		}
		return nil, refused()
	})
	f("refused", Unreachable, func(string) (net.Conn, error) { return nil, refused() })
	f("speaks something else", NoKafka, func(string) (net.Conn, error) {
		a, b := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, b) }() // a pipe holds nothing
		go func() {
			_, err := b.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_ = errors.Join(err, b.Close())
		}()
		return a, nil
	})
}

// TestNoKafkaOnTheWire does the same with real connections: a listener that
// closes them, and one that does not answer.
func TestNoKafkaOnTheWire(t *testing.T) {
	f := func(name, code string, serve func(net.Conn)) {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var conns sync.WaitGroup
			defer conns.Wait()
			defer l.Close()
			conns.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					serve(c)
				}
			})
			for _, plaintext := range []bool{false, true} {
				o := newHub(t, 1).options()
				o.Brokers, o.Namespace, o.Plaintext, o.Timeout = nil, l.Addr().String(), plaintext, 100*time.Millisecond
				o.ConnectionString = connectionString
				pages := read(t, newSource(t, o), nil, noticed(code))
				if text := find(pages, code); !strings.Contains(text, "Basic") {
					t.Errorf("plaintext=%v: %q", plaintext, text)
				}
			}
		})
	}
	f("closes", NoKafka, func(c net.Conn) { _ = c.Close() })
	f("resets", NoKafka, func(c net.Conn) {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	})
	f("closes after a word", NoKafka, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1<<10))
		_ = c.Close()
	})
	f("silence", Unreachable, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
}

// TestDenied has every request for the hub refused, as Event Hubs does it where
// the claim is missing, and in the Basic tier.
func TestDenied(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 1)
	fault := h.c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: hubName, Err: kerr.TopicAuthorizationFailed, Count: -1})
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool {
		if find(p, Unauthorized) != "" {
			fault.Remove()
		}
		return find(p, Recovered) != ""
	})
	for _, want := range []string{"Listen", "Azure Event Hubs Data Receiver", "Basic", "Standard"} {
		if text := find(pages, Unauthorized); !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}

// TestNotThere waits for a hub that is made later.
func TestNotThere(t *testing.T) {
	h := newHub(t, 1)
	if err := h.c.DeleteTopic(hubName); err != nil {
		t.Fatal(err)
	}
	done := false
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool {
		if find(p, NotThere) != "" && !done {
			done = true
			if err := h.c.CreateTopic(hubName, 1, nil); err != nil {
				t.Error(err)
			}
			fill(h, 0, 0, 1)
		}
		return len(records(p)) == 1
	})
	if text := find(pages, NotThere); !strings.Contains(text, "az eventhubs eventhub create") {
		t.Error(text)
	}
}

// TestOneBadPartition reads the others on while one fails.
func TestOneBadPartition(t *testing.T) {
	h := newHub(t, 2)
	fill(h, 0, 0, 2)
	fill(h, 1, 10, 12)
	h.c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: hubName, Partitions: []int32{0}, Err: kerr.UnknownServerError, Count: -1})
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool { return len(records(p)) >= 2 && find(p, Unreachable) != "" })
	if got := ids(records(pages)); got != "s10 s11" || find(pages, Recovered) != "" {
		t.Errorf("%s, %v", got, notices(pages))
	}
}

// TestThrottled tells of delays that do not end.
func TestThrottled(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 1)
	var delays atomic.Int64
	h.c.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		h.c.KeepControl()
		if delays.Add(1) > 5 {
			return nil, nil, false
		}
		resp := kreq.ResponseKind().(*kmsg.FetchResponse)
		resp.ThrottleMillis = 3
		return resp, nil, true
	})
	pages := read(t, newSource(t, h.options()), nil, count(1))
	if text := find(pages, Throttled); !strings.Contains(text, "Nothing is lost") {
		t.Errorf("%v", notices(pages))
	}
}

// TestOutage cuts all connections for a while.
func TestOutage(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 1)
	var down atomic.Bool
	h.c.Control(func(kmsg.Request) (kmsg.Response, error, bool) {
		h.c.KeepControl()
		return nil, errors.New("down"), down.Load()
	})
	again := false
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool {
		if len(records(p)) == 1 && !again {
			down.Store(true)
		}
		if find(p, Unreachable) != "" && !again {
			again = true
			down.Store(false)
			h.put(0, message(signIn(1)))
		}
		return len(records(p)) == 2 && find(p, Recovered) != ""
	})
	if find(pages, NoKafka) != "" {
		t.Errorf("%v", notices(pages))
	}
}
