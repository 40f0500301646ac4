package outbox

import (
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// List returns deliveries in any of the states, all if none is named, by ID.
func (o *Outbox) List(states ...State) ([]*Entry, error) {
	var out []*Entry
	err := o.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketEntries).ForEach(func(_, v []byte) error {
			e := new(Entry)
			if err := json.Unmarshal(v, e); err != nil {
				return err
			}
			for _, s := range states {
				if e.State == s {
					out = append(out, e)
					return nil
				}
			}
			if len(states) == 0 {
				out = append(out, e)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: list: %w", err)
	}
	return out, nil
}

// Counts says how many deliveries there are in each state.
func (o *Outbox) Counts() (map[State]int, error) {
	list, err := o.List()
	if err != nil {
		return nil, err
	}
	out := map[State]int{}
	for _, e := range list {
		out[e.State]++
	}
	return out, nil
}

// Replay lets a dead delivery be tried again, under its own ID, after those of
// its lane that wait.
func (o *Outbox) Replay(id string, now time.Time) error {
	err := o.db.Update(func(tx *bbolt.Tx) error {
		e, err := dead(tx, id)
		if err != nil {
			return err
		}
		key := laneKey(e.Notification.Incident, e.Target)
		l, err := getLane(tx, key)
		if err != nil {
			return err
		}
		// Its content stays frozen (Retry, not Queued): the receiver may know
		// its ID.
		e.State, e.Attempts, e.Refused, e.Since, e.Due = Retry, 0, 0, now, now
		l.Pending = append(l.Pending, e.ID)
		if err := putJSON(tx.Bucket(bucketLanes), key, l); err != nil {
			return err
		}
		if err := putEntry(tx, e); err != nil {
			return err
		}
		if len(l.Pending) > 1 {
			return nil
		}
		return e.setDue(tx)
	})
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// Drop removes a dead delivery; its receipt says who did it.
func (o *Outbox) Drop(id, who string, now time.Time) error {
	err := o.db.Update(func(tx *bbolt.Tx) error {
		e, err := dead(tx, id)
		if err != nil {
			return err
		}
		r := e.Receipt(message.Dropped, now)
		r.Status = "by " + who
		if err := putReceipt(tx, r); err != nil {
			return err
		}
		return tx.Bucket(bucketEntries).Delete([]byte(e.ID))
	})
	if err != nil {
		return fmt.Errorf("drop: %w", err)
	}
	return nil
}

func dead(tx *bbolt.Tx, id string) (*Entry, error) {
	e, err := getEntry(tx, id)
	if err != nil {
		return nil, err
	}
	if e.State != Dead {
		return nil, fmt.Errorf("delivery %s is no dead letter: it is %s", id, e.State)
	}
	return e, nil
}

// Open returns the labels of the incidents that are open and were told of
// since the time, by incident.
func (o *Outbox) Open(since time.Time) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	err := o.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOpen).ForEach(func(k, v []byte) error {
			var i openIncident
			if err := json.Unmarshal(v, &i); err != nil {
				return err
			}
			if !i.At.Before(since) {
				out[string(k)] = i.Labels
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: open incidents: %w", err)
	}
	return out, nil
}

// Prune forgets lanes with nothing pending that nothing came into or went out
// of since the time. A revision of theirs that came again would be told again.
func (o *Outbox) Prune(before time.Time) error {
	err := o.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketLanes)
		var gone [][]byte
		err := b.ForEach(func(k, v []byte) error {
			var l lane
			if err := json.Unmarshal(v, &l); err != nil {
				return err
			}
			if len(l.Pending) == 0 && l.Seen.Before(before) && l.Last.Before(before) {
				gone = append(gone, append([]byte(nil), k...))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range gone {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("outbox: prune: %w", err)
	}
	return nil
}

// Release makes everything that is held due, to be judged anew.
func (o *Outbox) Release(now time.Time) error {
	held, err := o.List(Held)
	if err != nil {
		return err
	}
	err = o.db.Update(func(tx *bbolt.Tx) error {
		for _, old := range held {
			e, err := getEntry(tx, old.ID)
			if err != nil || e.State != Held {
				continue // gone or joined meanwhile
			}
			if tx.Bucket(bucketDue).Get(e.dueKey()) == nil {
				continue // behind another in its lane
			}
			if err := e.unsetDue(tx); err != nil {
				return err
			}
			e.Due = now
			if err := e.setDue(tx); err != nil {
				return err
			}
			if err := putEntry(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("outbox: release: %w", err)
	}
	return nil
}

// IsOpen says whether an incident was told of and not closed.
func (o *Outbox) IsOpen(incident string) (open bool, err error) {
	err = o.db.View(func(tx *bbolt.Tx) error {
		open = tx.Bucket(bucketOpen).Get([]byte(incident)) != nil
		return nil
	})
	return open, err
}
