package alert_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/silences"
)

func TestTimeIntervalsHold(t *testing.T) {
	s := newSink(t, nil)
	b := start(t, strings.Replace(webhookConfig(s.URL, `
time_intervals: [{name: night, time_intervals: [{location: Europe/Berlin, times: [{start_time: '00:00', end_time: '06:00'}]}]}]
`), "route: {receiver: hook}", "route: {receiver: hook, routes: [{matchers: ['severity=\"high\"'], receiver: hook, mute_time_intervals: [night]}]}", 1))
	b.clock.Add(time.Date(2027, 1, 12, 3, 30, 0, 0, time.UTC).Sub(b.clock.Now())) // 04:30 in Berlin
	b.notify(incident("inc-1", 1, alert.Created))
	low := incident("inc-2", 1, alert.Created)
	low.Severity = "low"
	b.notify(low)
	urgent := incident("inc-3", 1, alert.Created)
	urgent.Urgent = true
	b.notify(urgent)
	b.clock.Add(10 * time.Second)
	until(t, "two of three told", func() bool { return len(s.list()) == 2 })
	until(t, "held", func() bool { return b.states() == "inc-1 r1 held" })
	b.notify(incident("inc-1", 2, alert.Updated)) // joins what is held
	b.clock.Add(89*time.Minute + 40*time.Second)  // 05:59:50
	until(t, "still held", func() bool { return b.states() == "inc-1 r2 held" })
	b.clock.Add(10 * time.Second)
	until(t, "told in the morning", func() bool { return len(s.list()) == 3 })
	o := object(t, s.list()[2].body)["data"].(map[string]any)
	if o["incident"] != "inc-1" || o["changes"] != 2.0 || o["revision"] != 2.0 {
		t.Errorf("told %v", o)
	}
	until(t, "a receipt of holding", func() bool { return b.outcomes() == "sent sent held sent" || b.outcomes() == "sent held sent sent" })
}

func TestSilences(t *testing.T) {
	ctx := context.Background()
	s := newSink(t, nil)
	b := start(t, webhookConfig(s.URL, ""))
	id, err := b.Silences().Add(ctx, silences.Silence{Matchers: []string{`rule="travel"`, `account=~"ada@.*"`}, Ends: b.clock.Now().Add(time.Hour), Author: "grace", Comment: "travels"})
	if err != nil {
		t.Fatal(err)
	}
	b.notify(incident("inc-1", 1, alert.Created))
	b.notify(incident("inc-2", 1, alert.Created))
	urgent := incident("inc-3", 1, alert.Created)
	urgent.Urgent = true
	b.notify(urgent) // matched, but not by a silence that names urgent
	b.clock.Add(10 * time.Second)
	until(t, "two held", func() bool { return b.states() == "inc-1 r1 held, inc-2 r1 held" || len(s.list()) > 1 })
	if len(s.list()) != 1 {
		t.Fatalf("%d told", len(s.list()))
	}
	b.notify(incident("inc-2", 2, alert.Closed))
	b.clock.Add(5 * time.Minute)
	until(t, "what was closed while silenced is not told", func() bool { return strings.Contains(b.outcomes(), "suppressed") })
	if err := b.Silences().Expire(ctx, id); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(5 * time.Minute)
	until(t, "what is open is told when the silence ends", func() bool { return len(s.list()) == 2 && b.states() == "" })

	_, err = b.Silences().Add(ctx, silences.Silence{Matchers: []string{`urgent="true"`}, Ends: b.clock.Now().Add(time.Hour), Author: "grace", Comment: "drill"})
	if err == nil || !strings.Contains(err.Error(), "second person") {
		t.Errorf("a silence of what is urgent by one person: %v", err)
	}
	_, err = b.Silences().Add(ctx, silences.Silence{Matchers: []string{`urgent="true"`, `rule="travel"`}, Ends: b.clock.Now().Add(time.Hour), Author: "grace", Approver: "ada", Comment: "drill"})
	if err != nil {
		t.Fatal(err)
	}
	urgent.Incident = "inc-4"
	b.notify(urgent)
	until(t, "a drill that two people agreed on", func() bool { return b.states() == "inc-4 r1 held" })
}

func TestReloadAndRestart(t *testing.T) {
	down := newSink(t, func(_ int, w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusBadGateway) })
	b := start(t, webhookConfig(down.URL, ""))
	b.notify(incident("inc-1", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "a failure", func() bool { return b.outcomes() == "retry" })
	b.stop()
	up := newSink(t, nil)
	b.o.Config = parse(t, webhookConfig(up.URL, ""))
	b.run()
	b.clock.Add(time.Minute)
	until(t, "told after the restart", func() bool { return len(up.list()) == 1 && b.outcomes() == "retry sent" })
	if a, c := down.list()[0].header.Get("Webhook-Id"), up.list()[0].header.Get("Webhook-Id"); a != c {
		t.Errorf("identity %s became %s", a, c)
	}
	b.notify(incident("inc-2", 1, alert.Created))
	if err := b.Reload(parse(t, "route: {receiver: other}\nreceivers: [{name: other}]")); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(10 * time.Second)
	until(t, "a dead letter for a channel that is gone", func() bool { return strings.HasSuffix(b.outcomes(), "dead") })

	// A receiver that was only renamed takes over what waits.
	if err := b.Reload(parse(t, webhookConfig(up.URL, ""))); err != nil {
		t.Fatal(err)
	}
	b.notify(incident("inc-3", 1, alert.Created))
	if err := b.Reload(parse(t, strings.NewReplacer("receiver: hook", "receiver: renamed", "name: hook", "name: renamed", "hook:", "renamed:").Replace(webhookConfig(up.URL, "")))); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(10 * time.Second)
	until(t, "rerouted", func() bool { return strings.HasSuffix(b.outcomes(), "rerouted") })
	b.clock.Add(10 * time.Second)
	until(t, "told by its new name", func() bool { return strings.HasSuffix(b.outcomes(), "rerouted sent") })
	if got := object(t, up.list()[len(up.list())-1].body)["data"].(map[string]any)["incident"]; got != "inc-3" {
		t.Errorf("told of %v", got)
	}
}

