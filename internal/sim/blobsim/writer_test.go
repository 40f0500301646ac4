package blobsim

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/blob"
	"github.com/wholelog/wholelog/internal/source/blob/azuritetest"
)

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

// lossy loses the answers of a part of the appends, which are done all the
// same.
type lossy struct{ n, lost atomic.Int64 }

func (l *lossy) Do(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(req)
	if err == nil && req.URL.Query().Get("comp") == "appendblock" && l.n.Add(1)%5 == 0 {
		l.lost.Add(1)
		return nil, errors.Join(errors.New("connection reset by peer"), resp.Body.Close())
	}
	return resp, err
}

// TestCollectedOnce reads the account by the real source while it is written.
func TestCollectedOnce(t *testing.T) {
	azurite, err := azuritetest.Start("audit")
	if err != nil {
		if _, lerr := exec.LookPath("npm"); lerr != nil {
			t.Skip("cannot run here: Azurite needs Node.js and npm")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := azurite.Close(); err != nil {
			t.Error(err)
		}
	})
	// The reader runs on the real clock: hours that it watches closely.
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2)
	o := sim.LiveOptions{Users: 60, Seed: 4, Start: start}
	from, end := start.Add(3*time.Hour), start.Add(30*time.Hour)
	now := from.Add(20 * time.Hour)
	login := "DefaultEndpointsProtocol=http;AccountName=audit;AccountKey=" + azuritetest.Key + ";BlobEndpoint=" + azurite.Account("audit") + ";"
	var said []string
	lost := &lossy{}
	w, err := New(Options{Tenant: o, From: from, Account: azurite.Account("audit"), ConnectionString: login + "\n", HTTP: lost, Notice: func(s string) { said = append(said, s) },
		Now:   func() time.Time { return now },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	live := sim.NewLive(o)
	want := map[string]int{}
	for _, e := range live.Events(from, end) {
		if e.Category != "" && e.Delivered.Before(end) {
			rec := event.Record{Raw: e.Diagnostic(), Tenant: live.Tenant()}
			identify.Record(&rec)
			want[rec.Table+" "+rec.ID]++
		}
	}
	total := 0
	for _, n := range want {
		total += n
	}
	src, err := blob.New(blob.Options{ConnectionString: login, Tenant: live.Tenant(), Poll: 20 * time.Millisecond, Late: 50 * time.Millisecond, Full: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var writer sync.WaitGroup
	steps := func() {
		for more := true; more; {
			var err error
			if more, err = w.Step(ctx); err != nil {
				t.Error(err)
				return
			}
		}
	}
	steps()
	writer.Go(func() {
		for now.Before(end) {
			now = earlier(now.Add(time.Hour), end)
			steps()
		}
	})
	got, n, repeats := map[string]map[event.Hash]bool{}, 0, 0
	rerr := src.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
		for _, r := range p.Records {
			key := r.Table + " " + r.ID
			if r.Tenant != live.Tenant() {
				t.Errorf("a record of tenant %q", r.Tenant)
			}
			if got[key] == nil {
				got[key] = map[event.Hash]bool{}
			}
			if got[key][r.Content] {
				repeats++
				continue
			}
			got[key][r.Content] = true
			n++
		}
		if n >= total {
			time.AfterFunc(200*time.Millisecond, cancel)
		}
		return source.Taken{Read: len(p.Records)}, nil
	})
	if !errors.Is(rerr, context.Canceled) {
		t.Errorf("Read ends with %v", rerr)
	}
	writer.Wait()
	for k, n := range want {
		if len(got[k]) != n {
			t.Errorf("%s came in %d contents, want %d", k, len(got[k]), n)
		}
	}
	if n != total || total < 100 || lost.lost.Load() == 0 {
		t.Errorf("%d records, want %d; %d answers were lost", n, total, lost.lost.Load())
	}
	t.Logf("%d records, %d read again while blobs grew, %d answers of appends lost", n, repeats, lost.lost.Load())
	// In the blobs each record is once, whatever a reader repeats.
	lines := map[string]int{}
	once, err := blob.New(blob.Options{ConnectionString: login, Tenant: live.Tenant()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n = 0
	_ = once.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
		for _, r := range p.Records {
			lines[r.Table+" "+r.ID+" "+string(r.Content[:])]++
			n++
		}
		if n >= total {
			time.AfterFunc(200*time.Millisecond, cancel)
		}
		return source.Taken{}, nil
	})
	for k, c := range lines {
		if c != 1 {
			t.Errorf("%.60q is %d times in the blobs", k, c)
		}
	}
	if len(said) == 0 || strings.Contains(strings.Join(said, " "), azuritetest.Key) {
		t.Errorf("said %q", said)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func TestPlaces(t *testing.T) {
	live := sim.NewLive(sim.LiveOptions{Users: 30, Seed: 5, Start: start})
	seen := map[string]bool{}
	for _, e := range live.Events(start, start.AddDate(0, 0, 3)) {
		if e.Category == "" {
			continue
		}
		container, name := place(&e)
		want := "tenantId=" + live.Tenant() + "/y=2026/m=10/d="
		if e.Category == "kube-audit" {
			want = "resourceId=/SUBSCRIPTIONS/"
		}
		if !strings.HasPrefix(name, want) || !strings.HasSuffix(name, "/m=00/PT1H.json") || !strings.Contains(name, e.Emitted().Format("/h=15/")) {
			t.Errorf("%s of %v is in %s", e.Category, e.Emitted(), name)
		}
		seen[container] = true
	}
	if !seen["insights-logs-signinlogs"] || !seen["insights-logs-kube-audit"] {
		t.Errorf("containers: %v", seen)
	}
}

func TestAccountIsTheOneThatWasNamed(t *testing.T) {
	const login = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=cDFhbnRlZA==;BlobEndpoint="
	f := func(account, login string, good bool) {
		t.Helper()
		_, err := New(Options{Tenant: sim.LiveOptions{Users: 1, Start: start}, Account: account, ConnectionString: login})
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), "cDFh") {
			t.Errorf("%s: %v", account, err)
		}
	}
	f("http://127.0.0.1:10000/a", login+"http://127.0.0.1:10000/a", true)
	f("http://127.0.0.1:10000/a/", login+"http://127.0.0.1:10000/a", true)
	f("http://127.0.0.1:10000/b", login+"http://127.0.0.1:10000/a", false)
	f("http://example.com/a", login+"http://example.com/a", false)
	f("https://a.blob.core.windows.net", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=cDFhbnRlZA==;EndpointSuffix=core.windows.net", true)
	f("http://127.0.0.1:10000/a", "cDFhbnRlZA==", false)
}
