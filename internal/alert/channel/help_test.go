package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// hostile is what an attacker puts into a user agent.
const hostile = "</td><script>alert(1)</script> <!channel> [click](https://evil.example) `code` ${jndi:ldap://x}\r\nBcc: victim@contoso.example\u202egnp.exe\u200b"

func sample() *message.Notification {
	n := message.Notification{Incident: "inc-1", Number: 7, Revision: 2, Kind: message.Created, Title: "Odd client " + hostile, Severity: "high", Status: "New", Tenant: "contoso",
		Summary: "A sign-in.\n" + hostile, Labels: map[string]string{"rule": "odd-client", "account": hostile}, First: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
		Entities: []message.Entity{{Kind: "account", Name: hostile, Extra: hostile}}, URL: "https://wholelog.example/incidents/7", Query: "SigninLogs\n| take 1 // " + hostile,
		Evidence: &message.Evidence{Columns: []string{"TimeGenerated", "UserAgent"}, Rows: [][]string{{"2026-11-24", hostile}, {"2026-11-24", "Mozilla/5.0"}}, Total: 42}}
	n, err := n.Complete()
	if err != nil {
		panic(err)
	}
	return &n
}

type captured struct {
	header http.Header
	path   string
	body   []byte
}

type server struct {
	*httptest.Server
	mu  sync.Mutex
	got []captured
}

func serve(t *testing.T, answer func(w http.ResponseWriter)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got = append(s.got, captured{r.Header.Clone(), r.URL.Path, b})
		s.mu.Unlock()
		if answer != nil {
			answer(w)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) last(t *testing.T) captured {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) == 0 {
		t.Fatal("nothing arrived")
	}
	return s.got[len(s.got)-1]
}

// one builds the only channel of a configuration for receiver r.
func one(t *testing.T, receiver, extra string) channel.Sender {
	t.Helper()
	text := "route: {receiver: r}\nreceivers: [{name: r" + receiver + "}]\nwholelog: {allow_private: [127.0.0.1]" + extra + "}\n"
	c, err := setup.Parse([]byte(text), t.TempDir())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	set, err := channel.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(set.Targets("r")); n != 1 {
		t.Fatalf("%d channels", n)
	}
	s, _ := set.Sender(set.Targets("r")[0])
	return s
}

func delivery(n *message.Notification) *channel.Delivery {
	return &channel.Delivery{ID: fmt.Sprintf("inc-1-r%d-0123456789ab", n.Revision), Target: outbox.Target{Receiver: "r"}, Notification: n, Changes: 1, First: true,
		Enqueued: time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC), Now: time.Now(), Install: "0011223344556677"}
}

func send(t *testing.T, s channel.Sender, d *channel.Delivery) channel.Result {
	t.Helper()
	r := s.Send(context.Background(), d)
	if r.Err != nil {
		t.Fatalf("send: %v", r.Err)
	}
	return r
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return o
}

// absent checks that none of the texts stands in what was sent, as it is or
// escaped by JSON.
func absent(t *testing.T, what string, b []byte, texts ...string) {
	t.Helper()
	var plain strings.Builder
	plain.Write(b)
	var v any
	if json.Unmarshal(b, &v) == nil {
		fmt.Fprint(&plain, v)
	}
	for _, x := range texts {
		if strings.Contains(plain.String(), x) {
			t.Errorf("%s shows %q:\n%s", what, x, plain.String())
		}
	}
}
