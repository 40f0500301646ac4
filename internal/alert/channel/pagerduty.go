package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	ampd "github.com/prometheus/alertmanager/notify/pagerduty"
	"github.com/prometheus/alertmanager/template"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/render"
)

// pagerduty sends Events API v2. The dedup_key is the incident's, so that what
// follows changes the alert there instead of making another.
type pagerduty struct {
	cfg  *ampd.PagerdutyConfig
	tmpl *template.Template
	http *http.Client
}

type pdEvent struct {
	RoutingKey string     `json:"routing_key"`
	Action     string     `json:"event_action"`
	DedupKey   string     `json:"dedup_key"`
	Client     string     `json:"client,omitempty"`
	ClientURL  string     `json:"client_url,omitempty"`
	Payload    *pdPayload `json:"payload,omitempty"`
	Links      []pdLink   `json:"links,omitempty"`
}

type pdPayload struct {
	Summary   string         `json:"summary"`
	Source    string         `json:"source"`
	Severity  string         `json:"severity"`
	Timestamp string         `json:"timestamp,omitempty"`
	Class     string         `json:"class,omitempty"`
	Component string         `json:"component,omitempty"`
	Group     string         `json:"group,omitempty"`
	Details   map[string]any `json:"custom_details,omitempty"`
}

type pdLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// Limits of the service.
const (
	pdSummary = 1024
	pdEventKB = 512
)

func (p *pagerduty) Closed() bool { return p.cfg.SendResolved() }

func (p *pagerduty) Send(ctx context.Context, d *Delivery) Result {
	key, err := secretText(p.cfg.RoutingKey, p.cfg.RoutingKeyFile)
	if err != nil {
		return Result{Err: fmt.Errorf("routing_key: %w", err)}
	}
	e, err := p.event(d, key)
	if err != nil {
		return Result{Err: err, Permanent: true}
	}
	body, err := json.Marshal(e)
	if err == nil && len(body) > pdEventKB<<10 {
		e.Payload.Details = map[string]any{"shortened": "the details were too long for PagerDuty; open the incident", "delivery": d.ID}
		body, err = json.Marshal(e)
	}
	if err != nil {
		return Result{Err: fmt.Errorf("body: %w", err), Permanent: true}
	}
	r, _ := post(ctx, p.http, p.cfg.URL.String(), nil, body, []string{key})
	if r.Err != nil || d.Notification.Kind != message.Test {
		return r
	}
	// A test leaves no alert behind.
	e.Action = "resolve"
	if body, err = json.Marshal(e); err != nil {
		return Result{Err: fmt.Errorf("body: %w", err), Permanent: true}
	}
	if r, _ = post(ctx, p.http, p.cfg.URL.String(), nil, body, []string{key}); r.Err == nil {
		r.Status += ", and resolved"
	}
	return r
}

func (p *pagerduty) event(d *Delivery, key string) (*pdEvent, error) {
	v, x, std := d.view(), d.expand(p.tmpl, render.Verbatim), ampd.DefaultPagerdutyConfig
	or := func(s, standard, ours string) string {
		if t := render.Plain(x.own(s, standard)); t != "" {
			return t
		}
		return ours
	}
	action := "trigger"
	if d.Notification.Kind == message.Closed {
		action = "resolve"
	}
	summary := or(p.cfg.Description, std.Description, v.Headline+": "+v.Title+" ("+v.Name+")")
	details := map[string]any{"delivery": d.ID, "summary": v.Summary, "query": v.Query, "changes": d.Changes}
	for _, f := range append(v.Facts, v.Entities...) {
		if old, ok := details[f.Name].(string); ok {
			details[f.Name] = old + ", " + f.Value
			continue
		}
		details[f.Name] = f.Value
	}
	if len(v.Rows) > 0 {
		details["evidence"] = v.Shown + "\n" + render.Table(v)
	}
	for k, val := range p.cfg.Details {
		if s, ok := val.(string); ok && ampd.DefaultPagerdutyDetails[k] != any(s) {
			details[k] = x.text(s)
		}
	}
	e := &pdEvent{RoutingKey: x.text(key), Action: action, DedupKey: message.Shorten(d.incident(), 255),
		Client: or(p.cfg.Client, std.Client, "wholelog"), ClientURL: render.SafeURL(or(p.cfg.ClientURL, std.ClientURL, v.URL)),
		Payload: &pdPayload{Summary: message.Shorten(summary, pdSummary), Source: or(p.cfg.Source, std.Client, source(v)),
			Severity: or(p.cfg.Severity, "", pdSeverity(d.Notification)), Timestamp: d.Enqueued.UTC().Format(time.RFC3339),
			Class: or(p.cfg.Class, "", d.Notification.Labels["rule"]), Component: or(p.cfg.Component, "", ""), Group: or(p.cfg.Group, "", d.Notification.Tenant), Details: details}}
	if v.URL != "" {
		e.Links = []pdLink{{v.URL, "Open the incident"}}
	}
	for _, l := range p.cfg.Links {
		if u := render.SafeURL(x.text(l.Href)); u != "" {
			e.Links = append(e.Links, pdLink{u, render.Plain(x.text(l.Text))})
		}
	}
	return e, x.err
}

func source(v render.View) string {
	for _, f := range v.Facts {
		if f.Name == "Tenant" {
			return f.Value
		}
	}
	return "wholelog"
}

func pdSeverity(n *message.Notification) string {
	if n.Urgent {
		return "critical"
	}
	switch strings.ToLower(n.Severity) {
	case "critical":
		return "critical"
	case "high":
		return "error"
	case "medium":
		return "warning"
	}
	return "info"
}
