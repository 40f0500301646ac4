package alert_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// clock stands still until it is set forward.
type clock struct {
	mu   sync.Mutex
	t    time.Time
	tick chan struct{}
}

func newClock() *clock { return &clock{t: time.Now().UTC(), tick: make(chan struct{})} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	close(c.tick)
	c.tick = make(chan struct{})
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	end := c.t.Add(d)
	c.mu.Unlock()
	for {
		c.mu.Lock()
		now, tick := c.t, c.tick
		c.mu.Unlock()
		if !now.Before(end) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick:
		}
	}
}

// mailbox is a real SMTP server that keeps what it accepts.
type mailbox struct {
	mu     sync.Mutex
	mails  []received
	answer func(to string) error // to RCPT
	addr   string
}

type received struct {
	to   []string
	raw  []byte
	head mail.Header
}

func newMailbox(t testing.TB) *mailbox {
	t.Helper()
	m := &mailbox{}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	s.Domain = "mail.test"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = l.Addr().String()
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

func (m *mailbox) list() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]received(nil), m.mails...)
}

type session struct {
	box *mailbox
	to  []string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	answer := s.box.answer
	s.box.mu.Unlock()
	if answer != nil {
		if err := answer(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}
func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	msg, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	s.box.mails = append(s.box.mails, received{s.to, b, msg.Header})
	s.box.mu.Unlock()
	return nil
}
func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

// sink is an HTTP server that keeps what it is sent.
type sink struct {
	*httptest.Server
	mu     sync.Mutex
	got    []request
	answer func(n int, w http.ResponseWriter, body []byte)
}

type request struct {
	path   string
	header http.Header
	body   []byte
}

func newSink(t testing.TB, answer func(n int, w http.ResponseWriter, body []byte)) *sink {
	t.Helper()
	s := &sink{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got = append(s.got, request{r.URL.Path, r.Header.Clone(), b})
		n := len(s.got)
		s.mu.Unlock()
		if s.answer != nil {
			s.answer(n, w, b)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) list() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.got...)
}

// parse reads a configuration that may be written with the indents of a test.
func parse(t testing.TB, text string) *setup.Config {
	t.Helper()
	c, err := setup.Parse([]byte(text), t.TempDir())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// bench is a delivery that runs on a clock of the test's.
type bench struct {
	*alert.Delivery
	t     testing.TB
	clock *clock
	o     alert.Options

	mu       sync.Mutex
	receipts []alert.Receipt
	stop     func()
}

func start(t testing.TB, config string) *bench {
	t.Helper()
	b := &bench{t: t, clock: newClock()}
	b.o = alert.Options{Path: filepath.Join(t.TempDir(), "outbox.db"), Config: parse(t, config), Now: b.clock.Now, Sleep: b.clock.Sleep,
		Rand: func() float64 { return 0.5 }, Notice: func(s string) { t.Log(s) },
		Receipt: func(_ context.Context, r alert.Receipt) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.receipts = append(b.receipts, r)
			return nil
		}}
	b.run()
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *bench) run() {
	b.t.Helper()
	d, err := alert.New(b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Delivery = d
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		if err := d.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

func (b *bench) notify(n alert.Notification) {
	b.t.Helper()
	if err := b.Notify(context.Background(), n); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) outcomes() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var s []string
	for _, r := range b.receipts {
		s = append(s, string(r.Outcome))
	}
	return strings.Join(s, " ")
}

func (b *bench) receipt(i int) alert.Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.receipts[i]
}

// until waits for what goroutines do by real time.
func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("it never came to be: %s", what)
}

// idle waits until nothing is left to do at the time of the clock: states do
// not change any more.
func (b *bench) states() string {
	list, err := b.Pending()
	if err != nil {
		b.t.Fatal(err)
	}
	var s []string
	for _, e := range list {
		s = append(s, fmt.Sprintf("%s r%d %s", e.Notification.Incident, e.Notification.Revision, e.State))
	}
	return strings.Join(s, ", ")
}

func incident(id string, rev int, kind alert.Kind) alert.Notification {
	return alert.Notification{Incident: id, Number: 7, Revision: rev, Kind: kind, Title: "Sign-in from two countries", Severity: "high", Status: "New", Tenant: "contoso",
		Summary: "ada@contoso.example signed in from two countries within an hour.",
		Labels:  map[string]string{"rule": "travel", "account": "ada@contoso.example"},
		First:   time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), Last: time.Date(2026, 11, 24, 10, 40, 0, 0, time.UTC),
		Entities: []alert.Entity{{Kind: "account", Name: "ada@contoso.example"}}, URL: "https://wholelog.example/incidents/7",
		Techniques: []alert.Technique{{ID: "T1078", V18: "Valid Accounts", V19: "Valid Accounts"}},
		Evidence:   &alert.Evidence{Columns: []string{"TimeGenerated", "UserAgent"}, Rows: [][]string{{"2026-11-24 10:00:00", `<img src=x onerror=alert(1)>`}}, Total: 42},
		Query:      "SigninLogs | where UserPrincipalName == 'ada@contoso.example'"}
}

func object(t testing.TB, b []byte) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return o
}
