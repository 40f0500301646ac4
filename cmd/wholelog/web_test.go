package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/api"
)

// browser is somebody signed in to a server.
type browser struct {
	t      *testing.T
	at     string
	cookie *http.Cookie
	csrf   string
}

func (v *tenant) signIn(t *testing.T) *browser {
	t.Helper()
	out, err := cli(t, "signin", "--data", v.data)
	if err != nil {
		t.Fatal(err)
	}
	link, token, ok := strings.Cut(strings.TrimSpace(out), "/signin#token=")
	if !ok || link != "http://"+v.at {
		t.Fatalf("the link is %q", out)
	}
	b := &browser{t: t, at: link}
	res := b.do("POST", "/v1/session/link", map[string]string{"token": token})
	if res.StatusCode != http.StatusNoContent || len(res.Cookies()) != 1 {
		t.Fatalf("sign in: %s", res.Status)
	}
	b.cookie = res.Cookies()[0]
	var s api.SessionAnswer
	b.get("/v1/session", &s)
	b.csrf = s.CSRF
	return b
}

func (b *browser) do(method, path string, body any) *http.Response {
	b.t.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, b.at+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if b.cookie != nil {
		req.AddCookie(b.cookie)
		req.Header.Set("X-CSRF-Token", b.csrf)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { res.Body.Close() })
	return res
}

