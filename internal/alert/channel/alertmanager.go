package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/render"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// alertmanager pushes to one that runs elsewhere, by its API v2. There an
// alert is its labels: the same labels again change nothing.
type alertmanager struct {
	cfg  *setup.Alertmanager
	http *http.Client
}

// postable is an alert as POST /api/v2/alerts takes it.
type postable struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func (a *alertmanager) Closed() bool { return setup.Wants(a.cfg.SendClosed) }

func (a *alertmanager) Send(ctx context.Context, d *Delivery) Result {
	target, err := a.cfg.Target()
	if err != nil {
		return Result{Err: fmt.Errorf("url_secret: %w", err)}
	}
	n := d.Notification
	al := render.Alert(n, d.context(), d.Now, render.Verbatim)
	p := postable{Labels: map[string]string{}, Annotations: map[string]string{}, StartsAt: al.StartsAt.UTC(), GeneratorURL: al.GeneratorURL}
	for k, v := range al.Labels {
		if v != "" {
			p.Labels[string(k)] = string(v)
		}
	}
	for k, v := range al.Annotations {
		p.Annotations[string(k)] = string(v)
	}
	// Without an end it would call the alert resolved after minutes: incidents
	// do not end by not being seen again.
	p.EndsAt = d.Now.Add(a.cfg.Keep.Or(7 * 24 * time.Hour)).UTC()
	if n.Kind == message.Closed {
		p.EndsAt = d.Now.UTC()
	}
	if n.Kind == message.Test {
		p.EndsAt = d.Now.Add(5 * time.Minute).UTC()
	}
	alerts := []postable{p}
	if old := d.Thread.Labels; len(old) > 0 && !maps.Equal(old, p.Labels) {
		// Other labels are another alert there; the one told before ends.
		alerts = append(alerts, postable{Labels: old, StartsAt: p.StartsAt, EndsAt: d.Now.UTC()})
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		return Result{Err: fmt.Errorf("body: %w", err), Permanent: true}
	}
	r, _ := post(ctx, a.http, strings.TrimSuffix(target, "/")+"/api/v2/alerts", nil, body, nil)
	if r.Err == nil {
		r.Thread = &outbox.Thread{Labels: p.Labels}
	}
	return r
}
