package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

func alertCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	c, out := newAlert(), bytes.Buffer{}
	wrapArgs(c)
	c.SetOut(&out)
	c.SetErr(&out)
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(args)
	err := c.ExecuteContext(context.Background())
	return out.String(), err
}

func alertFile(t *testing.T, url string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alerts.yaml")
	text := fmt.Sprintf(`
route: {receiver: soc}
receivers: [{name: soc, webhook_configs: [{url: %q}]}, {name: idle}]
wholelog:
  allow_private: [127.0.0.1]
  receivers:
    soc: {webhooks: [{url: %q}]}
`, url+"/am", url+"/own")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAlertTestPrintsEachAnswer(t *testing.T) {
	var bad atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(b), "This is a test") {
			t.Errorf("it does not say that it is a test: %s", b)
		}
		if bad.Load() && r.URL.Path == "/own" {
			http.Error(w, "no such workflow", http.StatusNotFound)
		}
	}))
	defer s.Close()
	file := alertFile(t, s.URL)
	out, err := alertCommand(t, "test", "--config", file)
	if err != nil || strings.Count(out, "ok ") != 2 || !strings.Contains(out, "soc webhook[0]: 200 OK") {
		t.Errorf("%v\n%s", err, out)
	}
	bad.Store(true)
	out, err = alertCommand(t, "test", "soc", "--config", file)
	if err == nil || !strings.Contains(out, "failed  soc webhook[0]: answer 404 Not Found: no such workflow") || !strings.Contains(err.Error(), "1 of 2") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := alertCommand(t, "test", "sock", "--config", file); err == nil || !strings.Contains(err.Error(), `no receiver "sock"`) {
		t.Error(err)
	}
	if _, err := alertCommand(t, "test", "idle", "--config", file); err == nil || !strings.Contains(err.Error(), "no channel") {
		t.Error(err)
	}
}

func TestAlertCheck(t *testing.T) {
	out, err := alertCommand(t, "check", alertFile(t, "https://hooks.example.com"))
	if err != nil || !strings.Contains(out, "receiver soc: webhook[0], am-webhook[0]") || !strings.Contains(out, "is not signed") || !strings.Contains(out, "receiver idle has no channel") {
		t.Errorf("%v\n%s", err, out)
	}
	file := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(file, []byte(`
route: {receiver: soc}
receivers: [{name: soc, slack_configs: [{api_url_file: /nonexistent/hook, text: '{{ .Nonsense }}'}]}]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = alertCommand(t, "check", file)
	if err == nil || !strings.Contains(out, "Nonsense") || !strings.Contains(out, "/nonexistent/hook") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAlertQueueAndSilences(t *testing.T) {
	data := t.TempDir()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer s.Close()
	if _, err := alertCommand(t, "queue", "--data", data); err == nil || !strings.Contains(err.Error(), "no outbox") {
		t.Error(err)
	}
	cfg, err := setup.Load(alertFile(t, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	d, err := alert.New(alert.Options{Path: outboxPath(data), SilencesPath: silencesPath(data), Config: cfg, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	n := testNotification(time.Now())
	n.Kind, n.Urgent = alert.Created, true
	if err := d.Notify(ctx, n); err != nil {
		t.Fatal(err)
	}
	var id string
	for end := time.Now().Add(30 * time.Second); id == "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if list, err := d.Dead(); err != nil {
			t.Fatal(err)
		} else if len(list) == 2 {
			id = list[0].ID
		}
	}
	if _, err := alertCommand(t, "queue", "--data", data); err == nil || !strings.Contains(err.Error(), "running server") {
		t.Error(err)
	}
	out, err := alertCommand(t, "silence", "add", "--data", data, `rule="test"`, "--comment", "a drill", "--author", "ada")
	if err != nil {
		t.Fatal(err)
	}
	if id, until, err := d.Silences().Match(ctx, map[string]string{"rule": "test"}, false); err != nil || id == "" || !strings.HasPrefix(out, id) || until.Before(time.Now()) {
		t.Errorf("the running server does not know the silence: %q %v", id, err)
	}
	if out, err := alertCommand(t, "silence", "list", "--data", data); err != nil || !strings.Contains(out, `rule="test"`) {
		t.Errorf("%v %s", err, out)
	}
	if _, err := alertCommand(t, "silence", "end", "--data", data, strings.Fields(out)[0]); err != nil {
		t.Error(err)
	}
	if id, _, err := d.Silences().Match(ctx, map[string]string{"rule": "test"}, false); err != nil || id != "" {
		t.Errorf("still silenced: %q %v", id, err)
	}
	if _, err := alertCommand(t, "silence", "add", "--data", data, `rule="test"`, "--author", "ada"); err == nil || !strings.Contains(err.Error(), "comment") {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	out, err = alertCommand(t, "queue", "--dead", "--data", data)
	if err != nil || !strings.Contains(out, id) || !strings.Contains(out, "410 Gone") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := alertCommand(t, "queue", "--replay", id, "--data", data); err != nil {
		t.Error(err)
	}
	out, err = alertCommand(t, "queue", "--data", data)
	if err != nil || strings.Count(out, " retry ") != 1 || strings.Count(out, " dead ") != 1 {
		t.Errorf("%v\n%s", err, out)
	}
}
