package alert

import (
	"context"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
)

// verdict is what is to be done with a delivery that is due.
type verdict struct {
	outcome message.Outcome // Sent: go; Held; Suppressed, Rerouted; Dead
	reason  string
	until   time.Time // of Held
}

// How soon what is held is looked at again: silences can be ended early, and
// an inhibiting incident closed.
const (
	againSilence = 5 * time.Minute
	againInhibit = time.Minute
)

// judge decides on a delivery. Holding is waiting, not dropping: what was held
// is told when the reason ends, unless the incident was closed meanwhile while
// a silence or another incident kept it back.
func (d *Delivery) judge(ctx context.Context, e *Entry, now time.Time) (verdict, error) {
	d.mu.Lock()
	cfg, set := d.cfg, d.set
	d.mu.Unlock()
	n := &e.Notification
	if _, ok := set.Sender(e.Target); !ok {
		ok, err := d.reroute(e)
		if err != nil {
			return verdict{}, err
		}
		if ok {
			return verdict{outcome: message.Rerouted, reason: "the configuration has no such channel any more"}, nil
		}
		return verdict{outcome: message.Dead, reason: "the configuration has no such channel any more; replay it when it has"}, nil
	}
	if n.Kind == Test || e.Attempts > 0 || e.State == outbox.Retry {
		return verdict{outcome: message.Sent}, nil // what has begun is finished
	}
	id, until, err := d.silences.Match(ctx, n.Labels, n.Urgent)
	if err != nil { // better told against a silence than not at all
		d.o.Notice("alert: nothing is silenced: " + err.Error())
		id = ""
	}
	reason := ""
	if id != "" {
		reason, until = "silenced by "+id, earlier(until, now.Add(againSilence))
	} else if !n.Urgent {
		by, err := d.inhibited(ctx, cfg, n)
		if err != nil {
			return verdict{}, err
		}
		if by {
			reason, until = "inhibited by another open incident", now.Add(againInhibit)
		}
	}
	if kept := e.State == outbox.Held && (hasPrefix(e.Reason, "silenced") || hasPrefix(e.Reason, "inhibited")); reason != "" || kept {
		open, err := d.box.IsOpen(n.Incident)
		if err != nil {
			return verdict{}, err
		}
		if !open {
			if reason == "" {
				reason = e.Reason
			}
			return verdict{outcome: message.Suppressed, reason: "closed while " + reason}, nil
		}
	}
	if reason == "" && !n.Urgent {
		if name, end := muted(cfg, n, e.Target.Receiver, now); name != "" {
			reason, until = "muted by time interval "+name, end
		}
	}
	if reason != "" {
		return verdict{outcome: message.Held, reason: reason, until: until}, nil
	}
	return verdict{outcome: message.Sent}, nil
}

func hasPrefix(s, p string) bool { return len(s) >= len(p) && s[:len(p)] == p }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// muted says by which interval all routes to the receiver are muted, and until
// when at least. A route that is not muted lets it through; so does a
// configuration that no longer routes it there, as it is owed.
func muted(cfg *Config, n *Notification, receiver string, now time.Time) (name string, until time.Time) {
	at := func(t time.Time) string {
		why := ""
		for _, r := range routesTo(cfg, n.Labels, receiver) {
			if why = mutedRoute(cfg, r.RouteOpts.MuteTimeIntervals, r.RouteOpts.ActiveTimeIntervals, t); why == "" {
				return ""
			}
		}
		return why
	}
	if name = at(now); name == "" {
		return "", time.Time{}
	}
	// Intervals are of whole minutes.
	until = now.Truncate(time.Minute)
	for range 24 * 60 {
		if until = until.Add(time.Minute); at(until) == "" {
			break
		}
	}
	return name, until
}

func mutedRoute(cfg *Config, mute, active []string, now time.Time) string {
	if in, names, err := cfg.Times.Mutes(mute, now); err == nil && in {
		return names[0]
	}
	if len(active) > 0 {
		if in, _, err := cfg.Times.Mutes(active, now); err == nil && !in {
			return fmt.Sprintf("outside %s", active[0])
		}
	}
	return ""
}
