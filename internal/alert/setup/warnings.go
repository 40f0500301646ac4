package setup

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	amconfig "github.com/prometheus/alertmanager/config"
)

func (c *Config) warn(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(c.Warnings, s) {
		c.Warnings = append(c.Warnings, s)
	}
}

func (c *Config) warnings() {
	am := c.Alertmanager
	used := map[string]bool{}
	var walk func(*amconfig.Route)
	walk = func(r *amconfig.Route) {
		used[r.Receiver] = true
		if r.RepeatInterval != nil {
			c.warn("repeat_interval is left out: an incident is told again only when it changes")
		}
		if r.GroupByAll || len(r.GroupBy) > 0 {
			c.warn("group_by only sets GroupLabels of templates: one message is always about one incident")
		}
		if r.GroupWait != nil && time.Duration(*r.GroupWait) > 30*time.Second {
			c.warn("group_wait %s: a message leaves no sooner; with %s an incident is told within a minute of the event", r.GroupWait, DefaultGroupWait)
		}
		for _, s := range r.Routes {
			walk(s)
		}
	}
	walk(am.Route)
	for _, r := range am.Receivers {
		if !used[r.Name] {
			c.warn("receiver %s: no route leads to it", r.Name)
		}
		if c.channels(r) == 0 {
			c.warn("receiver %s has no channel: what is routed there is told to nobody", r.Name)
		}
		c.warnChannels(r)
	}
	if am.TracingConfig.Endpoint != "" {
		c.warn("tracing is left out")
	}
	for name, x := range c.Extras.Receivers {
		for _, s := range x.Syslog {
			if s.Plain {
				c.warn("receiver %s: syslog without TLS can be read and forged on the way", name)
			}
		}
		for _, w := range x.Webhooks {
			if len(w.Secrets) == 0 {
				c.warn("receiver %s: a webhook without secrets is not signed: its receiver cannot tell who called", name)
			}
			c.warnPlain(name, w.URL)
		}
		for _, a := range x.Alertmanagers {
			c.warnPlain(name, a.URL)
		}
	}
}

func (c *Config) warnPlain(receiver, target string) {
	if u, err := url.Parse(target); err == nil && u.Scheme == "http" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		c.warn("receiver %s: http to %s can be read on the way", receiver, u.Host)
	}
}

func (c *Config) channels(r amconfig.Receiver) int {
	x := c.Extras.Receivers[r.Name]
	return len(x.Webhooks) + len(x.Alertmanagers) + len(x.Syslog) + len(r.EmailConfigs) + len(r.SlackConfigs) +
		len(r.MSTeamsV2Configs) + len(r.PagerdutyConfigs) + len(r.WebhookConfigs) + Foreign(r)
}

// Foreign counts the channels that Alertmanager's own code delivers.
func Foreign(r amconfig.Receiver) int {
	return len(r.DiscordConfigs) + len(r.IncidentioConfigs) + len(r.OpsGenieConfigs) + len(r.WechatConfigs) + len(r.PushoverConfigs) +
		len(r.VictorOpsConfigs) + len(r.TelegramConfigs) + len(r.WebexConfigs) + len(r.MSTeamsConfigs) +
		len(r.JiraConfigs) + len(r.RocketchatConfigs) + len(r.MattermostConfigs)
}

func (c *Config) warnChannels(r amconfig.Receiver) {
	if len(r.MSTeamsConfigs) > 0 {
		c.warn("receiver %s: msteams_configs used connectors that Microsoft has retired: make a workflow and use msteamsv2_configs", r.Name)
	}
	if len(r.OpsGenieConfigs) > 0 {
		c.warn("receiver %s: Opsgenie ends on 2027-04-05", r.Name)
	}
	for _, e := range r.EmailConfigs {
		if e.RequireTLS != nil && !*e.RequireTLS {
			c.warn("receiver %s: mail without TLS can be read on the way", r.Name)
		}
		if e.Threading.Enabled {
			c.warn("receiver %s: threading is left out: mail is always threaded by incident", r.Name)
		}
	}
	for _, s := range r.SlackConfigs {
		if len(s.Fields)+len(s.Actions) > 0 || s.ImageURL != "" || s.ThumbURL != "" || s.UpdateMessage || s.Pretext != amconfig.DefaultSlackConfig.Pretext || s.Footer != amconfig.DefaultSlackConfig.Footer || s.MessageText != "" {
			c.warn("receiver %s: of slack_configs, fields, actions, image_url, thumb_url, pretext, footer, message_text and update_message are left out", r.Name)
		}
	}
	for _, p := range r.PagerdutyConfigs {
		if len(p.Images) > 0 {
			c.warn("receiver %s: images of pagerduty_configs are left out", r.Name)
		}
		if p.ServiceKey != "" || p.ServiceKeyFile != "" {
			c.warn("receiver %s: service_key is of Events API v1; routing_key is of v2, which carries the evidence", r.Name)
		}
	}
}
