package completeness

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// Verdict is how far an hour can be called complete.
type Verdict string

const (
	Proven     Verdict = "proven"      // two paths or more delivered the same events
	SinglePath Verdict = "single path" // one path, read until stable or followed without a break
	Open       Verdict = "open"        // records may still come
	Gap        Verdict = "gap"         // known to be missing, on a path or altogether
	Imported   Verdict = "imported"    // from files: nothing is claimed
)

// Path is what one path did for an hour.
type Path struct {
	Name   string `json:"path"`
	Events int64  `json:"events"`
	// Lacks is the number of events that other paths delivered and this one,
	// which should have, did not.
	Lacks int64 `json:"lacks"`
	// Expected says that the path has read the whole hour, or followed it.
	Expected bool `json:"expected"`
}

// Hour is one hour of event time of one table and tenant.
type Hour struct {
	Tenant string
	Table  string // "": records that could not be parsed
	Hour   time.Time

	Received, Unique, Duplicate, Late int64 // see ledger.Hour

	Polled  int64  // records that first readings gave
	Reread  int64  // readings after the first
	Reswept int64  // records that only a sweep brought
	Recount *int64 // records that the newest readings gave; nil: not asked again

	Verdict Verdict
	// Missing is how many events a path lacks, or are known to be missing
	// altogether; nil with verdict Gap: it is not known how many.
	Missing *int64
	Reason  string
	// Beginning marks the gap of an hour within which collection began.
	Beginning bool
	Paths     []Path
}

// Text is the verdict with its number: "gap(3)".
func (h *Hour) Text() string {
	switch {
	case h.Verdict != Gap:
		return string(h.Verdict)
	case h.Missing == nil:
		return "gap(?)"
	}
	return fmt.Sprintf("gap(%d)", *h.Missing)
}

// Options say what to look at.
type Options struct {
	From, To time.Time // hours of event time; zero: all
	Now      time.Time // zero: the time of the call
}

// Report is what Of found.
type Report struct {
	Hours    []Hour // by tenant, table and hour
	Lateness []duck.Lateness
}

// key names a table of a tenant.
type key struct{ tenant, table string }

// at names an hour of one, in hours since 1970.
type at struct {
	key
	hour int64
}

// Of weighs the evidence of a ledger and the store that follows it.
func Of(ctx context.Context, l *ledger.Ledger, s *duck.Store, o Options) (*Report, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.To.IsZero() {
		o.To = o.Now.Add(48 * time.Hour)
	}
	if o.From.IsZero() {
		o.From = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	w := &weighing{o: o, hours: map[at]*Hour{}, sets: map[at][]duck.PathSet{}, asked: map[string]map[key]*asked{}, followed: map[string]*followed{}, late: map[key]map[string]duck.Lateness{}}
	counts, err := l.Completeness()
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		if c.Hour.Before(o.From) || !c.Hour.Before(o.To) {
			continue
		}
		if t := schema.Lookup(c.Table); t != nil && t.Family == "own" { // what happens here comes by no path that could lose it
			continue
		}
		h := w.hour(at{key{c.Tenant, c.Table}, c.Hour.Unix() / 3600})
		h.Received, h.Unique, h.Duplicate, h.Late = c.Received, c.Unique, c.Duplicate, c.Late
		if c.Verdict == ledger.VerdictImported {
			h.Verdict = Imported
		}
	}
	if err := s.PathSets(ctx, o.From, o.To, func(p duck.PathSet) {
		a := at{key{p.Tenant, p.Table}, p.Hour}
		w.sets[a] = append(w.sets[a], p)
		w.hour(a)
	}); err != nil {
		return nil, err
	}
	if err := s.Spans(ctx, o.From, o.To, w.span); err != nil {
		return nil, err
	}
	since := map[string]int64{}
	for _, list := range w.sets {
		for _, set := range list {
			for _, p := range set.Paths {
				if _, ok := since[p]; !ok {
					since[p] = 0
					if f := w.follows(p); f != nil {
						since[p] = f.first()
					}
				}
			}
		}
	}
	lateness, err := s.Latenesses(ctx, o.From, o.To, since)
	if err != nil {
		return nil, err
	}
	for _, l := range lateness {
		k := key{l.Tenant, l.Table}
		if w.late[k] == nil {
			w.late[k] = map[string]duck.Lateness{}
		}
		w.late[k][l.Path] = l
	}
	w.everyHour()
	out := &Report{Lateness: lateness}
	for a, h := range w.hours {
		w.judge(a, h)
		out.Hours = append(out.Hours, *h)
	}
	sort.Slice(out.Hours, func(i, j int) bool {
		a, b := &out.Hours[i], &out.Hours[j]
		switch {
		case a.Tenant != b.Tenant:
			return a.Tenant < b.Tenant
		case a.Table != b.Table:
			return a.Table < b.Table
		}
		return a.Hour.Before(b.Hour)
	})
	return out, nil
}

// weighing is one call of Of.
type weighing struct {
	o        Options
	hours    map[at]*Hour
	sets     map[at][]duck.PathSet
	asked    map[string]map[key]*asked // by path
	followed map[string]*followed      // by path
	late     map[key]map[string]duck.Lateness
}

func (w *weighing) hour(a at) *Hour {
	h := w.hours[a]
	if h == nil {
		h = &Hour{Tenant: a.tenant, Table: a.table, Hour: time.Unix(a.hour*3600, 0).UTC()}
		w.hours[a] = h
	}
	return h
}

// span takes up what a path states.
func (w *weighing) span(s duck.Span) {
	if s.Kind == string(source.Followed) {
		f := w.followed[s.Path]
		if f == nil {
			f = &followed{}
			w.followed[s.Path] = f
		}
		f.add(s.From, s.To)
		return
	}
	byKey := w.asked[s.Path]
	if byKey == nil {
		byKey = map[key]*asked{}
		w.asked[s.Path] = byKey
	}
	k := key{s.Tenant, s.Table}
	p := byKey[k]
	if p == nil {
		p = &asked{hours: map[int64]*readings{}}
		byKey[k] = p
	}
	for from := s.From; from.Before(s.To); {
		hour := from.Unix() / 3600
		to := time.Unix((hour+1)*3600, 0).UTC()
		part := s
		part.From = from
		if to.Before(s.To) {
			part.To = to
		}
		if !from.Before(w.o.From) && from.Before(w.o.To) {
			p.add(hour, part)
			w.hour(at{k, hour})
		}
		from = to
	}
}
