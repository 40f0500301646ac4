package message

import "time"

// Outcome of an attempt, or of a decision not to try.
type Outcome string

const (
	Sent       Outcome = "sent"       // the channel accepted it
	Retry      Outcome = "retry"      // failed; it will be tried again
	Dead       Outcome = "dead"       // failed for good; listed until somebody replays or drops it
	Held       Outcome = "held"       // muted, silenced or inhibited: waits
	Suppressed Outcome = "suppressed" // was held until its incident was closed
	Rerouted   Outcome = "rerouted"   // its channel is gone from the configuration; others have it now
	Dropped    Outcome = "dropped"    // a person removed it from the dead letters
)

// Receipt tells what became of one attempt at delivering a notification. It
// holds no secret.
type Receipt struct {
	ID       uint64 `json:"id"`       // increasing; a receipt that is handed on again has the same
	Delivery string `json:"delivery"` // Message-ID, webhook-id and so on are made of it
	Incident string `json:"incident"`
	Revision int    `json:"revision"`
	Changes  int    `json:"changes"` // revisions that the delivery joins
	Kind     Kind   `json:"kind"`
	Severity string `json:"severity,omitempty"`
	Receiver string `json:"receiver"`
	Channel  string `json:"channel"` // email, slack, ...
	Index    int    `json:"index"`   // of the channel among the receiver's of its kind

	Attempt int       `json:"attempt"` // from 1; 0 if none was made
	Repeat  bool      `json:"repeat"`  // after a crash: the attempt before it may have succeeded
	Time    time.Time `json:"time"`
	Outcome Outcome   `json:"outcome"`
	Status  string    `json:"status,omitempty"` // the channel's own answer
	Error   string    `json:"error,omitempty"`
	Refused bool      `json:"refused,omitempty"` // for good, as far as the channel says
	// Latency is how long the attempt took, Waited the time since the
	// notification was taken in.
	Latency time.Duration `json:"latency_ns"`
	Waited  time.Duration `json:"waited_ns"`
}
