package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/kql"
)

func pack(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(s))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPage(t *testing.T) {
	k := newKit(t, func(o *Options) {
		o.Page = fstest.MapFS{"index.html.gz": {Data: pack(t, `<meta name="csp-nonce" content="__CSP_NONCE__">`)}, "assets/a-1.js.gz": {Data: pack(t, "run()")}, "icon.svg": {Data: []byte("<svg/>")}}
	})
	w := k.ask("GET", "/incidents/12", "", nil)
	csp := w.Header().Get("Content-Security-Policy")
	_, nonce, _ := strings.Cut(csp, "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	if w.Code != 200 || len(nonce) < 20 || !strings.Contains(w.Body.String(), `content="`+nonce+`"`) {
		t.Errorf("%d %q %s", w.Code, csp, w.Body)
	}
	if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'; script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy %q", csp)
	}
	if again := k.ask("GET", "/", "", nil).Header().Get("Content-Security-Policy"); again == csp {
		t.Error("the nonce is the same twice")
	}
	w = k.ask("GET", "/assets/a-1.js", "", map[string]string{"Accept-Encoding": "gzip, br"})
	if w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") ||
		!bytes.Equal(w.Body.Bytes(), pack(t, "run()")) || strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
	if w = k.ask("GET", "/assets/a-1.js", "", nil); w.Body.String() != "run()" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
	if w = k.ask("GET", "/icon.svg", "", nil); w.Body.String() != "<svg/>" || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
	for path, want := range map[string]int{"/assets/gone.js": 404, "/v1/nothing": 401, "/assets/../index.html.gz": 200, "/../../etc/passwd": 200} {
		w := k.ask("GET", path, "", nil)
		if w.Code != want && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect || strings.Contains(w.Body.String(), "root:") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := k.ask("POST", "/somewhere", "x", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("%d", w.Code)
	}
}

func TestETag(t *testing.T) {
	k := newKit(t, nil)
	who := k.session(t, auth.Viewer)
	w := k.ask("GET", "/v1/dashboards", "", who)
	tag := w.Header().Get("ETag")
	if w.Code != 200 || tag == "" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	who["If-None-Match"] = `"other", W/` + tag
	if w = k.ask("GET", "/v1/dashboards", "", who); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	who["If-None-Match"] = `"other"`
	if w = k.ask("GET", "/v1/dashboards", "", who); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
}

func TestStream(t *testing.T) {
	k := newKit(t, nil)
	who := k.session(t, auth.Viewer)
	who["Accept"] = "application/x-ndjson"
	lines := func(q string) []string {
		b, err := json.Marshal(Ask{Query: q})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(k.ask("POST", "/v1/query", string(b), who).Body.String()), "\n")
	}
	got := lines(`range i from 1 to 3 step 1 | render piechart with (title="T")`)
	if len(got) != 5 || got[0] != `{"columns":[{"name":"i","type":"long"}]}` || got[3] != `{"row":[3]}` || !strings.Contains(got[4], `"rows":3`) || !strings.Contains(got[4], `"kind":"piechart"`) || !strings.Contains(got[4], `"title":"T"`) {
		t.Errorf("%q", got)
	}
	got = lines("SigninLogs | where Foo")
	var p Problem
	if err := json.Unmarshal([]byte(got[0]), &p); err != nil || p.Status != 422 || len(p.Diagnostics) == 0 || p.Diagnostics[0].Column != 20 {
		t.Errorf("%q %v", got, err)
	}
	var limited string
	b, err := json.Marshal(Ask{Query: "range i from 1 to 100000 step 1", Rows: 50_000})
	if err != nil {
		t.Fatal(err)
	}
	limited = k.ask("POST", "/v1/query", string(b), who).Body.String()
	if !strings.Contains(limited, `{"problem":`) || !strings.Contains(limited, "more than 50000 rows") {
		t.Errorf("%.200s", limited[max(len(limited)-200, 0):])
	}
}

func TestDiagnosticsStandWhereTheTextIs(t *testing.T) {
	list := up([]kql.Diagnostic{{Line: 2, EndLine: 2, Column: 5}}, 1)
	if list[0].Line != 1 || list[0].EndLine != 1 || list[0].Column != 5 {
		t.Errorf("%+v", list)
	}
}

func TestPanelsRunOnceForAll(t *testing.T) {
	var p panels
	var mu sync.Mutex
	runs := 0
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			b, err := p.get(context.Background(), panelKey{text: "x"}, time.Now(), func(context.Context) ([]byte, error) {
				mu.Lock()
				runs++
				mu.Unlock()
				<-gate
				return []byte("rows"), nil
			})
			if err != nil || string(b) != "rows" {
				t.Errorf("%s %v", b, err)
			}
		})
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.get(gone, panelKey{text: "x"}, time.Now(), func(context.Context) ([]byte, error) {
		mu.Lock()
		runs++
		mu.Unlock()
		<-gate
		return []byte("rows"), nil
	}); err == nil {
		t.Error("who has gone has an answer")
	}
	close(gate)
	wg.Wait()
	if runs != 1 {
		t.Errorf("%d runs", runs)
	}
}

func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	k := newKit(t, nil)
	w := k.ask("GET", "/v1/openapi.json", "", k.session(t, auth.Viewer))
	var d struct {
		OpenAPI    string
		Paths      map[string]map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.OpenAPI != "3.1.0" {
		t.Fatal(err, d.OpenAPI)
	}
	for _, r := range k.routes {
		if !r.hidden && d.Paths[r.path][strings.ToLower(r.method)] == nil {
			t.Errorf("%s %s is not described", r.method, r.path)
		}
	}
	rest := w.Body.String()
	for {
		_, after, ok := strings.Cut(rest, `"#/components/schemas/`)
		if !ok {
			break
		}
		name, more, _ := strings.Cut(after, `"`)
		if d.Components.Schemas[name] == nil {
			t.Errorf("schema %s is not there", name)
		}
		rest = more
	}
}
