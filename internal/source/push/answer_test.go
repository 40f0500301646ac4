package push_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/intake"
	"github.com/wholelog/wholelog/internal/source/push"
)

type reply struct {
	intake.Answer
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Kept   *intake.Answer `json:"kept"`
	header http.Header
}

// post sends a body with headers "Name: value".
func post(t testing.TB, address string, body io.Reader, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return do(t, req)
}

func do(t testing.TB, req *http.Request) reply {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), token) {
		t.Error("an answer holds the token")
	}
	r := reply{header: resp.Header}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("answer %q: %v", text, err)
	}
	if r.Status != 0 && r.Status != resp.StatusCode {
		t.Errorf("the body says %d, the status is %d", r.Status, resp.StatusCode)
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK && kind != "application/problem+json" {
		t.Errorf("status %d has Content-Type %q", resp.StatusCode, kind)
	}
	r.Status = resp.StatusCode
	return r
}

func gz(text string) *bytes.Buffer {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return &b
}

func want(t *testing.T, name string, p *int, n int) {
	t.Helper()
	if p == nil || *p != n {
		t.Errorf("%s: %v, want %d", name, p, n)
	}
}

func TestAnswerCounts(t *testing.T) {
	in, address := serve(t, push.Options{})
	var r reader
	r.run(t, in)
	a := post(t, address+"/v1/ingest/SigninLogs", strings.NewReader(signIn(1)+"\n"+signIn(2)+"\n{\"what\":1}\n{\"id\": broken\n"+signIn(1)))
	if a.Status != http.StatusOK || a.Read != 5 || a.Unparsed != 2 || len(a.Problems) != 2 || a.Problems[1].Line != 4 {
		t.Errorf("answer %+v", a)
	}
	want(t, "accepted", a.Accepted, 2)
	want(t, "duplicates", a.Duplicates, 1)
	// A table in another letter case, a category, and records of another table.
	a = post(t, address+"/v1/ingest/signinlogs", gz(signIn(3)), "Content-Encoding: gzip")
	if want(t, "gzip", a.Accepted, 1); a.Status != http.StatusOK {
		t.Errorf("answer %+v", a)
	}
	a = post(t, address+"/v1/ingest/kube-audit-admin", strings.NewReader(signIn(4)))
	if a.Status != http.StatusOK || a.Elsewhere["SigninLogs"] != 1 || !strings.Contains(a.Note, "AKSAuditAdmin") {
		t.Errorf("answer %+v", a)
	}
	a = post(t, address+"/v1/ingest/auto", strings.NewReader(""))
	if a.Status != http.StatusOK || a.Read != 0 {
		t.Errorf("an empty body: %+v", a)
	}
	sources := map[string]int{}
	kept, _ := r.all()
	for _, rec := range kept {
		sources[rec.Source]++
	}
	if sources["push/SigninLogs"] != 6 || sources["push/AKSAuditAdmin"] != 1 {
		t.Errorf("sources %v", sources)
	}
}

// TestPathTellsPortalDownloadsApart is where the table of the path matters.
func TestPathTellsPortalDownloadsApart(t *testing.T) {
	in, address := serve(t, push.Options{})
	var r reader
	r.run(t, in)
	csv := "\"Date (UTC)\",\"Request ID\",\"User agent\",\"Correlation ID\",\"User ID\",\"User\",\"Username\",\"User type\",\"Cross tenant access type\",\"Incoming token type\",\"Authentication Protocol\",\"Unique token identifier\",\"Original transfer method\",\"Client credential type\",\"Token Protection - Sign In Session\",\"Token Protection - Sign In Session StatusCode\",\"Application\",\"Application ID \",\"App owner tenant ID\",\"Resource\",\"Resource ID \",\"Status\",\"Sign-in error code\"\n" +
		"2026-10-05T10:00:00Z,r1,ua,c1,u1,User,u@example.com,Member,none,none,none,t1,none,none,Unbound,1002,App,a1,o1,Res,r,Success,\n"
	for _, table := range []string{"AADNonInteractiveUserSignInLogs", "SigninLogs"} {
		a := post(t, address+"/v1/ingest/"+table, strings.NewReader(csv), "Content-Type: text/csv; charset=utf-8")
		if a.Status != http.StatusOK || a.Read != 1 || len(a.Elsewhere) != 0 {
			t.Errorf("%s: answer %+v", table, a)
		}
		kept, _ := r.all()
		if got := kept[len(kept)-1].Table; got != table {
			t.Errorf("a row posted to %s is in %s", table, got)
		}
	}
}

