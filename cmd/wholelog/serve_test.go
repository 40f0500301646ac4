package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
)

// cli runs a command and returns what it prints.
func cli(t *testing.T, args ...string) (string, error) {
	t.Helper()
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	return out.String(), err
}

// tenant is a simulated tenant served over HTTP, and a configuration for it.
type tenant struct {
	dir, config, data, secret string
	at                        string // where serve listens
	server                    *graphsim.Server
}

func newTenant(t *testing.T, more string) *tenant {
	t.Helper()
	return newTenantWith(t, more, graphsim.Options{})
}

func newTenantWith(t *testing.T, more string, o graphsim.Options) *tenant {
	t.Helper()
	dir := t.TempDir()
	v := &tenant{dir: dir, config: filepath.Join(dir, "c.yaml"), data: filepath.Join(dir, "data"), secret: "p1anted~Secret.9vQ8"}
	live := sim.NewLive(sim.LiveOptions{Users: 400, Seed: 3, Start: time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour), Graph: sim.Latency{Min: time.Millisecond, Max: 2 * time.Millisecond}})
	const client = "99999999-0000-4000-8000-000000000001"
	o.Tenant, o.ClientID, o.Secret = live.Tenant(), client, v.secret
	v.server = graphsim.New(o)
	v.server.Follow(live, time.Now().Add(-2*time.Hour))
	web := httptest.NewServer(v.server)
	t.Cleanup(web.Close)
	secret := filepath.Join(dir, "secret")
	write(t, secret, v.secret)
	v.at = freeAddress(t)
	text := config.Template(config.Answers{Tenant: live.Tenant(), Client: client, SecretFile: secret, Data: v.data, Key: filepath.Join(dir, "key"), Endpoint: web.URL, Login: web.URL})
	text = strings.Replace(text, config.DefaultListen, v.at, 1)
	text = strings.Replace(text, "graph: {", "graph: {since: 2h, poll: 1s, collections: [signIns, nonInteractiveUser, directoryAudits], ", 1)
	write(t, v.config, text+more)
	return v
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return strings.TrimPrefix(s.URL, "http://")
}

// serve runs the server until stop is called, which returns its error.
func (v *tenant) serve(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&server{path: v.config}).run(ctx) }()
	var err error
	stopped := false
	stop = func() error {
		if !stopped {
			stopped = true
			cancel()
			err = <-ended
		}
		return err
	}
	t.Cleanup(func() { _ = stop() })
	v.until(t, func() bool {
		select {
		case e := <-ended:
			t.Fatalf("serve: %v", e)
		default:
		}
		res, err := http.Get("http://" + v.at + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return stop
}

// until waits for something to come true.
func (v *tenant) until(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come true within a minute")
		}
	}
}

func (v *tenant) count(t *testing.T) int {
	t.Helper()
	out, err := cli(t, "query", "--data", v.data, "--format", "ndjson", "union SigninLogs, AADNonInteractiveUserSignInLogs, AuditLogs | count")
	if err != nil {
		t.Fatal(err)
	}
	var row struct{ Count int }
	if err := json.Unmarshal([]byte(out), &row); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return row.Count
}

func TestServeCollectsAndAnswersOverItsSocket(t *testing.T) {
	v := newTenant(t, "")
	if out, err := cli(t, "check", "-c", v.config); err != nil || !strings.Contains(out, "3 sources") {
		t.Fatalf("check: %v\n%s", err, out)
	}
	stop := v.serve(t)
	v.until(t, func() bool { return v.count(t) > 20 })
	out, err := cli(t, "status", "--data", v.data, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var s ops.Status
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Sources) != 3 || s.Sources[0].State != "following" || s.Records < 20 {
		t.Errorf("status: %+v", s)
	}
	if strings.Contains(out, v.secret) {
		t.Error("status shows the client secret")
	}
	if out, err := cli(t, "query", "--data", v.data, "--check", "SigninLogs | where Nope == 1"); err == nil || !strings.Contains(out, `"ok":false`) {
		t.Errorf("check over the socket: %v %s", err, out)
	}
	if _, err := cli(t, "query", "--data", v.data, "SigninLogs | where Nope == 1"); err == nil || !strings.Contains(err.Error(), "an error") {
		t.Errorf("a bad query over the socket: %v", err)
	}
	if out, err := cli(t, "query", "--data", v.data, "--explain", "SigninLogs | take 1"); err != nil || !strings.Contains(out, "# SQL") {
		t.Errorf("explain: %v %s", err, out)
	}
	batch := filepath.Join(v.dir, "batch")
	write(t, batch, `{"id":7,"query":"print x=1"}`+"\n"+`{"query":"print"}`+"\n")
	if out, err := cli(t, "query", "--data", v.data, "--batch", batch); err != nil || !strings.Contains(out, `{"id":7,"ok":true,"columns":[{"name":"x","type":"int"}]`) && !strings.Contains(out, `"rows":[[1]]`) {
		t.Errorf("batch: %v %s", err, out)
	}
	before := v.count(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(v.data, "sock")); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
	if n := v.count(t); n < before {
		t.Errorf("%d rows after the stop, %d before", n, before)
	}
	if out, err := cli(t, "verify", "--data", v.data); err != nil {
		t.Errorf("the ledger does not verify: %v %s", err, out)
	}
}

