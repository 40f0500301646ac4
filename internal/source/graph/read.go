package graph

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/source"
)

// Source reads one collection of one tenant.
type Source struct {
	app    *App
	ep     endpoint
	name   string
	top    int  // records of a page; smaller if pages were too large
	strict bool // the collection refuses ge and le
}

// Name is "graph:" and the collection's name, with the label between them if
// there is one.
func (s *Source) Name() string { return s.name }

// Permission names what the application must be granted to read here, and
// Licence what the tenant must have.
func (s *Source) Permission() string { return s.ep.permission }

// Licence is what the tenant must have.
func (s *Source) Licence() string { return s.ep.licence }

// run is one call of Read.
type run struct {
	s       *Source
	ctx     context.Context
	yield   source.Yield
	st      *state
	doc     rawjson.Doc
	recent  recent
	notices []source.Notice
	said    map[string]time.Time // when a notice was last given
	failing bool
	bad     int       // failures since the last good answer
	tail    time.Time // of the next tail reading
	sweep   bool      // it is a sweep's turn
	opening bool      // the next records are the first of a slice's reading
}

// Read follows the collection until ctx ends or yield fails.
func (s *Source) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	o := &s.app.o
	r := &run{s: s, ctx: ctx, yield: yield, said: map[string]time.Time{}}
	lags := append([]time.Duration{o.Settle}, o.Sweeps...)
	if from == nil {
		back := o.Since
		if back <= 0 {
			if back = s.ep.retention; back == forever {
				back = o.Retention
			}
		}
		r.st = begin(lags, o.Now().UTC().Add(-back).Truncate(time.Second))
		// Kept at once: a source that is stopped before its first slice must
		// not begin later than it would have.
		if _, err := r.give(source.Page{Next: r.st.cursor()}); err != nil {
			return err
		}
	} else {
		st, err := load(from, lags)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.st = st
		// After a restart slices come first: if it was one of many, each should
		// bring the cursor on.
		r.tail = o.Now().Add(o.Poll)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.step(); err != nil {
			return err
		}
	}
}

// step does one thing: give up what has expired, read the tail, read a slice,
// or wait.
func (r *run) step() error {
	now := r.s.app.o.Now().UTC()
	if err := r.expire(now); err != nil {
		return err
	}
	if !now.Before(r.tail) {
		return r.readTail(now)
	}
	sl, wake := r.st.next(now, r.s.app.o.Step, r.sweep)
	if sl != nil {
		r.sweep = sl.Pass == 0
		return r.work(sl)
	}
	if r.tail.Before(wake) {
		wake = r.tail
	}
	if err := r.flush(); err != nil {
		return err
	}
	return r.s.app.o.Sleep(r.ctx, wake.Sub(now))
}

// readTail reads what has not settled yet.
func (r *run) readTail(now time.Time) error {
	o := &r.s.app.o
	from := now.Add(-o.Settle - o.Step - o.Poll).Truncate(time.Second)
	if done := r.st.Passes[0].To; done.After(from) {
		from = done
	}
	rd, err := r.readThrough(from, now.Truncate(time.Second).Add(time.Second))
	if err != nil && !errors.Is(err, errNarrow) {
		return err
	}
	// A tail of many pages leaves room for the slices.
	r.tail = now.Add(max(o.Poll, time.Duration(len(rd.links))*8*time.Second))
	return nil
}

// expire gives up time that the service no longer holds, and says so.
func (r *run) expire(now time.Time) error {
	first := &r.st.Passes[0]
	if r.s.ep.retention == forever {
		return nil
	}
	oldest := now.Add(-r.s.ep.retention).Truncate(time.Second)
	if !first.To.Before(oldest) || oldest.Sub(first.To) < r.s.app.o.Step {
		return nil
	}
	lost := &slice{From: first.To, To: oldest}
	r.note(source.Warning, Expired, "the service holds records for %d days: what is older was not read and is stated as missing", int(r.s.ep.retention/day))
	reason := fmt.Sprintf("older than the %d days for which Microsoft Graph holds these records", int(r.s.ep.retention/day))
	for i := range r.st.Passes {
		if p := &r.st.Passes[i]; p.To.Before(oldest) {
			p.To = oldest
		}
	}
	r.st.Slice = nil
	claim := source.Claim{Kind: source.Missing, Path: r.s.name, Tenant: r.s.app.o.Tenant, Table: r.s.ep.table, From: lost.From.UTC(), To: lost.To.UTC(), Reason: reason}
	_, err := r.give(source.Page{Next: r.st.cursor(), Claims: []source.Claim{claim}})
	return err
}

// recent is the set of contents that were made durable lately: two halves, of
// which the older is thrown away when the younger is full.
type recent struct{ young, old map[event.Hash]struct{} }

const recentHalf = 50_000

func (s *recent) has(h event.Hash) bool {
	_, a := s.young[h]
	_, b := s.old[h]
	return a || b
}

func (s *recent) add(h event.Hash) {
	if s.young == nil || len(s.young) >= recentHalf {
		s.old, s.young = s.young, make(map[event.Hash]struct{})
	}
	s.young[h] = struct{}{}
}
