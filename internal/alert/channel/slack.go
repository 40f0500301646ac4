package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/template"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/render"
)

// slack posts blocks, by an incoming webhook or, with an app token, by
// chat.postMessage, where what follows goes into the thread of the first.
type slack struct {
	cfg  *amconfig.SlackConfig
	tmpl *template.Template
	http *http.Client
}

func (s *slack) Closed() bool { return s.cfg.SendResolved() }

func (s *slack) Send(ctx context.Context, d *Delivery) Result {
	target := ""
	if s.cfg.APIURLFile != "" {
		var err error
		if target, err = secretText("", s.cfg.APIURLFile); err != nil {
			return Result{Err: fmt.Errorf("api_url_file: %w", err)}
		}
	} else if s.cfg.APIURL != nil {
		target = s.cfg.APIURL.String()
	}
	app := s.cfg.AppToken != "" || s.cfg.AppTokenFile != "" || strings.HasSuffix(target, "/chat.postMessage")
	m, err := s.message(d, app)
	if err != nil {
		return Result{Err: err, Permanent: true}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return Result{Err: fmt.Errorf("body: %w", err), Permanent: true}
	}
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	r, answer := post(ctx, s.http, target, h, body, secretsOf(s.cfg))
	if r.Err != nil || !app {
		return r
	}
	var a struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		TS    string `json:"ts"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return Result{Err: errors.New("the answer is no JSON")}
	}
	if !a.OK {
		busy := a.Error == "ratelimited" || a.Error == "rate_limited" || a.Error == "internal_error" || a.Error == "fatal_error" || a.Error == "service_unavailable" || a.Error == "request_timeout"
		return Result{Status: r.Status, Err: fmt.Errorf("slack says %s", message.Shorten(render.Plain(a.Error), 100)), Permanent: !busy}
	}
	t := d.Thread
	if t.Stamp == "" {
		t.Stamp = a.TS
	}
	r.Thread = &outbox.Thread{Stamp: t.Stamp}
	return r
}

// Limits of the service.
const (
	slackHeader  = 150
	slackSection = 2900
	slackField   = 1900
)

// EscapeSlack makes a text data in Slack's markup: no mention, link or
// channel, and no code fence that ends early.
func EscapeSlack(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "\u02cb").Replace(s)
}

type object = map[string]any

func (s *slack) message(d *Delivery, app bool) (object, error) {
	v, x, std := d.view(), d.expand(s.tmpl, EscapeSlack), amconfig.DefaultSlackConfig
	title, text := x.own(s.cfg.Title, std.Title), x.own(s.cfg.Text, std.Text)
	if title == "" {
		title = EscapeSlack(v.Headline + ": " + v.Title + " (" + v.Name + ")")
	}
	md := func(s string) object { return object{"type": "mrkdwn", "text": s} }
	blocks := []object{{"type": "header", "text": object{"type": "plain_text", "text": message.Shorten(title, slackHeader), "emoji": false}}}
	section := func(s string) {
		if s != "" {
			blocks = append(blocks, object{"type": "section", "text": md(s)})
		}
	}
	if text != "" {
		section(message.Shorten(text, slackSection))
	} else {
		section(EscapeSlack(message.Shorten(v.Summary, slackSection/2)))
	}
	var fields []object
	for _, f := range append(v.Facts, v.Entities...) {
		if len(fields) == 20 {
			break
		}
		fields = append(fields, md(fmt.Sprintf("*%s*\n%s", EscapeSlack(f.Name), EscapeSlack(message.Shorten(f.Value, slackField/2)))))
	}
	for len(fields) > 0 {
		n := min(len(fields), 10)
		blocks = append(blocks, object{"type": "section", "fields": fields[:n]})
		fields = fields[n:]
	}
	if len(v.Rows) > 0 {
		section("*Evidence, " + v.Shown + "*\n```" + message.Shorten(EscapeSlack(render.Table(v)), slackSection-100) + "```")
	}
	if link := s.link(x, v); link != "" {
		blocks = append(blocks, object{"type": "actions", "elements": []object{{"type": "button", "text": object{"type": "plain_text", "text": "Open the incident"}, "url": link}}})
	}
	blocks = append(blocks, object{"type": "context", "elements": []object{{"type": "plain_text", "text": "Delivery " + d.ID}}})
	m := object{"text": EscapeSlack(message.Shorten(v.Headline+": "+v.Title+" ("+v.Name+")", slackSection)), "blocks": blocks, "unfurl_links": false, "unfurl_media": false}
	set := func(k, value string) {
		if value != "" {
			m[k] = value
		}
	}
	set("channel", x.text(s.cfg.Channel))
	set("username", x.own(s.cfg.Username, std.Username))
	set("icon_emoji", x.own(s.cfg.IconEmoji, std.IconEmoji))
	set("icon_url", x.own(s.cfg.IconURL, std.IconURL))
	if app {
		set("thread_ts", d.Thread.Stamp)
		m["metadata"] = object{"event_type": "wholelog_incident", "event_payload": object{"delivery": d.ID, "incident": d.Notification.Incident, "revision": d.Notification.Revision}}
	}
	return m, x.err
}

func (s *slack) link(x *expander, v render.View) string {
	if u := render.SafeURL(x.own(s.cfg.TitleLink, amconfig.DefaultSlackConfig.TitleLink)); u != "" {
		return u
	}
	return v.URL
}
