package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	amalert "github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/provider"
	"github.com/prometheus/common/model"
)

// inhibition is Alertmanager's inhibitor over the incidents that are open. It
// is made anew when they have changed, so that what it says does not depend on
// when a goroutine of its saw a change.
type inhibition struct {
	now   *inhibit.Inhibitor
	made  time.Time
	stale bool
}

// An incident inhibits for a day after its last change at most: one that
// nobody closed must not keep others back for ever.
const inhibits = 24 * time.Hour

func (i *inhibition) stop() {
	i.now.Stop()
	i.now = nil
}

func (d *Delivery) inhibited(ctx context.Context, cfg *Config, n *Notification) (bool, error) {
	rules := cfg.Alertmanager.InhibitRules
	if len(rules) == 0 {
		return false, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.o.Now(); d.inhibit.now == nil || d.inhibit.stale || now.Sub(d.inhibit.made) >= againInhibit {
		open, err := d.box.Open(now.Add(-inhibits))
		if err != nil {
			return false, fmt.Errorf("inhibition: %w", err)
		}
		d.inhibit.stop()
		var list openIncidents
		for _, labels := range open {
			list = append(list, &amalert.Alert{Alert: model.Alert{Labels: labelSet(labels)}})
		}
		i := inhibit.NewInhibitor(list, rules, slog.New(slog.DiscardHandler), eventrecorder.NopRecorder())
		go i.Run()
		i.WaitForLoading()
		d.inhibit = inhibition{now: i, made: now}
	}
	return d.inhibit.now.Mutes(ctx, labelSet(n.Labels)), nil
}

// openIncidents shows incidents to the inhibitor as alerts that do not end.
type openIncidents []*amalert.Alert

func (o openIncidents) SlurpAndSubscribe(string) ([]*amalert.Alert, provider.AlertIterator) {
	return o, provider.NewAlertIterator(make(chan *provider.Alert), make(chan struct{}), nil)
}

func (o openIncidents) Subscribe(name string) provider.AlertIterator {
	_, it := o.SlurpAndSubscribe(name)
	return it
}

func (o openIncidents) GetPending() provider.AlertIterator { return o.Subscribe("") }

func (o openIncidents) Get(model.Fingerprint) (*amalert.Alert, error) {
	return nil, provider.ErrNotFound
}

func (o openIncidents) Put(context.Context, ...*amalert.Alert) error {
	return errors.New("open incidents are only read")
}
