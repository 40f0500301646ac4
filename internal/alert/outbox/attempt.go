package outbox

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// Due returns the first delivery of each target that may be tried, due or
// not, and the first urgent one: those first, then soonest first.
func (o *Outbox) Due() ([]*Entry, error) {
	var out []*Entry
	err := o.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDue).Cursor()
		for k, v := c.First(); k != nil; {
			e, err := getEntry(tx, string(v))
			if err != nil {
				return err
			}
			out = append(out, e)
			// On to the next target: no key of this one is above its name
			// followed by ones.
			end := append(bytes.Clone(k[:urgencyAt+1]), bytes.Repeat([]byte{0xff}, 9)...)
			k, v = c.Seek(end)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: what is due: %w", err)
	}
	slices.SortStableFunc(out, func(a, b *Entry) int {
		if a.Urgent() != b.Urgent() {
			if a.Urgent() {
				return -1
			}
			return 1
		}
		return a.Due.Compare(b.Due)
	})
	return out, nil
}

// Begin marks a delivery as being tried; it is durable when Begin returns. The
// entry returned carries the count of this attempt, and the thread of its lane.
func (o *Outbox) Begin(id string) (*Entry, Thread, int, error) {
	var e *Entry
	var l *lane
	err := o.db.Update(func(tx *bbolt.Tx) error {
		var err error
		if e, err = getEntry(tx, id); err != nil {
			return err
		}
		if e.State == Sending || e.State == Dead {
			return fmt.Errorf("delivery %s is %s", id, e.State)
		}
		if l, err = getLane(tx, laneKey(e.Notification.Incident, e.Target)); err != nil {
			return err
		}
		if err := e.unsetDue(tx); err != nil {
			return err
		}
		e.State = Sending
		e.Attempts++
		return putEntry(tx, e)
	})
	if err != nil {
		return nil, Thread{}, 0, fmt.Errorf("outbox: begin: %w", err)
	}
	return e, l.Thread, l.Sent, nil
}

// Finish records the outcome of an attempt and its receipt: Sent removes the
// delivery and keeps the thread, Retry makes it due at the time given, Dead
// keeps it for a person. The lane goes on after Sent and Dead.
func (o *Outbox) Finish(id string, r message.Receipt, due time.Time, thread *Thread) error {
	err := o.db.Batch(func(tx *bbolt.Tx) error {
		e, err := getEntry(tx, id)
		if err != nil {
			return err
		}
		if err := putReceipt(tx, r); err != nil {
			return err
		}
		e.Reason = r.Error
		if r.Refused {
			e.Refused++
		}
		switch r.Outcome {
		case message.Retry:
			e.State, e.Due = Retry, due
			if err := e.setDue(tx); err != nil {
				return err
			}
			return putEntry(tx, e)
		case message.Dead:
			if err := e.unsetDue(tx); err != nil {
				return err
			}
			e.State = Dead
			if err := putEntry(tx, e); err != nil {
				return err
			}
		default:
			if err := remove(tx, e); err != nil {
				return err
			}
		}
		return advance(tx, e, func(l *lane) {
			if r.Outcome == message.Sent {
				l.Sent++
				l.Last = r.Time
				if thread != nil {
					l.Thread = *thread
				}
			}
		})
	})
	if err != nil {
		return fmt.Errorf("outbox: finish: %w", err)
	}
	return nil
}

// advance takes a delivery off its lane and lets the next one go.
func advance(tx *bbolt.Tx, e *Entry, change func(*lane)) error {
	key := laneKey(e.Notification.Incident, e.Target)
	l, err := getLane(tx, key)
	if err != nil {
		return err
	}
	head := len(l.Pending) > 0 && l.Pending[0] == e.ID
	l.Pending = slices.DeleteFunc(l.Pending, func(id string) bool { return id == e.ID })
	change(l)
	if head && len(l.Pending) > 0 {
		next, err := getEntry(tx, l.Pending[0])
		if err != nil {
			return err
		}
		if err := next.setDue(tx); err != nil {
			return err
		}
	}
	return putJSON(tx.Bucket(bucketLanes), key, l)
}

// Hold lets a delivery wait until a time, for a reason. A receipt is kept when
// the reason is new.
func (o *Outbox) Hold(id string, until time.Time, r message.Receipt) error {
	err := o.db.Update(func(tx *bbolt.Tx) error {
		e, err := getEntry(tx, id)
		if err != nil {
			return err
		}
		if err := e.unsetDue(tx); err != nil {
			return err
		}
		if e.State == Queued || e.State == Held {
			if e.State != Held || e.Reason != r.Status {
				if err := putReceipt(tx, r); err != nil {
					return err
				}
			}
			e.State, e.Reason = Held, r.Status
		}
		e.Due = until
		if err := e.setDue(tx); err != nil {
			return err
		}
		return putEntry(tx, e)
	})
	if err != nil {
		return fmt.Errorf("outbox: hold: %w", err)
	}
	return nil
}
