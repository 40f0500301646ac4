package alert_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wholelog/wholelog/internal/alert"
)

func mailConfig(addr, more string) string {
	return fmt.Sprintf(`
global: {smtp_smarthost: %q, smtp_from: 'Wholelog <alerts@contoso.example>', smtp_require_tls: false}
route: {receiver: soc}
receivers:
- name: soc
  email_configs: [{to: 'soc@contoso.example', send_resolved: true}]
%s`, addr, more)
}

func TestMailIsOneThreadAnIncident(t *testing.T) {
	box := newMailbox(t)
	b := start(t, mailConfig(box.addr, ""))
	b.notify(incident("inc-1", 1, alert.Created))
	b.notify(incident("inc-1", 1, alert.Created)) // once more after a crash of the caller
	b.clock.Add(9 * time.Second)
	if got := b.states(); got != "inc-1 r1 queued" {
		t.Errorf("within group_wait: %s", got)
	}
	b.clock.Add(time.Second)
	until(t, "one mail", func() bool { return len(box.list()) == 1 })

	// Three changes within group_interval are one mail.
	until(t, "sent", func() bool { return b.outcomes() == "sent" })
	for rev := 2; rev <= 4; rev++ {
		n := incident("inc-1", rev, alert.Updated)
		n.Severity = "critical"
		b.notify(n)
	}
	b.notify(incident("inc-1", 3, alert.Updated)) // older than what is known
	b.clock.Add(59 * time.Second)
	b.clock.Add(time.Second)
	until(t, "two mails", func() bool { return len(box.list()) == 2 })
	until(t, "sent twice", func() bool { return b.outcomes() == "sent sent" })
	b.notify(incident("inc-1", 5, alert.Closed))
	b.clock.Add(time.Minute)
	until(t, "three mails", func() bool { return len(box.list()) == 3 })
	b.notify(incident("inc-2", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "four mails", func() bool { return len(box.list()) == 4 })

	m := box.list()
	if !strings.Contains(string(m[1].raw), "3 changes") {
		t.Errorf("the second mail does not say how many changes it joins:\n%s", m[1].raw)
	}
	first := m[0].head.Get("Message-Id")
	if !strings.HasPrefix(first, "<inc-1-r1-") || !strings.HasSuffix(first, "@contoso.example>") {
		t.Errorf("Message-ID %s", first)
	}
	for i := 1; i < 3; i++ {
		if m[i].head.Get("In-Reply-To") != first || !strings.Contains(m[i].head.Get("References"), first) {
			t.Errorf("mail %d is not in the thread of %s: %v", i, first, m[i].head)
		}
		if m[i].head.Get("Subject") != "Re: "+m[0].head.Get("Subject") {
			t.Errorf("subject %q after %q", m[i].head.Get("Subject"), m[0].head.Get("Subject"))
		}
	}
	if strings.Contains(m[3].head.Get("References"), first) {
		t.Error("another incident is in the same thread")
	}
	for _, h := range []string{"List-Id", "Auto-Submitted", "Date", "X-Wholelog-Delivery"} {
		if m[0].head.Get(h) == "" {
			t.Errorf("no header %s", h)
		}
	}
	if r := b.receipt(0); r.ID != 1 || r.Channel != "email" || r.Attempt != 1 || r.Waited != 10*time.Second || !strings.HasPrefix(r.Status, "250") {
		t.Errorf("receipt %+v", r)
	}
}

func TestUrgentWaitsForNothing(t *testing.T) {
	box := newMailbox(t)
	b := start(t, mailConfig(box.addr, `
inhibit_rules: [{source_matchers: ['rule="flood"'], target_matchers: ['severity="high"']}]
time_intervals: [{name: always, time_intervals: [{}]}]
`)+``)
	flood := incident("inc-0", 1, alert.Created)
	flood.Labels["rule"] = "flood"
	flood.Severity = "low"
	b.notify(flood)
	n := incident("inc-1", 1, alert.Created)
	n.Urgent = true
	b.notify(n) // the clock stands still
	until(t, "the urgent mail", func() bool { return len(box.list()) == 1 })
	if s := box.list()[0].head.Get("Subject"); !strings.Contains(s, "URGENT") {
		t.Errorf("subject %q", s)
	}
	other := incident("inc-2", 1, alert.Created)
	b.notify(other)
	b.clock.Add(10 * time.Second)
	until(t, "the flood's mail", func() bool { return len(box.list()) == 2 })
	until(t, "held by inhibition", func() bool { return strings.Contains(b.states(), "inc-2 r1 held") })
	// The inhibiting incident is closed: what it held back is told.
	flood.Revision, flood.Kind = 2, alert.Closed
	b.notify(flood)
	b.clock.Add(time.Minute)
	until(t, "all told", func() bool { return len(box.list()) == 4 })
}

func TestRetryDeadLetterReplay(t *testing.T) {
	box := newMailbox(t)
	var code int
	set := func(c int) {
		box.mu.Lock()
		defer box.mu.Unlock()
		code = c
	}
	box.answer = func(string) error {
		if code == 0 {
			return nil
		}
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: "not now"}
	}
	b := start(t, mailConfig(box.addr, ""))
	set(450)
	b.notify(incident("inc-1", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "a retry", func() bool { return b.outcomes() == "retry" })
	set(550)
	for _, want := range []string{"retry retry", "retry retry retry", "retry retry retry dead"} {
		b.clock.Add(time.Minute)
		until(t, want, func() bool { return b.outcomes() == want })
	}
	dead, err := b.Dead()
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "550") {
		t.Fatalf("dead letters %v %v", dead, err)
	}
	// What follows is not held up by it.
	set(0)
	b.notify(incident("inc-1", 2, alert.Updated))
	b.clock.Add(10 * time.Second)
	until(t, "the next", func() bool { return len(box.list()) == 1 })
	if err := b.Replay(dead[0].ID); err != nil {
		t.Fatal(err)
	}
	until(t, "the replay", func() bool { return len(box.list()) == 2 })
	if id := box.list()[1].head.Get("Message-Id"); !strings.HasPrefix(id, "<"+dead[0].ID+"@") {
		t.Errorf("replayed as %s, was %s", id, dead[0].ID)
	}
	if err := b.Replay(dead[0].ID); err == nil {
		t.Error("what was sent is replayed again")
	}

	set(550)
	b.notify(incident("inc-2", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	for n := 1; n < 3; n++ {
		until(t, "a refusal", func() bool { return strings.Count(b.outcomes(), "retry") == 3+n })
		b.clock.Add(time.Minute)
	}
	until(t, "a dead letter", func() bool { return strings.HasSuffix(b.outcomes(), "dead") })
	if dead, err = b.Dead(); err != nil || len(dead) != 1 {
		t.Fatal(dead, err)
	}
	if err := b.Drop(dead[0].ID, "ada"); err != nil {
		t.Fatal(err)
	}
	until(t, "a receipt of who dropped it", func() bool { return strings.HasSuffix(b.outcomes(), "dropped") })
	if n, err := b.Counts(); err != nil || len(n) != 0 {
		t.Errorf("left: %v %v", n, err)
	}
}

func TestOneWrongRecipientDoesNotKeepTheOthers(t *testing.T) {
	box := newMailbox(t)
	box.answer = func(to string) error {
		if strings.HasPrefix(to, "gone") {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	}
	b := start(t, strings.Replace(mailConfig(box.addr, ""), "soc@contoso.example", "gone@contoso.example, soc@contoso.example", 1))
	b.notify(incident("inc-1", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "sent", func() bool { return b.outcomes() == "sent" })
	if r := b.receipt(0); !strings.Contains(r.Status, "gone@contoso.example refused") {
		t.Errorf("the receipt hides who was refused: %+v", r)
	}
}

func webhookConfig(url, more string) string {
	return fmt.Sprintf(`
route: {receiver: hook}
receivers: [{name: hook}]
wholelog:
  allow_private: [127.0.0.1]
  receivers:
    hook:
      webhooks: [{url: %q}]
%s`, url, more)
}

func TestThrottling(t *testing.T) {
	s := newSink(t, func(n int, w http.ResponseWriter, _ []byte) {
		if n == 1 {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	b := start(t, webhookConfig(s.URL, ""))
	b.notify(incident("inc-1", 1, alert.Created))
	b.notify(incident("inc-2", 1, alert.Created))
	b.clock.Add(10 * time.Second)
	until(t, "a refusal", func() bool { return b.outcomes() == "retry" })
	b.clock.Add(119 * time.Second)
	if n := len(s.list()); n != 1 {
		t.Errorf("%d requests within Retry-After", n)
	}
	b.clock.Add(2 * time.Second)
	until(t, "both sent", func() bool { return b.outcomes() == "retry sent sent" })
	got := s.list()
	ids := map[string]int{}
	for _, r := range got {
		ids[r.header.Get("Webhook-Id")]++
	}
	if len(ids) != 2 {
		t.Errorf("identities %v", ids)
	}
}

// BenchmarkMail delivers b.N incidents to a mail server on this machine, each
// in a connection of its own.
func BenchmarkMail(b *testing.B) {
	box := newMailbox(b)
	d := start(b, strings.Replace(mailConfig(box.addr, ""), "{receiver: soc}", "{receiver: soc, group_wait: 0s}", 1))
	for i := range b.N {
		d.notify(incident(fmt.Sprintf("inc-%d", i), 1, alert.Created))
	}
	until(b, "all told", func() bool { return len(box.list()) == b.N })
}
