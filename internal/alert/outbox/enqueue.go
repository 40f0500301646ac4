package outbox

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// Order asks for a delivery to a target.
type Order struct {
	Target   Target
	Wait     time.Duration // for revisions that follow closely
	Interval time.Duration // least time after the last message about the incident
	// Skip takes the revision in without telling it: the target does not want
	// to know of this kind.
	Skip bool
}

// Enqueue takes a notification in for all targets in one durable transaction.
// A revision that a target's lane has taken in already is left out, so that it
// may be called again after a crash. It returns how many deliveries there now
// are that tell this revision.
func (o *Outbox) Enqueue(n message.Notification, orders []Order, now time.Time) (told int, err error) {
	err = o.db.Update(func(tx *bbolt.Tx) error {
		told = 0
		if err := track(tx, &n, now); err != nil {
			return err
		}
		for _, ord := range orders {
			ok, err := o.enqueue(tx, &n, ord, now)
			if err != nil {
				return err
			}
			if ok {
				told++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: take in incident %s: %w", n.Incident, err)
	}
	return told, nil
}

// openIncident is one that was not closed, as it was told last.
type openIncident struct {
	Labels map[string]string `json:"labels"`
	At     time.Time         `json:"at"`
}

// track keeps which incidents are open, for inhibition.
func track(tx *bbolt.Tx, n *message.Notification, now time.Time) error {
	b := tx.Bucket(bucketOpen)
	switch n.Kind {
	case message.Closed:
		return b.Delete([]byte(n.Incident))
	case message.Test:
		return nil
	}
	return putJSON(b, []byte(n.Incident), openIncident{n.Labels, now})
}

func (o *Outbox) enqueue(tx *bbolt.Tx, n *message.Notification, ord Order, now time.Time) (bool, error) {
	key := laneKey(n.Incident, ord.Target)
	l, err := getLane(tx, key)
	if err != nil {
		return false, err
	}
	if n.Revision <= l.Revision {
		return false, nil
	}
	l.Revision, l.Seen = n.Revision, now
	if ord.Skip {
		return false, putJSON(tx.Bucket(bucketLanes), key, l)
	}
	due := now.Add(ord.Wait)
	if next := l.Last.Add(ord.Interval); l.Sent > 0 && next.After(due) {
		due = next
	}
	if n.Urgent {
		due = now
	}
	e := &Entry{ID: id(o.install, n, ord.Target), Target: ord.Target, State: Queued, Changes: 1, Enqueued: now, Since: now, Due: due, Notification: *n}
	if old, err := joinable(tx, l); err != nil {
		return false, err
	} else if old != nil {
		if err := remove(tx, old); err != nil {
			return false, err
		}
		l.Pending = l.Pending[:len(l.Pending)-1]
		e.Changes, e.Enqueued = old.Changes+1, old.Enqueued
		if !n.Urgent {
			e.Due = old.Due
		}
		if old.State == Held && !n.Urgent {
			e.State, e.Reason = Held, old.Reason
		}
	}
	l.Pending = append(l.Pending, e.ID)
	if err := putJSON(tx.Bucket(bucketLanes), key, l); err != nil {
		return false, err
	}
	if err := putEntry(tx, e); err != nil {
		return false, err
	}
	if len(l.Pending) > 1 { // due when those before it are done
		if n.Urgent {
			return true, hurry(tx, l.Pending[0], now)
		}
		return true, nil
	}
	return true, e.setDue(tx)
}

// hurry makes the head of a lane due, so that what is urgent does not wait for
// its back-off.
func hurry(tx *bbolt.Tx, id string, now time.Time) error {
	e, err := getEntry(tx, id)
	if err != nil || e.State == Sending {
		return err
	}
	if err := e.unsetDue(tx); err != nil {
		return err
	}
	e.Hurried = true
	if e.Due.After(now) {
		e.Due = now
	}
	if err := e.setDue(tx); err != nil {
		return err
	}
	return putEntry(tx, e)
}

// joinable is the last delivery of a lane if it was never tried: a newer
// revision takes its place. One that was tried keeps its content, as its ID
// may be known to the receiver.
func joinable(tx *bbolt.Tx, l *lane) (*Entry, error) {
	if len(l.Pending) == 0 {
		return nil, nil
	}
	e, err := getEntry(tx, l.Pending[len(l.Pending)-1])
	if err != nil {
		return nil, err
	}
	if e.Attempts > 0 || (e.State != Queued && e.State != Held) {
		return nil, nil
	}
	return e, nil
}

func remove(tx *bbolt.Tx, e *Entry) error {
	if err := e.unsetDue(tx); err != nil {
		return err
	}
	return tx.Bucket(bucketEntries).Delete([]byte(e.ID))
}
