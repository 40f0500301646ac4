package channel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/guard"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// The example of the Standard Webhooks specification's libraries.
func TestSignature(t *testing.T) {
	const secret, id, body, want = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	for _, s := range []string{secret, strings.TrimPrefix(secret, "whsec_")} {
		if got, err := channel.Sign(s, id, 1614265330, []byte(body)); err != nil || got != want {
			t.Errorf("%s %v", got, err)
		}
	}
	for _, bad := range []string{"", "whsec_", "whsec_short", "hunter2 is no base64"} {
		if _, err := channel.Sign(bad, id, 1, nil); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("secret %q: %v", bad, err)
		}
	}
}

func TestWebhook(t *testing.T) {
	s := serve(t, nil)
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	for f, v := range map[string]string{old: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", fresh: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"} {
		if err := os.WriteFile(f, []byte(v+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := one(t, "", fmt.Sprintf(", receivers: {r: {webhooks: [{url: %q, secrets: [{file: %q}, {file: %q}]}]}}", s.URL+"/in", fresh, old))
	d := delivery(sample())
	d.Now = time.Unix(1700000000, 0)
	send(t, w, d)
	got := s.last(t)
	id := got.header.Get("Webhook-Id")
	if id != d.ID || strings.Contains(id, ".") || got.header.Get("Webhook-Timestamp") != "1700000000" {
		t.Errorf("headers %v", got.header)
	}
	var want []string
	for _, f := range []string{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} {
		sig, err := channel.Sign(f, id, 1700000000, got.body)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, sig)
	}
	if s := got.header.Get("Webhook-Signature"); s != strings.Join(want, " ") {
		t.Errorf("signature %q, want %q", s, want)
	}
	o := decode(t, got.body)
	data := o["data"].(map[string]any)
	if o["type"] != "incident.created" || data["delivery"] != d.ID || data["incident"] != "inc-1" || data["title"] != sample().Title {
		t.Errorf("body %s", got.body)
	}
	d.Now = time.Unix(1700000100, 0)
	send(t, w, d)
	if again := s.last(t); string(again.body) != string(got.body) || again.header.Get("Webhook-Id") != id {
		t.Error("a second attempt has another body or identity")
	}
}

func TestAnswers(t *testing.T) {
	f := func(code int, header string, permanent bool, after time.Duration) {
		t.Helper()
		s := serve(t, func(w http.ResponseWriter) {
			if header != "" {
				w.Header().Set("Retry-After", header)
			}
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
			w.WriteHeader(code)
		})
		r := one(t, "", fmt.Sprintf(", receivers: {r: {webhooks: [{url: %q}]}}", s.URL)).Send(context.Background(), delivery(sample()))
		if r.Err == nil || r.Permanent != permanent || r.RetryAfter != after {
			t.Errorf("%d: %+v", code, r)
		}
		if n := len(s.got); n != 1 {
			t.Errorf("%d: %d requests", code, n)
		}
	}
	f(301, "", true, 0)
	f(307, "", true, 0)
	f(400, "", true, 0)
	f(401, "", true, 0)
	f(404, "", true, 0)
	f(410, "", true, 0)
	f(408, "", false, 0)
	f(429, "17", false, 17*time.Second)
	f(500, "", false, 0)
	f(503, "3", false, 3*time.Second)
	f(503, "Mon, 01 Jan 2001 00:00:00 GMT", false, 0)
	f(503, "-5", false, 0)
}

// The host localhost is not the address 127.0.0.1 that allow_private names.
func TestPrivateTargetsAreRefused(t *testing.T) {
	s := serve(t, nil)
	for _, kind := range []string{
		", webhook_configs: [{url: %q}]", ", slack_configs: [{api_url: %q}]", ", msteamsv2_configs: [{webhook_url: %q}]", ", pagerduty_configs: [{url: %q, routing_key: k}]",
		", discord_configs: [{webhook_url: %q}]", ", mattermost_configs: [{webhook_url: %q}]",
	} {
		w := one(t, fmt.Sprintf(kind, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)), "")
		r := w.Send(context.Background(), delivery(sample()))
		if r.Err == nil || !strings.Contains(r.Err.Error(), "allow_private") {
			t.Errorf("%s: %v", kind, r.Err)
		}
	}
	w := one(t, "", fmt.Sprintf(", receivers: {r: {webhooks: [{url: %q}]}}", strings.Replace(s.URL, "127.0.0.1", "localhost", 1)))
	if r := w.Send(context.Background(), delivery(sample())); !errors.Is(r.Err, guard.ErrRefused) || !r.Permanent {
		t.Errorf("%+v", r)
	}
	if len(s.got) != 0 {
		t.Errorf("%d requests came through", len(s.got))
	}
}

func TestAlertmanager(t *testing.T) {
	s := serve(t, nil)
	w := one(t, "", fmt.Sprintf(", receivers: {r: {alertmanagers: [{url: %q, keep: 2d}]}}", s.URL+"/base/"))
	d := delivery(sample())
	r := send(t, w, d)
	got := s.last(t)
	if got.path != "/base/api/v2/alerts" {
		t.Errorf("path %s", got.path)
	}
	first := decode(t, []byte(`{"a":`+string(got.body)+`}`))["a"].([]any)
	a := first[0].(map[string]any)
	if l := a["labels"].(map[string]any); len(first) != 1 || l["incident"] != "inc-1" || l["severity"] != "high" || a["generatorURL"] != d.Notification.URL {
		t.Errorf("%s", got.body)
	}
	if end, err := time.Parse(time.RFC3339, a["endsAt"].(string)); err != nil || end.Sub(d.Now) < 47*time.Hour {
		t.Errorf("it would resolve by itself at %v", a["endsAt"])
	}
	// The severity is a label: the alert under the old one ends.
	d.Notification.Labels["severity"] = "critical"
	d.Thread = *r.Thread
	send(t, w, d)
	second := decode(t, []byte(`{"a":`+string(s.last(t).body)+`}`))["a"].([]any)
	if len(second) != 2 || second[1].(map[string]any)["labels"].(map[string]any)["severity"] != "high" {
		t.Errorf("%s", s.last(t).body)
	}
}

func TestSlack(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"ok":true,"ts":"1700.001"}`)) })
	hook := one(t, fmt.Sprintf(", slack_configs: [{api_url: %q, channel: '#soc'}]", s.URL+"/services/x"), "")
	send(t, hook, delivery(sample()))
	o := decode(t, s.last(t).body)
	if n := len(o["blocks"].([]any)); n < 4 || n > 50 || o["channel"] != "#soc" || o["thread_ts"] != nil {
		t.Errorf("%s", s.last(t).body)
	}
	absent(t, "slack", s.last(t).body, "<!channel>", "\u202e", "\u200b", "<script>")

	app := one(t, ", slack_configs: [{app_token: xoxb-1, app_url: '"+s.URL+"/api/chat.postMessage', channel: C1, title: 'T {{ .CommonLabels.account }}', text: '{{ .CommonAnnotations.summary }}'}]", "")
	d := delivery(sample())
	r := send(t, app, d)
	if r.Thread == nil || r.Thread.Stamp != "1700.001" || s.last(t).header.Get("Authorization") != "Bearer xoxb-1" {
		t.Errorf("%+v %v", r.Thread, s.last(t).header)
	}
	absent(t, "slack's own templates", s.last(t).body, "<!channel>", "\u202e", "<script>")
	if o := decode(t, s.last(t).body); !strings.HasPrefix(o["blocks"].([]any)[0].(map[string]any)["text"].(map[string]any)["text"].(string), "T &lt;/td") {
		t.Errorf("the title of the configuration is not used: %s", s.last(t).body)
	}
	d.Thread, d.First = *r.Thread, false
	d.Notification.Kind = message.Updated
	send(t, app, d)
	if o := decode(t, s.last(t).body); o["thread_ts"] != "1700.001" {
		t.Errorf("not in the thread: %s", s.last(t).body)
	}

	f := func(answer string, permanent bool) {
		t.Helper()
		s := serve(t, func(w http.ResponseWriter) { _, _ = w.Write([]byte(answer)) })
		app := one(t, ", slack_configs: [{app_token: xoxb-1, app_url: '"+s.URL+"/api/chat.postMessage', channel: C1}]", "")
		if r := app.Send(context.Background(), delivery(sample())); r.Err == nil || r.Permanent != permanent {
			t.Errorf("%s: %+v", answer, r)
		}
	}
	f(`{"ok":false,"error":"channel_not_found"}`, true)
	f(`{"ok":false,"error":"ratelimited"}`, false)
	f(`<html>`, false)

	// The answer shows the whole message again.
	long := serve(t, func(w http.ResponseWriter) {
		_, _ = fmt.Fprintf(w, `{"ok":true,"message":{"text":%q},"ts":"1700.002"}`, strings.Repeat("x", 100<<10))
	})
	app = one(t, ", slack_configs: [{app_token: xoxb-1, app_url: '"+long.URL+"/api/chat.postMessage', channel: C1}]", "")
	if r := send(t, app, delivery(sample())); r.Thread.Stamp != "1700.002" {
		t.Errorf("%+v", r.Thread)
	}
}

func TestTeams(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) })
	w := one(t, fmt.Sprintf(", msteamsv2_configs: [{webhook_url: %q}]", s.URL+"/workflows/x?sig=y"), "")
	d := delivery(sample())
	if r := send(t, w, d); r.Status != "202 Accepted" {
		t.Errorf("status %q", r.Status)
	}
	o := decode(t, s.last(t).body)
	att := o["attachments"].([]any)[0].(map[string]any)
	c := att["content"].(map[string]any)
	if o["type"] != "message" || att["contentType"] != "application/vnd.microsoft.card.adaptive" || c["type"] != "AdaptiveCard" || c["version"] != "1.4" {
		t.Errorf("%s", s.last(t).body)
	}
	for _, b := range c["body"].([]any) {
		if b := b.(map[string]any); b["type"] == "TextBlock" { // it would read Markdown: links
			t.Errorf("hostile text in a block with markup: %v", b)
		}
	}
	absent(t, "teams", s.last(t).body, "\u202e", "\u200b", "hortened")

	big := sample()
	big.Summary, big.Query = strings.Repeat("summary ", 4000), strings.Repeat("query ", 4000)
	for range 20 {
		big.Entities = append(big.Entities, message.Entity{Kind: "account", Name: strings.Repeat("é", 300)})
	}
	d.Notification = big
	send(t, w, d)
	if b := s.last(t).body; len(b) > 28<<10 || !strings.Contains(string(b), "Shortened to fit into Teams") {
		t.Errorf("%d bytes, and it must say that it is shortened", len(b))
	}
}

func TestPagerDuty(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) })
	w := one(t, fmt.Sprintf(", pagerduty_configs: [{routing_key: key, url: %q, details: {team: '{{ .CommonLabels.tenant }}'}}]", s.URL), "")
	d := delivery(sample())
	send(t, w, d)
	o := decode(t, s.last(t).body)
	p := o["payload"].(map[string]any)
	key := o["dedup_key"].(string)
	if o["routing_key"] != "key" || o["event_action"] != "trigger" || len(key) > 255 || p["severity"] != "error" || p["custom_details"].(map[string]any)["team"] != "contoso" {
		t.Errorf("%s", s.last(t).body)
	}
	d.Notification.Kind, d.Notification.Revision = message.Closed, 3
	send(t, w, d)
	if o := decode(t, s.last(t).body); o["event_action"] != "resolve" || o["dedup_key"] != key {
		t.Errorf("closing is another alert: %s", s.last(t).body)
	}
	n := len(s.got)
	d.Notification.Kind = message.Test
	if r := send(t, w, d); r.Status != "202 Accepted, and resolved" || len(s.got) != n+2 {
		t.Errorf("a test leaves an alert behind: %+v", r)
	}
	d.Notification.Kind = message.Created
	d.Notification.Incident = strings.Repeat("x", 250)
	send(t, w, d)
	if o := decode(t, s.last(t).body); len(o["dedup_key"].(string)) > 255 || o["dedup_key"] == key {
		t.Errorf("dedup_key %v", o["dedup_key"])
	}
}

func TestForeignChannels(t *testing.T) {
	s := serve(t, nil)
	w := one(t, fmt.Sprintf(", webhook_configs: [{url: %q}]", s.URL), "")
	d := delivery(sample())
	d.Group = map[string]string{"tenant": "contoso"}
	send(t, w, d)
	o := decode(t, s.last(t).body)
	a := o["alerts"].([]any)[0].(map[string]any)
	if o["version"] != "4" || o["status"] != "firing" || o["groupLabels"].(map[string]any)["tenant"] != "contoso" || a["annotations"].(map[string]any)["delivery"] != d.ID {
		t.Errorf("%s", s.last(t).body)
	}
	if key := o["groupKey"]; key != "wholelog-0011223344556677-inc-1" {
		t.Errorf("groupKey %v", key)
	}
}

func TestTemplateFiles(t *testing.T) {
	s := serve(t, nil)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.tmpl"), []byte(`{{ define "own.text" }}{{ range .Alerts }}{{ .Annotations.title }} for {{ .Labels.tenant }}, {{ routeLabels "team" }}{{ end }}{{ end }}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := setup.Parse([]byte(`
route: {receiver: r}
receivers: [{name: r, msteamsv2_configs: [{webhook_url: '`+s.URL+`', text: '{{ template "own.text" . }}'}]}]
templates: ['*.tmpl']
wholelog: {allow_private: [127.0.0.1]}
`), dir)
	if err != nil {
		t.Fatal(err)
	}
	set, err := channel.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := set.Sender(set.Targets("r")[0])
	d := delivery(sample())
	d.Route = map[string]string{"team": "blue"}
	send(t, x, d)
	if b := string(s.last(t).body); !strings.Contains(b, "for contoso, blue") || !strings.Contains(b, `\\[click\\]`) {
		t.Error(b)
	}
}
