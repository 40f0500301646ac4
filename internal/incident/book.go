package incident

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/schedule"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/source/own"
)

// Change is an incident's new state, to be told of.
type Change struct {
	Incident
	Kind  string // created, updated or closed
	Alert *Alert // that made it, nil where a person did
}

// Options of a Book. Write is needed.
type Options struct {
	// Write keeps rows; what it returns nil for is durable.
	Write func(ctx context.Context, rows ...own.Row) error
	// Tell is told of changes once they are durable, in order. An error is the
	// caller's to try again: Retell gives the open incidents. May be nil.
	Tell func(ctx context.Context, c Change) error
	Now  func() time.Time // nil: the real clock
}

// Book holds the incidents. It is safe for concurrent use.
type Book struct {
	opt Options

	mu   sync.Mutex
	all  map[string]*Incident // by id
	next int                  // number

	exceptions map[string]*Exception // by id; those that have not ended
}

// Open reads the incidents from a store.
func Open(ctx context.Context, e *query.Engine, o Options) (*Book, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(context.Context, Change) error { return nil }
	}
	b := &Book{opt: o, all: map[string]*Incident{}, next: 1}
	list, err := loadIncidents(ctx, e, o.Now())
	if err != nil {
		return nil, err
	}
	if b.exceptions, err = loadExceptions(ctx, e, o.Now()); err != nil {
		return nil, err
	}
	for _, i := range list {
		b.all[i.ID] = i
		b.next = max(b.next, i.Number+1)
	}
	return b, nil
}

// Record keeps runs of rules: the runs themselves, the alerts they raised and
// the incidents that these make. It is schedule.Options.Record.
func (b *Book) Record(ctx context.Context, runs []schedule.Run) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	var alerts, done []own.Row
	touched := map[string]*Incident{} // working copies, by id
	told := map[string]*Change{}
	var order []string
	number := b.next
	for i := range runs {
		r := &runs[i]
		for _, raised := range r.Raised {
			a := Alert{Alert: raised.Alert, ID: raised.ID, Late: raised.Late, Rule: r.Rule}
			alerts = append(alerts, alertRow(&a, r, now))
			if !r.Rule.Incident.CreatesIncidents() || b.holds(a.ID) {
				continue
			}
			in, kind := b.place(&a, touched, now)
			if kind == "created" {
				in.Number, number = number, number+1
			}
			if c := told[in.ID]; c != nil { // several alerts of one go are one change
				if c.Alert.Severity.Rank() < a.Severity.Rank() {
					c.Alert = &a
				}
				continue
			}
			told[in.ID] = &Change{Kind: kind, Alert: &a}
			order = append(order, in.ID)
		}
		done = append(done, runRow(r))
	}
	// Incidents first, runs last: what a crash cuts off is run again, and finds
	// its alerts in their incidents.
	var rows []own.Row
	for _, id := range order {
		in := touched[id]
		in.Revision++
		in.Modified, in.By = b.stamp(in, now), "Wholelog"
		rows = append(rows, in.row())
	}
	rows = append(append(rows, alerts...), done...)
	if err := b.opt.Write(ctx, rows...); err != nil {
		return err
	}
	b.next = number
	for _, id := range order {
		b.all[id] = touched[id]
		c := told[id]
		c.Incident = *touched[id].clone()
		// It is recorded: who could not be told now is told by Retell.
		_ = b.opt.Tell(ctx, *c)
	}
	return nil
}

// holds tells whether an incident has an alert already.
func (b *Book) holds(alert string) bool {
	for _, i := range b.all {
		if slices.Contains(i.Alerts, alert) {
			return true
		}
	}
	return false
}

// now is the clock at the tables' precision.
func (b *Book) now() time.Time { return b.opt.Now().UTC().Truncate(100 * time.Nanosecond) }

// stamp is the time of an incident's next state: after its last one, since
// they are told apart by it.
func (b *Book) stamp(in *Incident, now time.Time) time.Time {
	if !now.After(in.Modified) {
		return in.Modified.Add(100 * time.Nanosecond)
	}
	return now
}

// place finds the incident that an alert belongs to, or begins one, and puts
// the alert in. It works on copies, which become true when they are kept.
func (b *Book) place(a *Alert, touched map[string]*Incident, now time.Time) (*Incident, string) {
	keys := groups(*a)
	var found *Incident
	look := func(i *Incident) {
		if i.Status == Closed && !(a.Rule.Incident.Reopen && slices.Contains(i.Rules, a.Rule.ID)) {
			return
		}
		reach := time.Duration(i.Within) * time.Second
		if a.From.After(i.Last.Add(reach)) || a.To.Before(i.First.Add(-reach)) || !slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(i.Groups, k) }) {
			return
		}
		if found == nil || i.Number > found.Number && i.Number > 0 || i.Number == 0 {
			found = i
		}
	}
	for id, i := range b.all {
		if touched[id] == nil {
			look(i)
		}
	}
	for _, i := range touched {
		look(i)
	}
	kind := "updated"
	if found == nil {
		kind = "created"
		found = &Incident{ID: newID(), Status: New, Created: now, Within: int64(within(a.Rule).Seconds()), Reopen: a.Rule.Incident.Reopen}
	} else if touched[found.ID] == nil {
		found = found.clone()
	}
	if found.Status == Closed {
		found.Status, found.Closed, found.Classification, found.Reason = Active, nil, "", ""
	}
	touched[found.ID] = found
	found.join(*a)
	found.Groups = add(found.Groups, keys...)
	return found, kind
}

func within(r *rule.Rule) time.Duration {
	if d := r.Incident.Within.Std(); d > 0 {
		return d
	}
	return 24 * time.Hour
}

func (i *Incident) clone() *Incident {
	c := *i
	for _, l := range []*[]string{&c.Rules, &c.Alerts, &c.Tactics, &c.Techniques, &c.Tasks, &c.Groups, &c.Labels} {
		*l = slices.Clone(*l)
	}
	c.Entities, c.Comments = slices.Clone(i.Entities), slices.Clone(i.Comments)
	return &c
}

func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// ErrUnknown says that there is no such incident.
var ErrUnknown = errors.New("no such incident")

// Find gives an incident by its number ("12" or "#12") or id.
func (b *Book) Find(name string) (Incident, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, err := b.find(name)
	if err != nil {
		return Incident{}, err
	}
	return *i.clone(), nil
}

func (b *Book) find(name string) (*Incident, error) {
	if i := b.all[strings.ToLower(name)]; i != nil {
		return i, nil
	}
	for _, i := range b.all {
		if fmt.Sprint(i.Number) == strings.TrimPrefix(name, "#") {
			return i, nil
		}
	}
	return nil, fmt.Errorf("%w: %s (wholelog incidents list)", ErrUnknown, name)
}

// List gives all incidents, the newest first.
func (b *Book) List() []Incident {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Incident, 0, len(b.all))
	for _, i := range b.all {
		out = append(out, *i.clone())
	}
	slices.SortFunc(out, func(a, c Incident) int { return c.Number - a.Number })
	return out
}

// Retell tells of every open incident's present state, for what was not told
// before a crash. Who is told knows what it has heard by the revision.
func (b *Book) Retell(ctx context.Context) error {
	var errs []error
	for _, i := range b.List() {
		if i.Status == Closed {
			continue
		}
		kind := "updated"
		if i.Revision == 1 {
			kind = "created"
		}
		errs = append(errs, b.opt.Tell(ctx, Change{Incident: i, Kind: kind}))
	}
	return errors.Join(errs...)
}
