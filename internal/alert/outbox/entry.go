package outbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// State of a delivery.
type State string

const (
	Queued  State = "queued"
	Held    State = "held"
	Sending State = "sending"
	Retry   State = "retry"
	Dead    State = "dead"
)

// Target is a channel of a receiver.
type Target struct {
	Receiver string `json:"receiver"`
	Channel  string `json:"channel"`
	Index    int    `json:"index"`
}

// String is the target's name, such as soc/email/0.
func (t Target) String() string { return fmt.Sprintf("%s/%s/%d", t.Receiver, t.Channel, t.Index) }

// Entry is one delivery.
type Entry struct {
	ID     string `json:"id"`
	Target Target `json:"target"`
	State  State  `json:"state"`
	// Changes counts the revisions that it joins, the newest of which it tells.
	Changes  int       `json:"changes"`
	Attempts int       `json:"attempts"`
	Refused  int       `json:"refused,omitempty"` // attempts that were refused for good
	Repeat   bool      `json:"repeat,omitempty"`  // the outcome of an attempt is unknown: it may have arrived
	Enqueued time.Time `json:"enqueued"`          // of the first revision that it joins
	Since    time.Time `json:"since"`             // when trying began, or began again by a replay
	Due      time.Time `json:"due"`
	Hurried  bool      `json:"hurried,omitempty"` // something urgent waits behind it
	Reason   string    `json:"reason,omitempty"`  // of the last failure, or why it is held

	Notification message.Notification `json:"notification"`
}

// Urgent says whether it goes before others.
func (e *Entry) Urgent() bool { return e.Notification.Urgent || e.Hurried }

// Thread is what a channel needs to continue what it began for an incident.
type Thread struct {
	First   string            `json:"first,omitempty"`   // identity of the first message
	Subject string            `json:"subject,omitempty"` // of the first message
	Stamp   string            `json:"stamp,omitempty"`   // the channel's own handle
	Labels  map[string]string `json:"labels,omitempty"`  // under which it was told last
}

// lane orders the deliveries of an incident to a target.
type lane struct {
	Revision int       `json:"revision"` // highest taken in
	Pending  []string  `json:"pending,omitempty"`
	Sent     int       `json:"sent"`
	Last     time.Time `json:"last"` // when the last was sent
	Seen     time.Time `json:"seen"` // when the last was taken in
	Thread   Thread    `json:"thread"`
}

// id of a delivery: letters, digits, '-' and '_' only, since it becomes part
// of headers and signed text where a dot separates.
func id(install string, n *message.Notification, t Target) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %q %q %d", install, n.Incident, n.Revision, t.Receiver, t.Channel, t.Index))
	return fmt.Sprintf("%s-r%d-%s", Safe(n.Incident), n.Revision, hex.EncodeToString(sum[:6]))
}

// Safe makes an identity fit for headers; what must be replaced is replaced by
// a digest, so that two identities stay two.
func Safe(s string) string {
	ok := len(s) <= 64 && s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
	if ok {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "x" + hex.EncodeToString(sum[:12])
}

func laneKey(incident string, t Target) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d", incident, t.Receiver, t.Channel, t.Index))
	return sum[:]
}

func targetKey(t Target) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", t.Receiver, t.Channel, t.Index))
	return sum[:16]
}

// dueKey orders what may be tried, by target, urgency and time.
func (e *Entry) dueKey() []byte {
	k := append(targetKey(e.Target), 1)
	if e.Urgent() {
		k[urgencyAt] = 0
	}
	k = binary.BigEndian.AppendUint64(k, uint64(max(e.Due.UnixNano(), 0)))
	return append(k, e.ID...)
}

// urgencyAt is the byte of a dueKey that tells what is urgent from the rest.
const urgencyAt = 16

func (e *Entry) setDue(tx *bbolt.Tx) error   { return tx.Bucket(bucketDue).Put(e.dueKey(), []byte(e.ID)) }
func (e *Entry) unsetDue(tx *bbolt.Tx) error { return tx.Bucket(bucketDue).Delete(e.dueKey()) }
