package channel

import (
	"errors"
	"log/slog"

	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/discord"
	"github.com/prometheus/alertmanager/notify/incidentio"
	"github.com/prometheus/alertmanager/notify/jira"
	"github.com/prometheus/alertmanager/notify/mattermost"
	"github.com/prometheus/alertmanager/notify/msteams"
	"github.com/prometheus/alertmanager/notify/opsgenie"
	ampd "github.com/prometheus/alertmanager/notify/pagerduty"
	"github.com/prometheus/alertmanager/notify/pushover"
	"github.com/prometheus/alertmanager/notify/rocketchat"
	"github.com/prometheus/alertmanager/notify/telegram"
	"github.com/prometheus/alertmanager/notify/victorops"
	"github.com/prometheus/alertmanager/notify/webex"
	amwebhook "github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/notify/wechat"
	"github.com/prometheus/alertmanager/template"
	commoncfg "github.com/prometheus/common/config"
)

// integrations makes the channels that Alertmanager's own code delivers. Its
// own function for that would bring the SDK of AWS along.
func integrations(r amconfig.Receiver, t *template.Template, opt commoncfg.HTTPClientOption) ([]notify.Integration, error) {
	l := slog.New(slog.DiscardHandler)
	var out []notify.Integration
	var errs []error
	add := func(name string, i int, rs notify.ResolvedSender, n notify.Notifier, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		out = append(out, notify.NewIntegration(n, rs, name, i, r.Name))
	}
	for i, c := range r.WebhookConfigs {
		n, err := amwebhook.New(c, t, l, opt)
		add("webhook", i, c, n, err)
	}
	for i, c := range r.PagerdutyConfigs {
		n, err := ampd.New(c, t, l, opt)
		add("pagerduty", i, c, n, err)
	}
	for i, c := range r.OpsGenieConfigs {
		n, err := opsgenie.New(c, t, l, opt)
		add("opsgenie", i, c, n, err)
	}
	for i, c := range r.WechatConfigs {
		n, err := wechat.New(c, t, l, opt)
		add("wechat", i, c, n, err)
	}
	for i, c := range r.VictorOpsConfigs {
		n, err := victorops.New(c, t, l, opt)
		add("victorops", i, c, n, err)
	}
	for i, c := range r.PushoverConfigs {
		n, err := pushover.New(c, t, l, opt)
		add("pushover", i, c, n, err)
	}
	for i, c := range r.TelegramConfigs {
		n, err := telegram.New(c, t, l, opt)
		add("telegram", i, c, n, err)
	}
	for i, c := range r.DiscordConfigs {
		n, err := discord.New(c, t, l, opt)
		add("discord", i, c, n, err)
	}
	for i, c := range r.WebexConfigs {
		n, err := webex.New(c, t, l, opt)
		add("webex", i, c, n, err)
	}
	for i, c := range r.MSTeamsConfigs {
		n, err := msteams.New(c, t, l, opt)
		add("msteams", i, c, n, err)
	}
	for i, c := range r.JiraConfigs {
		n, err := jira.New(c, t, l, opt)
		add("jira", i, c, n, err)
	}
	for i, c := range r.IncidentioConfigs {
		n, err := incidentio.New(c, t, l, opt)
		add("incidentio", i, c, n, err)
	}
	for i, c := range r.RocketchatConfigs {
		n, err := rocketchat.New(c, t, l, opt)
		add("rocketchat", i, c, n, err)
	}
	for i, c := range r.MattermostConfigs {
		n, err := mattermost.New(c, t, l, opt)
		add("mattermost", i, c, n, err)
	}
	return out, errors.Join(errs...)
}
