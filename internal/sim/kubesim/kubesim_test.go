package kubesim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/intake"
	"github.com/wholelog/wholelog/internal/source/kube"
)

var (
	start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)
	from  = start.Add(2 * time.Hour)
	end   = start.Add(50 * time.Hour)
	who   = sim.LiveOptions{Users: 60, Seed: 6, Start: start}
)

const token = "0123456789abcdef-apiserver"

// clock is the tenant's: it moves on by an hour whenever the server rests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, _ time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now = c.now.Add(time.Hour); c.now.After(end) {
		c.now = end
		time.Sleep(time.Millisecond)
	}
	return ctx.Err()
}

// expected are the requests that must arrive, by identity.
func expected(t testing.TB) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, e := range sim.NewLive(who).Events(from, end) {
		if e.Audit() == nil || !due(&e).Before(end) {
			continue
		}
		rec := event.Record{Raw: e.Audit()}
		identify.Record(&rec)
		if rec.Table != "AKSAudit" || rec.IDKind != event.IDNative {
			t.Fatalf("no audit event: %s", rec.Raw)
		}
		out[rec.ID]++
	}
	if len(out) < 20 {
		t.Fatalf("only %d requests", len(out))
	}
	return out
}

// collect reads a source until all that is wanted has come, and a moment
// longer, for what comes once too often.
func collect(t *testing.T, src source.Source, want map[string]int, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got := map[string]int{}
	var writer sync.WaitGroup
	writer.Go(func() {
		if err := run(ctx); err != nil {
			t.Error(err)
		}
	})
	err := src.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
		for _, r := range p.Records {
			got[r.ID]++
			if r.Table != "AKSAudit" || r.Tenant != "tenant-1" {
				t.Errorf("a record of table %q and tenant %q: %s", r.Table, r.Tenant, r.Raw)
			}
		}
		for _, n := range p.Notices {
			if n.Level != source.Info {
				t.Errorf("notice %s: %s", n.Code, n.Text)
			}
		}
		if len(got) >= len(want) {
			time.AfterFunc(200*time.Millisecond, cancel)
		}
		return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Read ends with %v after %d of %d requests", err, len(got), len(want))
	}
	writer.Wait()
	for id, n := range want {
		if got[id] != n {
			t.Errorf("%s came %d times, want %d", id, got[id], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d requests, want %d", len(got), len(want))
	}
}

// TestWebhookIsCollectedOnce sends to the real source, behind a server that
// turns away two tries of three.
func TestWebhookIsCollectedOnce(t *testing.T) {
	auth, err := intake.Bearer(map[string]string{"prod": token})
	if err != nil {
		t.Fatal(err)
	}
	hook, err := kube.NewWebhook(kube.Options{Tenant: "tenant-1", Authorize: auth, Limits: intake.Limits{Wait: 20 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	tries, most := 0, 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		tries++
		n := tries
		mu.Unlock()
		if r.URL.Query().Get("timeout") != "30s" {
			t.Errorf("the address is %s", r.URL)
		}
		switch n % 3 {
		case 1:
			http.Error(w, "no room", http.StatusServiceUnavailable)
		case 2:
			panic(http.ErrAbortHandler)
		default:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			most = max(most, strings.Count(string(body), `"auditID"`))
			mu.Unlock()
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			hook.ServeHTTP(w, r)
		}
	}))
	defer web.Close()
	c := &clock{now: from.Add(24 * time.Hour)}
	w, err := NewWebhook(WebhookOptions{Tenant: who, From: from, URL: web.URL + kube.Prefix + "prod-1", Batch: 3, Token: func() (string, error) { return token + "\n", nil }, Now: c.Now, Sleep: c.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	collect(t, hook, expected(t), w.Run)
	if mu.Lock(); most != 3 {
		t.Errorf("the largest batch had %d events, want 3", most)
	}
	mu.Unlock()
}

// TestLogIsCollectedOnce follows the file by the real source while it is
// rotated.
func TestLogIsCollectedOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.log")
	c := &clock{now: from.Add(24 * time.Hour)}
	l, err := NewLog(LogOptions{Tenant: who, From: from, Path: path, MaxSize: 4 << 10, Now: c.Now, Sleep: c.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	tail, err := kube.NewTail(kube.TailOptions{Cluster: "prod-1", Path: path, Tenant: "tenant-1", Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Step(t.Context()); err != nil { // the file is there before anybody reads
		t.Fatal(err)
	}
	collect(t, tail, expected(t), l.Run)
	files, err := filepath.Glob(filepath.Join(dir, "audit-*.log"))
	if err != nil || len(files) < 2 {
		t.Errorf("%d rotated files, %v", len(files), err)
	}
	for _, f := range append(files, path) {
		if info, err := os.Stat(f); err != nil || info.Size() > 4<<10 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info, err)
		}
	}
}

func TestLogKeepsSoManyFiles(t *testing.T) {
	dir := t.TempDir()
	wall := start
	c := &clock{now: end}
	l, err := NewLog(LogOptions{Tenant: who, From: from, Path: filepath.Join(dir, "audit.log"), MaxSize: 2 << 10, Backups: 2, Now: c.Now, Wall: func() time.Time { return wall }})
	if err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		if more, err = l.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%d files, want the log and two rotated ones: %v", len(entries), err)
	}
}

func TestWebhookSaysWhatFails(t *testing.T) {
	answers := make(chan int, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(<-answers)
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	defer web.Close()
	var said []string
	var waits []time.Duration
	c := &clock{now: from}
	tokenless := true
	w, err := NewWebhook(WebhookOptions{Tenant: who, From: from, URL: web.URL, Attempts: 4, Now: c.Now, Jitter: func() float64 { return 0.5 },
		Notice: func(s string) { said = append(said, s) },
		Token: func() (string, error) {
			if tokenless {
				return "", errors.New("no such file")
			}
			return token, nil
		},
		Sleep: func(_ context.Context, d time.Duration) error {
			waits = append(waits, d)
			tokenless = false
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(want string, list ...int) {
		t.Helper()
		said, waits = nil, nil
		for _, a := range list {
			answers <- a
		}
		if err := w.deliver(t.Context(), []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(strings.Join(said, "|"), waits); got != want || strings.Contains(got, token) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f("the webhook does not take a batch, it is sent again: token: no such file|the webhook takes batches again[11s]", 200)
	f("[]", 204)
	f("the webhook does not take a batch, it is sent again: it answers 503 Service Unavailable|a batch was dropped after 4 tries: it answers 403 Forbidden[11s 16.5s 24.75s]", 503, 429, 302, 403)
	for _, bad := range []string{"", "127.0.0.1:8420", "http://example.com/v1/kube/x", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/", "http://127.0.0.1/?a=b"} {
		if _, err := NewWebhook(WebhookOptions{Tenant: who, URL: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