// TestRequestsShareAPage sends many while a page is being written: they must
// be in the next one together, and hear what became of each.
func TestRequestsShareAPage(t *testing.T) {
	in, address := serve(t, push.Options{})
	const n = 40
	var r reader
	first := make(chan struct{})
	r.yield = func(source.Page) error { <-first; return nil }
	r.run(t, in)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			a := post(t, address+"/v1/ingest/auto", strings.NewReader(signIn(i)))
			if want(t, "accepted", a.Accepted, 1); a.Read != 1 || a.Status != http.StatusOK {
				t.Errorf("answer %+v", a)
			}
		})
	}
	// All wait: those of the page that is under way, and those behind it.
	waitFor(t, func() bool { return in.Load().Waiting == n })
	close(first)
	wg.Wait()
	if records, pages := r.counts(); records != n || pages > 3 {
		t.Errorf("%d records in %d pages, want %d in at most 3", records, pages, n)
	}
}

// TestNoSuccessWithoutTheLedger is the package's invariant.
func TestNoSuccessWithoutTheLedger(t *testing.T) {
	in, address := serve(t, push.Options{Limits: intake.Limits{Wait: 50 * time.Millisecond}})
	f := func(when string, text string) {
		t.Helper()
		a := post(t, address+"/v1/ingest/auto", strings.NewReader(signIn(1)))
		if a.Status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.Detail, text) {
			t.Errorf("%s: answer %+v", when, a)
		}
	}
	f("nobody reads", "not running")
	var r reader
	r.yield = func(source.Page) error { return errors.New("the disk is full") }
	back := make(chan error, 1)
	go func() { back <- in.Read(t.Context(), nil, r.take) }()
	f("the ledger fails", "did not take")
	if err := <-back; err == nil || err.Error() != "the disk is full" {
		t.Errorf("Read returns %v", err)
	}
	f("nobody reads any more", "not running")
	if records, _ := r.counts(); records != 0 {
		t.Errorf("%d records", records)
	}
	idle(t, in)
}

// TestReadOnlyOnce keeps two collectors from sharing an intake.
func TestReadOnlyOnce(t *testing.T) {
	in, address := serve(t, push.Options{})
	var r reader
	r.run(t, in)
	post(t, address+"/v1/ingest/auto", strings.NewReader(signIn(1)))
	if err := in.Read(t.Context(), nil, r.take); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second Read returns %v", err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	ok := bearer(t)
	for name, o := range map[string]push.Options{
		"no authorization": {},
		"label":            {Label: "a/b", Authorize: ok},
		"label with ..":    {Label: "a b", Authorize: ok},
	} {
		if _, err := push.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := intake.Bearer(map[string]string{"x": "short-secret"}); err == nil || strings.Contains(err.Error(), "short-secret") {
		t.Errorf("a short token: %v", err)
	}
	if _, err := intake.Bearer(nil); err == nil {
		t.Error("no tokens: no error")
	}
}

// waitFor waits until a condition holds.
func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was waited for does not happen")
		}
	}
}

// idle checks that nothing is held when all requests are over.
func idle(t testing.TB, in *push.Intake) {
	t.Helper()
	waitFor(t, func() bool { l := in.Load(); return l.Waiting == 0 && l.Memory == 0 })
}