func TestServeTellsWhoMayAsk(t *testing.T) {
	v := newTenant(t, "")
	v.serve(t)
	token := func(scopes ...string) string {
		t.Helper()
		args := []string{"token", "add", "test", "--data", v.data}
		for _, s := range scopes {
			args = append(args, "--scope", s)
		}
		out, err := cli(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out)
	}
	ask := func(want int, method, path, bearer, host, body string) string {
		t.Helper()
		req, err := http.NewRequest(method, "http://"+v.at+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		if host != "" {
			req.Host = host
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want {
			t.Errorf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, text)
		}
		return string(text)
	}
	const q = `{"query":"print x=1","format":"ndjson"}`
	query, metrics := token("query"), token("metrics")
	ask(200, "GET", "/healthz", "", "", "")
	ask(200, "GET", "/", "", "", "") // the page, which knows nothing by itself
	for _, path := range []string{"/metrics", "/v1/status", "/v1/", "/v1/nothing", "/v1/ingest/auto", "/v1/kube/prod"} {
		ask(401, "GET", path, "", "", "")
	}
	ask(401, "POST", "/v1/query", "", "", q)
	ask(401, "POST", "/v1/query", "wl_aaaaaaaa_bbbb", "", q)
	ask(403, "POST", "/v1/query", metrics, "", q)
	ask(403, "POST", "/v1/reload", query, "", "")
	if got := ask(200, "POST", "/v1/query", query, "", q); got != "{\"x\":1}\n" {
		t.Errorf("query: %q", got)
	}
	ask(421, "POST", "/v1/query", query, "evil.example", q)
	ask(421, "GET", "/healthz", "", "evil.example:8420", "")
	ask(200, "POST", "/v1/query", query, "localhost:8420", q)
	if got := ask(422, "POST", "/v1/query", query, "", `{"query":"Nope"}`); !strings.Contains(got, "KQL101") {
		t.Errorf("a bad query: %s", got)
	}
	ask(400, "POST", "/v1/query", query, "", `{"kwery":"x"}`)
	ask(400, "POST", "/v1/query", query, "", `{"query":"print 1","format":"xml"}`)
	ask(413, "POST", "/v1/query", query, "", `{"query":"`+strings.Repeat("a", 5<<20)+`"}`)
	ask(404, "GET", "/v1/nothing", query, "", "")
	got := ask(200, "GET", "/metrics", metrics, "", "")
	for _, want := range []string{`wholelog_source_up{source="graph:signIns"} 1`, "wholelog_ledger_records", "process_resident_memory_bytes"} {
		if !strings.Contains(got, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(got, v.secret) {
		t.Error("metrics show a secret")
	}
	// Guessing is slowed down.
	for range 30 {
		req, _ := http.NewRequest("GET", "http://"+v.at+"/v1/status", nil)
		req.Header.Set("Authorization", "Bearer wl_guess_guess")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	ask(429, "GET", "/v1/status", "wl_guess_guess", "", "")
	if info, err := os.Stat(filepath.Join(v.data, "sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v", info, err)
	}
}

func TestServeTakesAChangedConfigurationOver(t *testing.T) {
	v := newTenant(t, "")
	v.serve(t)
	v.until(t, func() bool { return v.count(t) > 0 })
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, v.config, strings.Replace(string(text), "poll: 1s", "pole: 1s", 1))
	if _, err := cli(t, "reload", "-c", v.config, "--data", v.data); err == nil || !strings.Contains(err.Error(), "pole") {
		t.Errorf("a bad configuration: %v", err)
	}
	write(t, v.config, string(text)+"\nquery: {maxRows: 5}\n")
	if _, err := cli(t, "reload", "--data", v.data); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("what a reload cannot change: %v", err)
	}
	before := v.count(t)
	write(t, v.config, strings.Replace(string(text), "directoryAudits]", "directoryAudits, provisioning]", 1))
	if out, err := cli(t, "reload", "--data", v.data); err != nil {
		t.Fatalf("reload: %v %s", err, out)
	}
	out, err := cli(t, "status", "--data", v.data)
	if err != nil || !strings.Contains(out, "graph:provisioning") {
		t.Errorf("status after a reload: %v\n%s", err, out)
	}
	if n := v.count(t); n < before {
		t.Errorf("%d rows after a reload, %d before", n, before)
	}
}

func TestInitWritesWhatCheckUnderstands(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.yaml")
	t.Setenv("WHOLELOG_CLIENT_SECRET", "x")
	const id = "11111111-2222-4333-8444-555555555555"
	if out, err := cli(t, "init", "-c", path, "--tenant", id, "--client", id, "--data", filepath.Join(dir, "data")); err != nil || !strings.Contains(out, "wholelog check -c") {
		t.Fatalf("init: %v %s", err, out)
	}
	if _, err := cli(t, "init", "-c", path, "--push"); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("init twice: %v", err)
	}
	out, err := cli(t, "check", "-c", path, "--json")
	if err != nil {
		t.Fatalf("check: %v %s", err, out)
	}
	var c struct {
		OK       bool
		Findings []finding
	}
	if err := json.Unmarshal([]byte(out), &c); err != nil || !c.OK || !strings.Contains(fmt.Sprint(c.Findings), "11 sources") {
		t.Errorf("%v %s", err, out)
	}
	t.Setenv("WHOLELOG_CLIENT_SECRET", "")
	if out, err := cli(t, "check", "-c", path); err == nil || !strings.Contains(out, "WHOLELOG_CLIENT_SECRET") {
		t.Errorf("check without the secret: %v %s", err, out)
	}
	if _, err := cli(t, "init", "-c", filepath.Join(dir, "x"), "--tenant", "contoso.com"); err == nil || !strings.Contains(err.Error(), "az account show") {
		t.Errorf("a tenant that is no id: %v", err)
	}
}

func TestServeTakesWhatIsDelivered(t *testing.T) {
	drop := t.TempDir()
	v := newTenant(t, "")
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(text), "# push:", "push:", 1) + "\nkubernetes: [{cluster: prod, webhook: true}]\nfolders: [{path: '" + drop + "', rest: 100ms}]\n"
	write(t, v.config, with)
	v.serve(t)
	out, err := cli(t, "token", "add", "forwarder", "--data", v.data, "--scope", "ingest")
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(out)
	post := func(want int, path, bearer, body string) {
		t.Helper()
		req, err := http.NewRequest("POST", "http://"+v.at+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, res.StatusCode, want, text)
		}
	}
	signIn := func(n int) string {
		return fmt.Sprintf(`{"time":"2026-07-01T00:00:00Z","category":"SignInLogs","tenantId":"11111111-2222-4333-8444-555555555555","properties":{"id":"dddddddd-%04d-4000-8000-000000000000","createdDateTime":"2026-07-01T00:00:00Z","userPrincipalName":"delivered"}}`+"\n", n)
	}
	events := `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"level":"Metadata","auditID":"a1","stage":"ResponseComplete","verb":"get","user":{"username":"delivered"},"requestReceivedTimestamp":"2026-07-01T00:00:00Z","stageTimestamp":"2026-07-01T00:00:01Z"}]}`
	post(401, "/v1/ingest/SigninLogs", "", signIn(1))
	post(401, "/v1/kube/prod", "wl_x_y", events)
	post(200, "/v1/ingest/SigninLogs", token, signIn(1)+signIn(2))
	post(404, "/v1/ingest/SigninLog", token, signIn(1))
	post(200, "/v1/kube/prod", token, events)
	post(404, "/v1/kube/other", token, events)
	write(t, filepath.Join(drop, "export.json"), signIn(3))
	v.until(t, func() bool {
		out, err := cli(t, "query", "--data", v.data, "--format", "csv", `union (SigninLogs | where UserPrincipalName == "delivered" | project Id), (AKSAudit | where User.username == "delivered" | project Id = AuditId) | count`)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out) == "Count\r\n4" || strings.HasSuffix(strings.TrimSpace(out), "4")
	})
	if out, err := cli(t, "status", "--data", v.data); err != nil || !strings.Contains(out, "push") || !strings.Contains(out, "kube:prod") || !strings.Contains(out, "watch:folder") {
		t.Errorf("status: %v\n%s", err, out)
	}
}
