package outbox

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// Receipt begins a receipt about the delivery.
func (e *Entry) Receipt(o message.Outcome, now time.Time) message.Receipt {
	n := &e.Notification
	return message.Receipt{Delivery: e.ID, Incident: n.Incident, Revision: n.Revision, Changes: e.Changes, Kind: n.Kind, Severity: n.Severity,
		Receiver: e.Target.Receiver, Channel: e.Target.Channel, Index: e.Target.Index, Attempt: e.Attempts, Repeat: e.Repeat,
		Time: now.UTC(), Outcome: o, Waited: now.Sub(e.Enqueued)}
}

// putReceipt gives a receipt its number and keeps it until it is handed on.
func putReceipt(tx *bbolt.Tx, r message.Receipt) error {
	b := tx.Bucket(bucketReceipts)
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	r.ID = n
	return putJSON(b, binary.BigEndian.AppendUint64(nil, n), r)
}

// Receipts returns at most limit receipts that were not handed on, oldest
// first.
func (o *Outbox) Receipts(limit int) ([]message.Receipt, error) {
	var out []message.Receipt
	err := o.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketReceipts).Cursor()
		for k, v := c.First(); k != nil && len(out) < limit; k, v = c.Next() {
			var r message.Receipt
			if err := json.Unmarshal(v, &r); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: receipts: %w", err)
	}
	return out, nil
}

// Handed forgets receipts up to and including the number.
func (o *Outbox) Handed(upTo uint64) error {
	err := o.db.Batch(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketReceipts)
		c := b.Cursor()
		for k, _ := c.First(); k != nil && binary.BigEndian.Uint64(k) <= upTo; k, _ = c.First() {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("outbox: receipts handed on: %w", err)
	}
	return nil
}
