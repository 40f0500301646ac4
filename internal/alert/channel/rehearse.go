package channel

import (
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// Rehearse renders a notification for the channels whose texts the
// configuration may write, and reads the secrets they need, without sending
// anything: what it returns would fail at the first alert.
func Rehearse(c *setup.Config, s *Set) error {
	n, err := message.Notification{Incident: "rehearsal", Number: 1, Revision: 1, Kind: message.Created, Title: "Rehearsal", Severity: "high", Status: "New", Tenant: "contoso",
		Summary: "Nothing has happened.", First: time.Now(), Last: time.Now(), Entities: []message.Entity{{Kind: "account", Name: "nobody@example.com"}},
		Evidence: &message.Evidence{Columns: []string{"A"}, Rows: [][]string{{"1"}}, Total: 1}}.Complete()
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range c.Alertmanager.Receivers {
		for _, t := range s.Targets(r.Name) {
			d := &Delivery{ID: "rehearsal-r1-000000000000", Target: t, Notification: &n, Changes: 1, First: true, Enqueued: time.Now(), Now: time.Now(), Install: "0"}
			if err := rehearse(s.senders[t], d); err != nil {
				errs = append(errs, fmt.Errorf("receiver %s, %s[%d]: %w", r.Name, t.Channel, t.Index, err))
			}
		}
	}
	return errors.Join(errs...)
}

func rehearse(x Sender, d *Delivery) error {
	switch x := x.(type) {
	case *mailer:
		_, _, _, _, err := x.compose(d)
		if err == nil && x.cfg.AuthUsername != "" && x.oauth == nil {
			_, err = secretText(x.cfg.AuthPassword, x.cfg.AuthPasswordFile)
		}
		return err
	case *slack:
		_, err := x.message(d, true)
		return errors.Join(err, readable(x.cfg.APIURLFile), readable(x.cfg.AppTokenFile))
	case *teams:
		e := d.expand(x.tmpl, escapeCard)
		e.text(x.cfg.Title)
		e.text(x.cfg.Text)
		return errors.Join(e.err, readable(x.cfg.WebhookURLFile))
	case *pagerduty:
		_, err := x.event(d, "key")
		return errors.Join(err, readable(x.cfg.RoutingKeyFile))
	case *webhook:
		var errs []error
		for i, s := range x.cfg.Secrets {
			v, err := s.Value()
			if err == nil {
				_, err = Sign(v, d.ID, 0, nil)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("secrets[%d], %s: %w", i, s, err))
			}
		}
		_, err := x.cfg.Target()
		return errors.Join(append(errs, err)...)
	case *alertmanager:
		_, err := x.cfg.Target()
		return err
	}
	return nil
}

func readable(file string) error {
	_, err := secretText("", file)
	return err
}
