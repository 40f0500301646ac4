package alert

import (
	"context"
	"errors"
	"time"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/message"
)

var errGone = errors.New("the configuration has no such channel any more")

// finish makes the outcome of an attempt durable, and then the target free.
func (d *Delivery) finish(ctx context.Context, e *Entry, t *targetState, began time.Time, res channel.Result) {
	now := d.o.Now()
	r := e.Receipt(message.Sent, now)
	r.Status, r.Latency = res.Status, now.Sub(began)
	var due, pause time.Time
	d.mu.Lock()
	switch {
	case res.Err == nil:
		t.failures = 0
	case res.Permanent:
		r.Outcome, r.Refused = message.Retry, true
		if e.Refused+1 >= maxPermanent {
			r.Outcome = message.Dead
		}
	default:
		t.failures++
		r.Outcome = message.Retry
		pause = now.Add(max(d.backoff(t.failures, maxBackoff/3), min(res.RetryAfter, maxRetryAfter)))
		if now.Sub(e.Since) >= d.o.GiveUp {
			r.Outcome = message.Dead
		}
	}
	d.mu.Unlock()
	if res.Err != nil {
		r.Error = res.Err.Error()
		limit := maxBackoff
		if e.Urgent() {
			limit = maxBackoffUrgent
		}
		due = now.Add(max(d.backoff(e.Attempts, limit), min(res.RetryAfter, maxRetryAfter)))
	}
	// A disk that is full now may not be later; until then the target rests.
	for {
		err := d.box.Finish(e.ID, r, due, res.Thread)
		if err == nil {
			break
		}
		d.o.Notice("alert: " + err.Error())
		if d.o.Sleep(ctx, 10*time.Second) != nil {
			break // tried again after the restart, as after a crash
		}
	}
	d.mu.Lock()
	t.busy, t.paused = false, pause
	d.mu.Unlock()
	signal(d.receipts)
	signal(d.wake)
}

// handOn gives receipts to whoever writes them down, in order.
func (d *Delivery) handOn(ctx context.Context) {
	for {
		again, err := d.handOnce(ctx)
		if err != nil {
			d.o.Notice("alert: receipts: " + err.Error())
			if d.o.Sleep(ctx, 5*time.Second) != nil {
				return
			}
			continue
		}
		if again {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-d.receipts:
		}
	}
}

func (d *Delivery) handOnce(ctx context.Context) (again bool, err error) {
	list, err := d.box.Receipts(100)
	if err != nil || len(list) == 0 {
		return false, err
	}
	var last uint64
	for _, r := range list {
		if d.o.Receipt != nil {
			if err = d.o.Receipt(ctx, r); err != nil {
				break
			}
		}
		last = r.ID
	}
	if last > 0 {
		if herr := d.box.Handed(last); herr != nil {
			return false, herr
		}
	}
	return err == nil, err
}
