package alert

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
)

// targetState is what is known of a channel while the process runs. One
// attempt at a time goes to it, so that a crash leaves at most one in doubt.
type targetState struct {
	busy     bool
	failures int       // in a row, not for good
	paused   time.Time // until when it is left alone
}

const (
	maxBackoff       = 15 * time.Minute
	maxBackoffUrgent = time.Minute
	maxRetryAfter    = time.Hour
	maxPermanent     = 3 // attempts at what is refused for good
	attemptTime      = 60 * time.Second
	grace            = 10 * time.Second // for attempts under way when ctx ends
	maxWait          = time.Minute      // timers stand still while the machine sleeps
	keepLanes        = 180 * 24 * time.Hour
)

// Run delivers until ctx ends, and returns when attempts under way have ended.
func (d *Delivery) Run(ctx context.Context) error {
	d.closing.Add(1)
	defer d.closing.Done()
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.handOn(ctx)
	}()
	var pruned time.Time
	for ctx.Err() == nil {
		if now := d.o.Now(); now.Sub(pruned) > 24*time.Hour {
			pruned = now
			if err := d.box.Prune(now.Add(-keepLanes)); err != nil {
				d.o.Notice("alert: " + err.Error())
			}
		}
		next, err := d.round(ctx)
		if err != nil {
			d.o.Notice("alert: " + err.Error())
			next = d.o.Now().Add(10 * time.Second)
		}
		d.wait(ctx, next)
	}
	<-done
	d.idle()
	return nil
}

// wait sleeps until a time, or until there is something to do.
func (d *Delivery) wait(ctx context.Context, until time.Time) {
	sctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = d.o.Sleep(sctx, min(max(until.Sub(d.o.Now()), 0), maxWait))
	}()
	select {
	case <-d.wake:
	case <-over:
	}
	cancel()
	<-over
}

// round starts what may be tried now and returns when to look again.
func (d *Delivery) round(ctx context.Context) (next time.Time, err error) {
	for again := true; again && ctx.Err() == nil; {
		again, next = false, d.o.Now().Add(time.Hour)
		entries, err := d.box.Due()
		if err != nil {
			return next, err
		}
		for _, e := range entries {
			now := d.o.Now()
			if at, free := d.free(e, now); !free {
				next = earlier(next, at)
				continue
			}
			v, err := d.judge(ctx, e, now)
			if err != nil {
				return next, err
			}
			switch v.outcome {
			case message.Sent:
				err = d.start(ctx, e)
				if err == nil {
					continue
				}
			case message.Held:
				r := e.Receipt(message.Held, now)
				r.Status = v.reason
				err = d.box.Hold(e.ID, v.until, r)
			default:
				r := e.Receipt(v.outcome, now)
				r.Status = v.reason
				if v.outcome == message.Dead {
					r.Status, r.Error = "", v.reason
				}
				err = d.box.Finish(e.ID, r, time.Time{}, nil)
			}
			if errors.Is(err, outbox.ErrNone) { // a newer revision took its place
				again = true
				continue
			}
			if err != nil {
				return next, err
			}
			signal(d.receipts)
			again = true // the target's next may be due too
		}
	}
	return next, nil
}

// free says whether a delivery may be tried, and when otherwise. What is
// urgent does not wait for a pause.
func (d *Delivery) free(e *Entry, now time.Time) (at time.Time, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.targets[e.Target]
	switch {
	case t != nil && t.busy:
		return now.Add(time.Hour), false // its end wakes
	case e.Due.After(now):
		return e.Due, false
	case t != nil && t.paused.After(now) && !e.Urgent():
		return t.paused, false
	}
	return now, true
}

func (d *Delivery) start(ctx context.Context, e *Entry) error {
	begun, thread, sent, err := d.box.Begin(e.ID)
	if err != nil {
		return err
	}
	d.mu.Lock()
	t := d.targets[e.Target]
	if t == nil {
		t = &targetState{}
		d.targets[e.Target] = t
	}
	t.busy = true
	sender, _ := d.set.Sender(e.Target)
	cfg := d.cfg
	d.mu.Unlock()
	now := d.o.Now()
	dl := &channel.Delivery{ID: begun.ID, Target: begun.Target, Notification: &begun.Notification, Changes: begun.Changes, First: sent == 0,
		Repeat: begun.Repeat, Thread: thread, Enqueued: begun.Enqueued, Now: now, Install: d.box.Install()}
	dl.Group, dl.Route = templateLabels(cfg, begun)
	d.closing.Add(1)
	go func() {
		defer d.closing.Done()
		actx, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTime)
		defer cancel()
		stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
		defer stop()
		var r channel.Result
		if sender == nil {
			r = channel.Result{Err: errGone, Permanent: true}
		} else {
			r = sender.Send(actx, dl)
		}
		d.finish(ctx, begun, t, now, r)
	}()
	return nil
}

// templateLabels are the labels of the route that templates see.
func templateLabels(cfg *Config, e *Entry) (group, route map[string]string) {
	group, route = map[string]string{}, map[string]string{}
	routes := routesTo(cfg, e.Notification.Labels, e.Target.Receiver)
	if len(routes) == 0 {
		return group, route
	}
	o := routes[0].RouteOpts
	for k, v := range e.Notification.Labels {
		for l := range o.GroupBy {
			if string(l) == k {
				group[k] = v
			}
		}
		if o.GroupByAll {
			group[k] = v
		}
	}
	for k, v := range o.Labels {
		route[string(k)] = string(v)
	}
	return group, route
}

// backoff is the wait after the nth failure in a row, with jitter of a quarter.
func (d *Delivery) backoff(n int, limit time.Duration) time.Duration {
	w := time.Duration(float64(d.o.Backoff) * math.Pow(2, float64(min(n, 30)-1)))
	w = min(w, limit)
	return time.Duration(float64(w) * (0.75 + 0.5*d.o.Rand()))
}

// idle waits for attempts under way.
func (d *Delivery) idle() {
	for {
		d.mu.Lock()
		busy := false
		for _, t := range d.targets {
			busy = busy || t.busy
		}
		d.mu.Unlock()
		if !busy {
			return
		}
		<-d.wake
	}
}
