package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	amteams "github.com/prometheus/alertmanager/notify/msteamsv2"
	"github.com/prometheus/alertmanager/template"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/render"
)

// teams posts an adaptive card to a workflow. Its answer 202 says that the
// workflow began, not that the card was posted.
type teams struct {
	cfg  *amteams.MSTeamsV2Config
	tmpl *template.Template
	http *http.Client
}

func (t *teams) Closed() bool { return t.cfg.SendResolved() }

// maxCard leaves room below the 28 KB that Teams takes.
const maxCard = 26 << 10

func (t *teams) Send(ctx context.Context, d *Delivery) Result {
	var target string
	if t.cfg.WebhookURL != nil {
		target = t.cfg.WebhookURL.String()
	} else {
		var err error
		if target, err = secretText("", t.cfg.WebhookURLFile); err != nil {
			return Result{Err: fmt.Errorf("webhook_url_file: %w", err)}
		}
	}
	x := d.expand(t.tmpl, escapeCard)
	title := x.own(t.cfg.Title, amteams.DefaultMSTeamsV2Config.Title)
	text := x.own(t.cfg.Text, amteams.DefaultMSTeamsV2Config.Text)
	if x.err != nil {
		return Result{Err: x.err, Permanent: true}
	}
	body, err := card(d.view(), title, text)
	if err != nil {
		return Result{Err: fmt.Errorf("card: %w", err), Permanent: true}
	}
	r, _ := post(ctx, t.http, target, nil, body, secretsOf(t.cfg))
	return r
}

// escapeCard makes values data in the Markdown of text blocks, for texts that
// the configuration writes. Our own card uses text runs, which have no markup.
func escapeCard(s string) string {
	return strings.NewReplacer("\\", "\\\\", "[", "\\[", "]", "\\]", "(", "\\(", ")", "\\)", "*", "\\*", "_", "\\_", "`", "\\`", "#", "\\#", "!", "\\!", "<", "\\<", ">", "\\>", "~", "\\~").Replace(s)
}

// card fits the view into the limit by leaving out in steps what is least
// needed, and says so.
func card(v render.View, title, text string) ([]byte, error) {
	steps := []func(*render.View){
		func(*render.View) {},
		func(v *render.View) { v.Rows = v.Rows[:min(len(v.Rows), 3)] },
		func(v *render.View) { v.Rows, v.Query = nil, message.Shorten(v.Query, 1000) },
		func(v *render.View) { v.Query, v.Summary = "", message.Shorten(v.Summary, 3000) },
		func(v *render.View) {
			v.Entities, v.Summary, text = v.Entities[:min(len(v.Entities), 5)], message.Shorten(v.Summary, 500), message.Shorten(text, 2000)
		},
	}
	var out []byte
	for i, shorten := range steps {
		shorten(&v)
		var err error
		if out, err = json.Marshal(cardOf(v, title, text, i > 0)); err != nil || len(out) <= maxCard {
			return out, err
		}
	}
	return out, nil
}

func cardOf(v render.View, title, text string, shortened bool) object {
	run := func(s string, more object) object {
		o := object{"type": "TextRun", "text": s}
		for k, val := range more {
			o[k] = val
		}
		return o
	}
	rich := func(runs ...object) object { return object{"type": "RichTextBlock", "inlines": runs} }
	colour := object{"weight": "Bolder", "color": cardColour(v.Severity)}
	body := []object{rich(run(v.Headline+" · "+v.Severity+" · "+v.Name, colour))}
	if title != "" {
		body = append(body, object{"type": "TextBlock", "text": title, "wrap": true, "size": "Large", "weight": "Bolder"})
	} else {
		body = append(body, rich(run(v.Title, object{"size": "Large", "weight": "Bolder"})))
	}
	if shortened {
		body = append(body, rich(run("Shortened to fit into Teams: open the incident for all of it.", object{"italic": true})))
	}
	if text != "" {
		body = append(body, object{"type": "TextBlock", "text": text, "wrap": true})
	} else if v.Summary != "" {
		body = append(body, rich(run(v.Summary, nil)))
	}
	for _, f := range append(v.Facts, v.Entities...) {
		body = append(body, rich(run(f.Name+": ", object{"weight": "Bolder"}), run(f.Value, nil)))
	}
	if len(v.Rows) > 0 {
		body = append(body, rich(run("Evidence, "+v.Shown, object{"weight": "Bolder"})))
		for _, r := range v.Rows {
			var cells []string
			for i, c := range r {
				if c != "" {
					cells = append(cells, v.Columns[i]+" "+c)
				}
			}
			body = append(body, rich(run(strings.Join(cells, " · "), object{"size": "Small"})))
		}
	}
	if v.Query != "" {
		body = append(body, rich(run(v.Query, object{"fontType": "Monospace", "size": "Small"})))
	}
	body = append(body, rich(run("Delivery "+v.Delivery, object{"size": "Small", "isSubtle": true})))
	content := object{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body, "msteams": object{"width": "Full"}}
	if v.URL != "" {
		content["actions"] = []object{{"type": "Action.OpenUrl", "title": "Open the incident", "url": v.URL}}
	}
	return object{"type": "message", "attachments": []object{{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": content}}}
}

func cardColour(severity string) string {
	switch strings.ToLower(severity) {
	case "critical", "high":
		return "Attention"
	case "medium":
		return "Warning"
	}
	return "Default"
}
