package channel

import (
	"context"
	"time"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/render"
)

// Sender is one channel of one receiver.
type Sender interface {
	// Send makes one attempt.
	Send(ctx context.Context, d *Delivery) Result
	// Closed says whether closed incidents are told.
	Closed() bool
}

// Delivery is what to send and where it belongs.
type Delivery struct {
	ID           string
	Target       outbox.Target
	Notification *message.Notification
	Changes      int
	First        bool // nothing about the incident went to the target before
	Repeat       bool // may have arrived already
	Thread       outbox.Thread
	Group, Route map[string]string // labels of the route for templates
	Enqueued     time.Time
	Now          time.Time
	Install      string
}

func (d *Delivery) context() render.Context {
	return render.Context{Delivery: d.ID, Changes: d.Changes, First: d.First, Repeat: d.Repeat}
}

func (d *Delivery) view() render.View { return render.Of(d.Notification, d.context()) }

// incident names the incident across installations: the same for all its
// deliveries.
func (d *Delivery) incident() string {
	return "wholelog-" + d.Install + "-" + outbox.Safe(d.Notification.Incident)
}

// Result is what became of an attempt.
type Result struct {
	Status     string // the answer, in a few words
	Err        error  // nil: accepted. Holds no secret
	Permanent  bool   // trying again as it is will not help
	RetryAfter time.Duration
	Thread     *outbox.Thread // to keep for what follows
}
