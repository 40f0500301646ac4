package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/source/own"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// kit is a server over an empty store, and what its audit took.
type kit struct {
	*Server
	mu   sync.Mutex
	rows []own.Row
}

func (k *kit) audited() []own.Row {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.rows)
}

func newKit(t *testing.T, change func(*Options)) *kit {
	t.Helper()
	ctx := context.Background()
	store, err := duck.Open(ctx, "", duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := query.New(ctx, store, query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tokens, err1 := auth.Open(filepath.Join(dir, "tokens.json"))
	sessions, err2 := auth.OpenSessions(filepath.Join(dir, "sessions.json"), auth.Lives{})
	people, err3 := auth.OpenPeople(filepath.Join(dir, "people.json"))
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	k := &kit{}
	o := Options{Engine: engine, Tokens: tokens, Sessions: sessions, People: people, Metrics: prometheus.NewRegistry(), Data: dir, Library: filepath.Join(dir, "queries"),
		Page:   fstest.MapFS{"index.html": {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__">`)}, "assets/x-1234.js": {Data: []byte("1")}},
		Status: func(context.Context, time.Time) (*ops.Status, error) { return &ops.Status{}, nil },
		Reload: func(context.Context) error { return nil }, Config: func() *config.Config { return &config.Config{} },
		Audit: func(_ context.Context, rows ...own.Row) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.rows = append(k.rows, rows...)
			return nil
		}}
	if change != nil {
		change(&o)
	}
	if k.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { k.Record(ctx) })
	t.Cleanup(func() {
		stop()
		work.Wait()
		if err := store.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return k
}

// ask sends a request; who are headers.
func (k *kit) ask(method, path, body string, who map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8420"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for n, v := range who {
		r.Header.Set(n, v)
	}
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	return w
}

func (k *kit) session(t *testing.T, role auth.Role) map[string]string {
	t.Helper()
	text, v, err := k.opt.Sessions.Begin(auth.Session{User: "u-" + string(role), Name: string(role), Roles: []auth.Role{role}, Scopes: auth.ScopesOf([]auth.Role{role})}, time.Time{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"Cookie": "wholelog=" + text, "X-CSRF-Token": v.CSRF}
}

// TestWhoMayAskWhat walks every route with every role, every scope, nobody and
// somebody with a wrong token.
func TestWhoMayAskWhat(t *testing.T) {
	k := newKit(t, nil)
	open := []string{"GET /healthz", "GET /readyz", "GET /v1/session", "POST /v1/session/link", "POST /v1/session/token", "GET /v1/oidc/start", "GET /v1/oidc/callback", " /"}
	type asker struct {
		name   string
		head   map[string]string
		scopes []auth.Scope
	}
	askers := []asker{{"nobody", nil, nil}}
	for _, r := range auth.Roles {
		askers = append(askers, asker{"role " + string(r), k.session(t, r), auth.ScopesOf([]auth.Role{r})})
	}
	for _, c := range auth.Scopes {
		text, _, err := k.opt.Tokens.Add(string(c), []auth.Scope{c}, time.Hour, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		askers = append(askers, asker{"token " + string(c), map[string]string{"Authorization": "Bearer " + text}, []auth.Scope{c}})
	}
	fill := strings.NewReplacer("{", "", "}", "")
	walked := 0
	for _, r := range k.routes {
		key := r.method + " " + r.path
		intake := strings.HasPrefix(r.path, "/v1/ingest/") || strings.HasPrefix(r.path, "/v1/kube/")
		if r.scope == "" && !intake {
			if !slices.Contains(open, key) {
				t.Errorf("%s asks nobody who they are", key)
			}
			continue
		}
		if key == "DELETE /v1/session" || r.path == "/v1/live" {
			continue // the one ends sessions that are still needed, the other does not end
		}
		scope := r.scope
		if intake {
			scope = auth.Ingest
		}
		method := r.method
		if method == "" {
			method = "POST"
		}
		for _, a := range askers {
			w := k.ask(method, fill.Replace(r.path), "{}", a.head)
			may := slices.Contains(a.scopes, scope)
			got := w.Code
			walked++
			switch {
			case a.head == nil && got != http.StatusUnauthorized:
				t.Errorf("%s of %s: %d", key, a.name, got)
			case a.head != nil && !may && got != http.StatusForbidden:
				t.Errorf("%s of %s, which has not %s: %d", key, a.name, scope, got)
			case may && key == "POST /v1/signin" && got != http.StatusForbidden:
				t.Errorf("%s of %s: %d; only the socket makes links", key, a.name, got)
			case may && key != "POST /v1/signin" && (got == http.StatusUnauthorized || got == http.StatusForbidden):
				t.Errorf("%s of %s, which has %s: %d %s", key, a.name, scope, got, w.Body)
			}
			if a.head == nil && strings.Contains(w.Body.String(), "SigninLogs") {
				t.Errorf("%s tells nobody something: %s", key, w.Body)
			}
		}
	}
	if walked < 400 {
		t.Errorf("only %d requests", walked)
	}
	if w := k.ask("GET", "/v1/status", "", map[string]string{"Authorization": "Bearer wl_abc_def"}); w.Code != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", w.Code)
	}
	if w := k.ask("GET", "/v1/live", "", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("live of nobody: %d", w.Code)
	}
}

func TestSessionsProveWhereARequestComesFrom(t *testing.T) {
	k := newKit(t, nil)
	who := k.session(t, auth.AdminOf)
	post := func(head map[string]string) int {
		return k.ask("POST", "/v1/people", `{"value":"ada@example.org","role":"viewer"}`, head).Code
	}
	if got := post(who); got != http.StatusOK {
		t.Errorf("%d", got)
	}
	if got := post(map[string]string{"Cookie": who["Cookie"]}); got != http.StatusForbidden {
		t.Errorf("without the header: %d", got)
	}
	if got := post(map[string]string{"Cookie": who["Cookie"], "X-CSRF-Token": "guess"}); got != http.StatusForbidden {
		t.Errorf("with a wrong one: %d", got)
	}
	if got := k.ask("GET", "/v1/people", "", map[string]string{"Cookie": who["Cookie"]}).Code; got != http.StatusOK {
		t.Errorf("reading: %d", got)
	}
	r := httptest.NewRequest("GET", "/v1/people", nil)
	r.Host = "attacker.example"
	r.Header.Set("Cookie", who["Cookie"])
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %d", w.Code)
	}
}

func TestASessionEndsWithItsToken(t *testing.T) {
	k := newKit(t, nil)
	text, token, err := k.opt.Tokens.Add("t", []auth.Scope{auth.Query}, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := k.ask("POST", "/v1/session/token", `{"token":"`+text+`"}`, nil)
	head := map[string]string{"Cookie": strings.Split(w.Header().Get("Set-Cookie"), ";")[0]}
	if got := k.ask("GET", "/v1/status", "", head).Code; got != http.StatusOK {
		t.Fatalf("signed in: %d", got)
	}
	if err := k.opt.Tokens.Revoke(token.ID); err != nil { // as the command line does, which knows of no sessions
		t.Fatal(err)
	}
	if got := k.ask("GET", "/v1/status", "", head).Code; got != http.StatusUnauthorized {
		t.Errorf("after the token was revoked: %d", got)
	}
}

func TestSignInByLink(t *testing.T) {
	k := newKit(t, func(o *Options) { o.Secure = true; o.URL = func() string { return "https://w.example" } })
	l, err := k.NewLink("owner", auth.AdminOf)
	if err != nil || !strings.HasPrefix(l.URL, "https://w.example/signin#token=wl_link_") {
		t.Fatal(l, err)
	}
	if w := k.ask("POST", "/v1/session/link", `{"token":"`+l.Token+`"}`, map[string]string{"Sec-Fetch-Site": "cross-site"}); w.Code != http.StatusForbidden {
		t.Errorf("another site signs in: %d", w.Code)
	}
	w := k.ask("POST", "/v1/session/link", `{"token":"`+l.Token+`"}`, nil)
	c := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-wholelog=", "Path=/", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(c, want) {
			t.Errorf("cookie %q lacks %s", c, want)
		}
	}
	if w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	head := map[string]string{"Cookie": strings.Split(c, ";")[0]}
	var a SessionAnswer
	if err := json.Unmarshal(k.ask("GET", "/v1/session", "", head).Body.Bytes(), &a); err != nil || !a.SignedIn || a.CSRF == "" || !slices.Contains(a.May, "admin") {
		t.Errorf("%+v %v", a, err)
	}
	if w := k.ask("POST", "/v1/session/link", `{"token":"`+l.Token+`"}`, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("a second time: %d", w.Code)
	}
	head["X-CSRF-Token"] = a.CSRF
	if w := k.ask("DELETE", "/v1/session", "", head); w.Code != http.StatusNoContent {
		t.Errorf("sign out: %d %s", w.Code, w.Body)
	}
	if w := k.ask("GET", "/v1/status", "", head); w.Code != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", w.Code)
	}
	a = SessionAnswer{}
	body := k.ask("GET", "/v1/session", "", nil).Body.String()
	if err := json.Unmarshal([]byte(body), &a); err != nil || a.SignedIn || a.Server != nil || strings.Contains(body, "tenants") {
		t.Errorf("nobody is told %s", body)
	}
	for i := range mostFailures + 2 {
		w := k.ask("POST", "/v1/session/link", `{"token":"wl_link_guess"}`, nil)
		if i >= mostFailures && w.Code != http.StatusTooManyRequests {
			t.Errorf("guess %d: %d", i, w.Code)
		}
	}
	var failed, in int
	for _, r := range k.audited() {
		switch r["Action"] {
		case "signin.fail":
			failed++
		case "signin":
			in++
		}
		if b, err := json.Marshal(r); err != nil || strings.Contains(string(b), l.Token) || strings.Contains(string(b), strings.Split(head["Cookie"], "=")[1]) {
			t.Errorf("the audit holds a secret: %s", b)
		}
	}
	if in != 1 {
		t.Errorf("%d sign-ins recorded", in)
	}
}

func TestWhatIsDoneIsRecordedBeforeItIsAnswered(t *testing.T) {
	k := newKit(t, nil)
	who := k.session(t, auth.AdminOf)
	w := k.ask("POST", "/v1/tokens", `{"name":"grafana","scopes":["query"]}`, who)
	var made MadeToken
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.Token == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	rows := k.audited()
	if len(rows) != 1 || rows[0]["Action"] != "token.add" || rows[0]["Target"] != made.ID || rows[0]["Actor"] != "admin" || rows[0]["Result"] != "ok" || rows[0]["IPAddress"] != "192.0.2.1" {
		t.Errorf("%v", rows)
	}
	b, err := json.Marshal(rows)
	if err != nil || strings.Contains(string(b), made.Token) {
		t.Errorf("the audit holds the token: %s", b)
	}
	if w := k.ask("POST", "/v1/tokens", `{"name":"x","scopes":["everything"]}`, who); w.Code != http.StatusBadRequest {
		t.Errorf("%d", w.Code)
	}
	if rows = k.audited(); len(rows) != 2 || rows[1]["Result"] != "failed" || rows[1]["Reason"] == "" {
		t.Errorf("%v", rows)
	}
	if w := k.ask("DELETE", "/v1/tokens/"+made.ID, "", k.session(t, auth.Viewer)); w.Code != http.StatusForbidden {
		t.Errorf("%d", w.Code)
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(k.audited()) < 3 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if rows = k.audited(); len(rows) != 3 || rows[2]["Result"] != "refused" || rows[2]["Action"] != "access.refuse" {
		t.Errorf("%v", rows)
	}

	broken := newKit(t, func(o *Options) {
		o.Audit = func(context.Context, ...own.Row) error { return io.ErrShortWrite }
	})
	if w := broken.ask("POST", "/v1/people", `{"value":"a@example.org","role":"viewer"}`, broken.session(t, auth.AdminOf)); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "could not be recorded") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestDashboardsAreRecordedOnce(t *testing.T) {
	k := newKit(t, nil)
	who := k.session(t, auth.Viewer)
	for range 5 {
		for _, p := range []string{"", "/panels/success", "/panels/map"} {
			if w := k.ask("GET", "/v1/dashboards/overview"+p, "", who); w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", p, w.Code, w.Body)
			}
		}
	}
	k.ask("POST", "/v1/query", `{"query":"print 1"}`, who)
	deadline := time.Now().Add(10 * time.Second)
	for len(k.audited()) < 2 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	rows := k.audited()
	if len(rows) != 2 || rows[0]["Action"] != "dashboard.view" || rows[0]["Target"] != "overview" || rows[1]["Action"] != "query.run" || rows[1]["Query"] != "print 1" || rows[1]["RowCount"] != int64(1) {
		t.Errorf("%v", rows)
	}
}
