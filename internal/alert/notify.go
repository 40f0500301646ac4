package alert

import (
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/outbox"
)

// Notify takes a notification in for every receiver that it is routed to. It
// is durable when Notify returns nil; after an error, or a crash, call it
// again: a revision that was taken in is not told twice.
func (d *Delivery) Notify(ctx context.Context, n Notification) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n, err := n.Complete()
	if err != nil {
		return err
	}
	if _, err := d.box.Enqueue(n, d.orders(&n), d.o.Now()); err != nil {
		return fmt.Errorf("alert: %w", err)
	}
	d.mu.Lock()
	d.inhibit.stale = true
	d.mu.Unlock()
	signal(d.wake)
	return nil
}

// orders are the channels that the routes lead to.
func (d *Delivery) orders(n *Notification) (orders []outbox.Order) {
	d.mu.Lock()
	cfg, set := d.cfg, d.set
	d.mu.Unlock()
	for _, r := range cfg.Route.Match(labelSet(n.Labels)) {
		for _, t := range set.Targets(r.RouteOpts.Receiver) {
			orders = addOrder(orders, outbox.Order{Target: t, Wait: r.RouteOpts.GroupWait, Interval: r.RouteOpts.GroupInterval, Skip: skip(set, t, n)})
		}
	}
	return orders
}

// addOrder joins orders of several routes to one target: told once, by the
// shorter waits.
func addOrder(list []outbox.Order, o outbox.Order) []outbox.Order {
	for i := range list {
		if list[i].Target == o.Target {
			list[i].Wait = min(list[i].Wait, o.Wait)
			list[i].Interval = min(list[i].Interval, o.Interval)
			return list
		}
	}
	return append(list, o)
}

func skip(set *channel.Set, t outbox.Target, n *Notification) bool {
	s, ok := set.Sender(t)
	return n.Kind == Closed && ok && !s.Closed()
}

// TestReceivers sends a notification to every channel of the receivers named,
// all of the configuration if none is, past routes and whatever holds others
// back. It returns how many deliveries there are.
func (d *Delivery) TestReceivers(n Notification, receivers ...string) (int, error) {
	n.Kind = Test
	n, err := n.Complete()
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	cfg, set := d.cfg, d.set
	d.mu.Unlock()
	var orders []outbox.Order
	known := map[string]bool{}
	for _, r := range cfg.Alertmanager.Receivers {
		known[r.Name] = true
		if len(receivers) > 0 && !slices.Contains(receivers, r.Name) {
			continue
		}
		for _, t := range set.Targets(r.Name) {
			orders = append(orders, outbox.Order{Target: t})
		}
	}
	for _, r := range receivers {
		if !known[r] {
			return 0, fmt.Errorf("there is no receiver %q in the configuration", r)
		}
	}
	told, err := d.box.Enqueue(n, orders, d.o.Now())
	signal(d.wake)
	return told, err
}

// reroute hands a delivery whose channel is gone to the channels that the
// routes lead to now, unless they have it. It says whether one took it.
func (d *Delivery) reroute(e *Entry) (bool, error) {
	if e.Notification.Kind == Test {
		return false, nil
	}
	told, err := d.box.Enqueue(e.Notification, d.orders(&e.Notification), d.o.Now())
	return told > 0, err
}

func labelSet(m map[string]string) model.LabelSet {
	s := make(model.LabelSet, len(m))
	for k, v := range m {
		s[model.LabelName(k)] = model.LabelValue(v)
	}
	return s
}

// routesTo are the routes by which labels reach a receiver.
func routesTo(cfg *Config, labels map[string]string, receiver string) []*dispatch.Route {
	return slices.DeleteFunc(cfg.Route.Match(labelSet(labels)), func(r *dispatch.Route) bool { return r.RouteOpts.Receiver != receiver })
}
