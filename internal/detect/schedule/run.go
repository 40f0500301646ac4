package schedule

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/event"
)

// A rule may use this share of one core: after a run that took d it rests
// d/share, if it has not rested for its Every already.
const share = 0.05

// rest is the least time between two starts of a rule.
func rest(r *rule.Rule) time.Duration {
	if r.Kind == rule.NRT {
		return 5 * time.Second
	}
	return min(30*time.Second, r.Every.Std())
}

// look adds to each rule's pending stretches what arrived since it looked last.
func (s *Scheduler) look(ctx context.Context, position event.Position) error {
	type key struct {
		table string
		after event.Position
		since time.Time
	}
	cache := map[key]arrivals{}
	now := s.opt.Now().UTC()
	for _, id := range s.order {
		st := s.rules[id]
		if st.tables == nil && !s.compile(ctx, st) || st.seen >= position {
			continue
		}
		// One that never ran judges what is younger than First, as seen from the
		// start: an import of years is no reason to wake anybody.
		since := now.Add(-s.opt.Horizon)
		if first := s.since.Add(-s.opt.First); !st.known && first.After(since) {
			since = first
		}
		for _, table := range st.tables {
			k := key{table, st.seen, since}
			a, ok := cache[k]
			if !ok {
				var err error
				if a, _, err = arrived(ctx, s.opt.Runner.Query, table, st.seen, since); err != nil {
					return err
				}
				cache[k] = a
			}
			st.pending.merge(a)
		}
		st.seen = position
	}
	return nil
}

// compile finds out which tables a rule reads. A rule that does not compile is
// a problem of its own and stops no other.
func (s *Scheduler) compile(ctx context.Context, st *state) bool {
	now := s.opt.Now()
	if now.Before(st.next) {
		return false
	}
	p, err := s.opt.Runner.Prepare(ctx, st.rule, now)
	if err != nil {
		st.failures++
		st.next = now.Add(pause(st.failures))
		s.opt.Problem(st.rule.ID, err.Error())
		return false
	}
	st.tables = append([]string{}, p.Tables()...)
	return true
}

func pause(failures int) time.Duration {
	return min(time.Hour, 30*time.Second<<min(failures-1, 10))
}

// run makes the runs of one rule that are due.
func (s *Scheduler) run(ctx context.Context, st *state, position event.Position) []Run {
	now := s.opt.Now().UTC()
	if st.tables == nil || now.Before(st.next) {
		return nil
	}
	r := st.rule
	ends := s.due(st, now)
	if len(ends) == 0 {
		return nil
	}
	var out []Run
	var took time.Duration
	top := st.watermark
	for i, end := range ends {
		if ctx.Err() != nil {
			break
		}
		run := Run{Rule: r, To: end, From: end.Add(-r.Window.Std()), Started: s.opt.Now().UTC(), ReadTo: st.readTo, Late: st.known && end.Before(st.watermark.Add(-s.opt.Lateness))}
		if end.After(top) {
			top = end
		}
		run.Watermark = top
		if i == len(ends)-1 {
			run.ReadTo = position
		}
		judged := *r
		if s.opt.Exceptions != nil {
			judged.Exceptions = s.opt.Exceptions(r.ID)
		}
		run.Result, run.Err = s.opt.Runner.Run(ctx, &judged, end)
		run.Duration = s.opt.Now().UTC().Sub(run.Started)
		took += run.Duration
		if run.Err != nil {
			if ctx.Err() != nil {
				break
			}
			run.ReadTo, run.Watermark = st.readTo, st.watermark
			st.failures++
			st.next = now.Add(pause(st.failures))
			s.opt.Problem(r.ID, run.Err.Error())
			return append(out, run) // the rows stay pending
		}
		s.raise(&run)
		out = append(out, run)
	}
	if len(out) < len(ends) {
		return out
	}
	st.failures, st.last, st.pending = 0, now, arrivals{}
	st.next = now.Add(max(rest(r), min(time.Duration(float64(took)/share), r.Every.Std())))
	s.opt.Problem(r.ID, "")
	return out
}

// due lists the ends of the windows to run.
func (s *Scheduler) due(st *state, now time.Time) []time.Time {
	r := st.rule
	every, window := r.Every.Std(), r.Window.Std()
	if r.Kind == rule.NRT {
		every = max(every, window/2) // it finds single events
	}
	top := st.pending.last()
	if limit := now.Add(5 * time.Minute); top.After(limit) { // a clock that is wrong moves no window
		top = limit
	}
	if st.watermark.After(top) {
		top = st.watermark
	}
	ends := st.pending.ends(window, every, top)
	if len(ends) == 0 && waits(r.Trigger) {
		// Nothing came, which may be what it is about.
		if end := now.Add(-s.opt.Lateness).Truncate(r.Every.Std()); end.After(st.watermark) {
			ends = []time.Time{end}
		}
	}
	return ends
}

// waits tells whether no rows at all may meet a trigger.
func waits(t rule.Trigger) bool { return t.Met(0) }

// again makes a window's end pending that could not be kept.
func (st *state) again(end time.Time) { st.pending.add(end.Add(-time.Nanosecond)) }

// maxPast bounds what is remembered of one key.
const maxPast = 100

// raise takes out of a run's alerts those that were raised before.
func (s *Scheduler) raise(run *Run) {
	quiet := run.Rule.SuppressFor().Std()
	for _, a := range run.Result.Alerts {
		silent := slices.ContainsFunc(s.past[a.Key], func(p Past) bool {
			near := !a.From.After(p.To.Add(quiet)) && !a.To.Before(p.From.Add(-quiet))
			return near && a.Severity.Rank() <= p.Severity.Rank()
		})
		if silent {
			run.Silent++
			continue
		}
		list := append(s.past[a.Key], Past{a.Key, a.From, a.To, a.Severity})
		s.past[a.Key] = list[max(0, len(list)-maxPast):]
		run.Raised = append(run.Raised, Raised{Alert: a, ID: guid(a.Key, a.From.Format(time.RFC3339Nano), string(a.Severity)), Late: run.Late})
	}
}

func (s *Scheduler) forget(a Raised) {
	s.past[a.Key] = slices.DeleteFunc(s.past[a.Key], func(p Past) bool { return p.From.Equal(a.From) && p.Severity == a.Severity })
}

// guid makes an id of parts: the same parts have the same id.
func guid(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8 of RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
