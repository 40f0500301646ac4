package channel

import (
	"fmt"

	amconfig "github.com/prometheus/alertmanager/config"
	commoncfg "github.com/prometheus/common/config"

	"github.com/wholelog/wholelog/internal/alert/setup"
)

// receiver makes the channels of one receiver: its own code for those whose
// identity, thread or layout matters, Alertmanager's for the others.
func (s *Set) receiver(c *setup.Config, r amconfig.Receiver, dial dialer) error {
	for i, e := range r.EmailConfigs {
		m := &mailer{cfg: e, tmpl: c.Template}
		for j, o := range c.Extras.MailOAuth2 {
			if o.Username == e.AuthUsername {
				m.oauth = &c.Extras.MailOAuth2[j]
			}
		}
		s.add(r.Name, "email", i, m)
	}
	for i, t := range r.MSTeamsV2Configs {
		hc, err := client(t.HTTPConfig, "msteams", dial)
		if err != nil {
			return fmt.Errorf("msteamsv2_configs[%d]: %w", i, err)
		}
		s.add(r.Name, "msteams", i, &teams{cfg: t, tmpl: c.Template, http: hc})
	}
	for i, t := range r.SlackConfigs {
		hc, err := client(t.HTTPConfig, "slack", dial)
		if err != nil {
			return fmt.Errorf("slack_configs[%d]: %w", i, err)
		}
		s.add(r.Name, "slack", i, &slack{cfg: t, tmpl: c.Template, http: hc})
	}
	own := r
	own.EmailConfigs, own.MSTeamsV2Configs, own.SlackConfigs, own.PagerdutyConfigs = nil, nil, nil, nil
	for i, p := range r.PagerdutyConfigs {
		if p.ServiceKey != "" || p.ServiceKeyFile != "" {
			own.PagerdutyConfigs = append(own.PagerdutyConfigs, p)
			continue
		}
		hc, err := client(p.HTTPConfig, "pagerduty", dial)
		if err != nil {
			return fmt.Errorf("pagerduty_configs[%d]: %w", i, err)
		}
		s.add(r.Name, "pagerduty", i, &pagerduty{cfg: p, tmpl: c.Template, http: hc})
	}
	if err := s.extra(c.Extras.Receivers[r.Name], r.Name, dial); err != nil {
		return err
	}
	secrets := secretsOf(own)
	list, err := integrations(noRedirects(own), c.Template, commoncfg.WithDialContextFunc(dial))
	if err != nil {
		return err
	}
	for i := range list {
		s.add(r.Name, "am-"+list[i].Name(), list[i].Index(), &foreign{integration: &list[i], secrets: secrets})
	}
	return nil
}

func (s *Set) extra(x setup.Extra, name string, dial dialer) error {
	for i := range x.Webhooks {
		w := &x.Webhooks[i]
		hc, err := extraClient(&w.HTTP, "webhook", dial)
		if err != nil {
			return fmt.Errorf("webhooks[%d]: %w", i, err)
		}
		s.add(name, "webhook", i, &webhook{cfg: w, http: hc})
	}
	for i := range x.Alertmanagers {
		a := &x.Alertmanagers[i]
		hc, err := extraClient(&a.HTTP, "alertmanager", dial)
		if err != nil {
			return fmt.Errorf("alertmanagers[%d]: %w", i, err)
		}
		s.add(name, "alertmanager", i, &alertmanager{cfg: a, http: hc})
	}
	for i := range x.Syslog {
		s.add(name, "syslog", i, &syslog{cfg: &x.Syslog[i]})
	}
	return nil
}