func (b *browser) into(method, path string, body, v any) {
	b.t.Helper()
	res := b.do(method, path, body)
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		b.t.Fatalf("%s %s: %s %s %v", method, path, res.Status, text, err)
	}
	if v != nil {
		if err := json.Unmarshal(text, v); err != nil {
			b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

func (b *browser) get(path string, v any) {
	b.t.Helper()
	b.into("GET", path, nil, v)
}

// rows asks a query.
func (b *browser) rows(kql string) []json.RawMessage {
	b.t.Helper()
	var r api.Result
	b.into("POST", "/v1/query", api.Ask{Query: kql}, &r)
	return r.Rows
}

func TestTheWebServerForPeople(t *testing.T) {
	v := newTenant(t, "push: {enabled: true}\n")
	stop := v.serve(t)
	v.until(t, func() bool { return v.count(t) > 100 })
	b := v.signIn(t)

	// A dashboard's panel has rows, and every panel answers.
	var board struct{ Panels []struct{ ID string } }
	v.until(t, func() bool {
		return len(b.rows("AADNonInteractiveUserSignInLogs | take 5")) == 5 && len(b.rows("SigninLogs | take 1")) == 1
	})
	b.get("/v1/dashboards/overview", &board)
	for _, p := range board.Panels {
		var r api.Result
		b.get("/v1/dashboards/overview/panels/"+p.ID, &r)
		if p.ID == "sign-ins" && len(r.Rows) == 0 {
			t.Error("no sign-ins over time")
		}
		if r.Query == "" {
			t.Errorf("panel %s does not say its query", p.ID)
		}
	}

	// A record as it was received.
	var id string
	if err := json.Unmarshal(b.rows("SigninLogs | take 1 | project Id")[0], &[]any{&id}); err != nil {
		t.Fatal(err)
	}
	var rec api.Record
	b.get("/v1/records/SigninLogs/"+id, &rec)
	if !strings.Contains(rec.Raw, id) || len(rec.Versions) != 1 || string(rec.Row["Id"]) != `"`+id+`"` || rec.Enrichment["ErrorClass"] == nil {
		t.Errorf("record: %+v", rec)
	}
	var again api.Record
	b.get("/v1/records?position="+rec.Versions[0].Position, &again)
	if again.Raw != rec.Raw {
		t.Error("by position it is another record")
	}

	// An export verifies, and does not once it is changed.
	var ex api.Exported
	b.into("POST", "/v1/export", map[string]string{"query": "AADNonInteractiveUserSignInLogs | take 5", "format": "csv"}, &ex)
	dir := t.TempDir()
	for _, f := range ex.Files {
		text, err := io.ReadAll(b.do("GET", "/v1/exports/"+ex.ID+"/"+f.Name, nil).Body)
		if err != nil || int64(len(text)) != f.Bytes {
			t.Fatalf("%s: %d bytes, %v", f.Name, len(text), err)
		}
		write(t, filepath.Join(dir, f.Name), string(text))
	}
	manifest := filepath.Join(dir, ex.Files[1].Name)
	if out, err := cli(t, "verify", "--manifest", manifest, "--data", v.data); err != nil || !strings.Contains(out, "5 rows, as the manifest says") {
		t.Errorf("%v\n%s", err, out)
	}
	data := filepath.Join(dir, ex.Files[0].Name)
	text, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	write(t, data, strings.Replace(string(text), "a", "b", 1))
	if out, err := cli(t, "verify", "--manifest", manifest); err == nil || !strings.Contains(out, "WRONG") {
		t.Errorf("a changed export verifies: %s", out)
	}

	// What was done is in the ledger's own table.
	v.until(t, func() bool {
		seen := map[string]bool{}
		for _, r := range b.rows("WholelogAudit | distinct Action") {
			seen[string(r)] = true
		}
		for _, want := range []string{"signin", "signin.link", "dashboard.view", "record.view", "export.make", "export.download", "query.run"} {
			if !seen[`["`+want+`"]`] {
				return false
			}
		}
		return true
	})
	if got := b.rows(`WholelogAudit | where Action == "export.make" | project Actor, RowCount, Query`); len(got) != 1 || string(got[0]) != `["owner",5,"AADNonInteractiveUserSignInLogs | take 5"]` {
		t.Errorf("%s", got)
	}
	var past struct{ Items []api.Past }
	b.get("/v1/history", &past)
	if len(past.Items) == 0 || past.Items[0].Query == "" {
		t.Errorf("history: %+v", past)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if out, err := cli(t, "verify", "--data", v.data); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWhatArrivesIsSeenLive(t *testing.T) {
	v := newTenant(t, "push: {enabled: true}\n")
	v.serve(t)
	v.until(t, func() bool { return v.count(t) > 0 })
	b := v.signIn(t)
	token, err := cli(t, "token", "add", "push", "--scope", "ingest", "--data", v.data)
	if err != nil {
		t.Fatal(err)
	}
	res := b.do("GET", "/v1/live", nil)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(res.Status)
	}
	found := make(chan error, 1)
	const mark = "live.witness@contoso.example"
	go func() {
		kind, status := "", false
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			if e, ok := strings.CutPrefix(s.Text(), "event: "); ok {
				kind = e
				status = status || e == "status"
			}
			if strings.HasPrefix(s.Text(), "data: ") && kind == "rows" && strings.Contains(s.Text(), mark) {
				found <- nil
				return
			}
		}
		found <- fmt.Errorf("the stream ended; status seen: %v", status)
	}()
	record := fmt.Sprintf(`{"time":%q,"category":"SignInLogs","tenantId":"7a1d1b23-71c6-49b5-a6bb-cc3f77f96afb","resultType":"0","properties":{"id":"0b1c7a1e-2f5d-4a41-9a55-4b8ce0b8f001","createdDateTime":%q,"userPrincipalName":%q,"status":{"errorCode":0}}}`,
		time.Now().UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), mark)
	req, err := http.NewRequest("POST", "http://"+v.at+"/v1/ingest/SigninLogs", strings.NewReader("["+record+"]"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	began := time.Now()
	push, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer push.Body.Close()
	if text, _ := io.ReadAll(push.Body); push.StatusCode/100 != 2 {
		t.Fatalf("%s %s", push.Status, text)
	}
	select {
	case err := <-found:
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seen %s after it was sent", time.Since(began).Round(time.Millisecond))
	case <-time.After(time.Minute):
		t.Fatal("it does not come within a minute")
	}
}