func TestReceiptsAreHandedOnAtLeastOnce(t *testing.T) {
	s := newSink(t, nil)
	b := start(t, webhookConfig(s.URL, ""))
	b.stop()
	fail := true
	take := b.o.Receipt
	b.o.Receipt = func(ctx context.Context, r alert.Receipt) error {
		b.mu.Lock()
		f := fail
		b.mu.Unlock()
		if f {
			return errors.New("the ledger is away")
		}
		return take(ctx, r)
	}
	b.run()
	b.notify(incident("inc-1", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "delivered", func() bool { return len(s.list()) == 1 && b.states() == "" })
	b.stop()
	b.mu.Lock()
	fail = false
	b.mu.Unlock()
	b.run()
	until(t, "the receipt", func() bool { return b.outcomes() == "sent" })
	if r := b.receipt(0); r.ID != 1 || r.Incident != "inc-1" || r.Error != "" {
		t.Errorf("%+v", r)
	}
}

func TestSecretsStayOutOfReceipts(t *testing.T) {
	s := newSink(t, func(_ int, w http.ResponseWriter, b []byte) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write(b) // a service that shows what it was sent
	})
	b := start(t, `
route: {receiver: all}
receivers:
- name: all
  slack_configs: [{api_url: '`+s.URL+`/services/T0SECRETTEAM/B0HOOK/hunter2hunter2hunter2'}]
  pagerduty_configs: [{routing_key: hunter2hunter2, url: '`+s.URL+`'}]
  webhook_configs: [{url: '`+s.URL+`/hook/hunter2hunter2hunter2'}]
  msteamsv2_configs: [{webhook_url: 'http://127.0.0.1:1/workflows/abc?sig=hunter2hunter2'}]
  discord_configs: [{webhook_url: 'http://127.0.0.1:1/api/hunter2hunter2hunter2'}]
  telegram_configs: [{api_url: 'http://127.0.0.1:1', bot_token: 'hunter2:hunter2', chat_id: 1}]
wholelog: {allow_private: [127.0.0.1]}
`)
	b.notify(incident("inc-1", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "six refusals", func() bool { return strings.Count(b.outcomes(), "retry") == 6 })
	for i := range 6 {
		if r := b.receipt(i); r.Error == "" || strings.Contains(r.Error, "hunter2") {
			t.Errorf("%s: %s", r.Channel, r.Error)
		}
	}
}

func TestRoutes(t *testing.T) {
	s := newSink(t, nil)
	b := start(t, `
route:
  receiver: rest
  routes:
  - {matchers: [tenant="contoso"], receiver: contoso, group_wait: 1m, continue: true}
  - {matchers: [severity="high"], receiver: contoso, group_wait: 5s, continue: true}
  - {matchers: [rule=~"trav.*", urgent!="true"], receiver: travel}
receivers: [{name: rest}, {name: contoso}, {name: travel}]
wholelog:
  allow_private: [127.0.0.1]
  receivers:
    rest: {webhooks: [{url: '`+s.URL+`/rest'}]}
    contoso: {webhooks: [{url: '`+s.URL+`/contoso', send_closed: false}]}
    travel: {webhooks: [{url: '`+s.URL+`/travel'}]}
`)
	b.notify(incident("inc-1", 1, alert.Created))
	b.clock.Add(5 * time.Second) // the shorter of two waits
	until(t, "two routes to one receiver are one message", func() bool { return len(s.list()) == 1 && s.list()[0].path == "/contoso" })
	b.clock.Add(5 * time.Second)
	until(t, "the route after continue", func() bool { return len(s.list()) == 2 && s.list()[1].path == "/travel" })
	until(t, "both sent", func() bool { return b.outcomes() == "sent sent" })
	b.notify(incident("inc-1", 2, alert.Closed))
	b.clock.Add(time.Minute)
	until(t, "only who wants to know of closing", func() bool { return len(s.list()) == 3 && s.list()[2].path == "/travel" && b.states() == "" })
	other := incident("inc-2", 1, alert.Created)
	other.Tenant, other.Severity, other.Labels = "fabrikam", "low", map[string]string{"rule": "x"}
	b.notify(other)
	b.clock.Add(10 * time.Second)
	until(t, "the root route", func() bool { return len(s.list()) == 4 && s.list()[3].path == "/rest" })
}
