package alert

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/setup"
	"github.com/wholelog/wholelog/internal/alert/silences"
)

// The vocabulary, so that users of the package need only it.
type (
	Notification = message.Notification
	Entity       = message.Entity
	Technique    = message.Technique
	Evidence     = message.Evidence
	Kind         = message.Kind
	Receipt      = message.Receipt
	Config       = setup.Config
	Entry        = outbox.Entry
	State        = outbox.State
	Silences     = silences.Silences
)

// Kinds of notifications.
const (
	Created = message.Created
	Updated = message.Updated
	Closed  = message.Closed
	Test    = message.Test
)

// Options of a delivery. Path and Config are needed.
type Options struct {
	Path   string // of the outbox
	Config *Config
	// SilencesPath is the file of silences; default "silences" beside Path.
	SilencesPath string
	// Receipt takes each receipt, at least once, in order. An error lets it be
	// called again later. Nil: receipts are dropped.
	Receipt func(context.Context, Receipt) error
	// Notice takes what goes wrong in the background, in words. May be nil.
	Notice func(string)

	Now   func() time.Time                                 // default time.Now
	Sleep func(ctx context.Context, d time.Duration) error // default a timer
	Rand  func() float64                                   // 0 to 1, for jitter

	// GiveUp is how long what fails for the time being is tried; default 72 h.
	GiveUp time.Duration
	// Backoff is the first wait after a failure; default 5 s.
	Backoff time.Duration
}

// Delivery is the running thing. Methods are safe for concurrent use.
type Delivery struct {
	o        Options
	box      *outbox.Outbox
	silences *silences.Silences

	mu      sync.Mutex
	cfg     *Config
	set     *channel.Set
	inhibit inhibition
	targets map[outbox.Target]*targetState

	wake, receipts chan struct{}
	closing        sync.WaitGroup
}

// New opens the outbox and takes up what waits in it.
func New(o Options) (*Delivery, error) {
	if o.Config == nil || o.Path == "" {
		return nil, errors.New("alert: Options need a path and a configuration")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.GiveUp == 0 {
		o.GiveUp = 72 * time.Hour
	}
	if o.Backoff == 0 {
		o.Backoff = 5 * time.Second
	}
	if o.SilencesPath == "" {
		o.SilencesPath = filepath.Join(filepath.Dir(o.Path), "silences")
	}
	set, err := channel.Build(o.Config)
	if err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	sil, err := silences.Open(o.SilencesPath, o.Now)
	if err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	box, err := outbox.Open(o.Path, o.Now())
	if err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	d := &Delivery{o: o, box: box, silences: sil, cfg: o.Config, set: set, targets: map[outbox.Target]*targetState{},
		wake: make(chan struct{}, 1), receipts: make(chan struct{}, 1)}
	if err := box.Release(o.Now()); err != nil { // the configuration may be another than before
		return nil, errors.Join(err, box.Close())
	}
	return d, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Reload takes another configuration over. What waits is judged by it; what
// was going to a channel that is gone becomes a dead letter. On an error the
// old one stays.
func (d *Delivery) Reload(c *Config) error {
	set, err := channel.Build(c)
	if err != nil {
		return fmt.Errorf("alert: %w", err)
	}
	d.mu.Lock()
	d.cfg, d.set = c, set
	d.inhibit.stop()
	d.mu.Unlock()
	if err := d.box.Release(d.o.Now()); err != nil {
		return fmt.Errorf("alert: %w", err)
	}
	signal(d.wake)
	return nil
}

// Close releases the outbox. Run must have returned.
func (d *Delivery) Close() error {
	d.closing.Wait()
	d.mu.Lock()
	d.inhibit.stop()
	d.mu.Unlock()
	return d.box.Close()
}

// Silences is the store of silences.
func (d *Delivery) Silences() *Silences { return d.silences }

// Pending returns what is not delivered yet, dead letters left out.
func (d *Delivery) Pending() ([]*Entry, error) {
	return d.box.List(outbox.Queued, outbox.Held, outbox.Sending, outbox.Retry)
}

// Counts says how many deliveries are in each state.
func (d *Delivery) Counts() (map[State]int, error) { return d.box.Counts() }

// Dead returns what was given up.
func (d *Delivery) Dead() ([]*Entry, error) { return d.box.List(outbox.Dead) }

// Replay lets a dead letter be tried again.
func (d *Delivery) Replay(id string) error {
	err := d.box.Replay(id, d.o.Now())
	signal(d.wake)
	return err
}

// Drop removes a dead letter; its receipt says who did so.
func (d *Delivery) Drop(id, who string) error {
	err := d.box.Drop(id, who, d.o.Now())
	signal(d.receipts)
	return err
}

// signal wakes who waits on c, if it does not know yet.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
