package outbox

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Outbox is the store. All methods are safe for concurrent use.
type Outbox struct {
	db      *bbolt.DB
	install string
}

// ErrLocked says that another process has the outbox open.
var ErrLocked = errors.New("the outbox is in use by a running server")

var (
	bucketMeta     = []byte("meta")
	bucketEntries  = []byte("entries")  // id -> Entry
	bucketDue      = []byte("due")      // target, time, id -> id: what may be tried
	bucketLanes    = []byte("lanes")    // incident and target -> lane
	bucketOpen     = []byte("open")     // incident -> labels, until it is closed
	bucketReceipts = []byte("receipts") // id -> Receipt not handed on yet
)

// Open opens or makes the outbox in the file. What was being tried when the
// process ended is due at once, marked as a repeat.
func Open(path string, now time.Time) (*Outbox, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	db.MaxBatchDelay = 2 * time.Millisecond // outcomes are few; joining them matters little
	o := &Outbox{db: db}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, b := range [][]byte{bucketMeta, bucketEntries, bucketDue, bucketLanes, bucketOpen, bucketReceipts} {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if v := meta.Get([]byte("install")); v != nil {
			o.install = string(v)
		} else {
			var b [8]byte
			if _, err := rand.Read(b[:]); err != nil {
				return err
			}
			o.install = hex.EncodeToString(b[:])
			if err := meta.Put([]byte("install"), []byte(o.install)); err != nil {
				return err
			}
		}
		return recoverSending(tx, now)
	})
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return o, nil
}

func recoverSending(tx *bbolt.Tx, now time.Time) error {
	var cut []*Entry
	err := tx.Bucket(bucketEntries).ForEach(func(_, v []byte) error {
		var e Entry
		if err := json.Unmarshal(v, &e); err != nil {
			return err
		}
		if e.State == Sending {
			cut = append(cut, &e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range cut {
		e.State, e.Repeat, e.Due, e.Reason = Retry, true, now, "the process ended during the attempt"
		if err := putEntry(tx, e); err != nil {
			return err
		}
		if err := e.setDue(tx); err != nil {
			return err
		}
	}
	return nil
}

// Install is a random name of this outbox, for identities that must differ
// between installations.
func (o *Outbox) Install() string { return o.install }

// Close releases the file.
func (o *Outbox) Close() error { return o.db.Close() }

func putEntry(tx *bbolt.Tx, e *Entry) error {
	return putJSON(tx.Bucket(bucketEntries), []byte(e.ID), e)
}

func getEntry(tx *bbolt.Tx, id string) (*Entry, error) {
	v := tx.Bucket(bucketEntries).Get([]byte(id))
	if v == nil {
		return nil, fmt.Errorf("%w: %s", ErrNone, id)
	}
	e := new(Entry)
	if err := json.Unmarshal(v, e); err != nil {
		return nil, fmt.Errorf("delivery %s: %w", id, err)
	}
	return e, nil
}

// ErrNone says that there is no such delivery.
var ErrNone = errors.New("no such delivery")

func putJSON(b *bbolt.Bucket, k []byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(k, text)
}

func getLane(tx *bbolt.Tx, k []byte) (*lane, error) {
	l := new(lane)
	if v := tx.Bucket(bucketLanes).Get(k); v != nil {
		if err := json.Unmarshal(v, l); err != nil {
			return nil, fmt.Errorf("lane: %w", err)
		}
	}
	return l, nil
}
