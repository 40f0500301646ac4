package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/event"
)

// Options of a Scheduler. Runner, Position and Record are needed.
type Options struct {
	Runner *detect.Runner
	// Position is the ledger position up to which queries see rows.
	Position func() event.Position
	// Record keeps runs with what they raised. What it returns nil for is
	// durable.
	Record func(ctx context.Context, runs []Run) error
	// Exceptions gives the exclusions that hold for a rule beyond its own. May be
	// nil.
	Exceptions func(rule string) []rule.Exclusion
	// Problem is told what rules have open: "" ends it. May be nil.
	Problem func(rule, text string)
	// Lateness is how late rows are wont to come; what comes later is a late hit.
	// 0: 15 minutes.
	Lateness time.Duration
	// First is how far back a rule looks that has never run. 0: a day.
	First time.Duration
	// Horizon is how old events may be that rules are run over. 0: 7 days.
	Horizon time.Duration
	Now     func() time.Time // nil: the real clock
}

// Run is one evaluation of a rule over one window.
type Run struct {
	Rule      *rule.Rule
	From, To  time.Time // the window, To exclusive
	Started   time.Time
	Duration  time.Duration
	Watermark time.Time      // event time up to which the rule has been run, with this run
	ReadTo    event.Position // rows up to here have been judged, with this run
	Late      bool           // rows came late into a window that had been run
	Err       error
	Result    *detect.Result // nil where Err is not
	Raised    []Raised
	Silent    int // alerts that were not raised again
}

// Raised is an alert to tell of.
type Raised struct {
	detect.Alert
	ID   string // a GUID: the same for the same evidence
	Late bool
}

// State is what a Scheduler knew when it last ran.
type State struct {
	Rules  map[string]RuleState // by id
	Raised []Past
}

// RuleState is how far a rule has come.
type RuleState struct {
	Watermark time.Time
	ReadTo    event.Position
}

// Past is an alert that was raised.
type Past struct {
	Key      string
	From, To time.Time
	Severity rule.Severity
}

// Scheduler runs rules. Tick and Rules are safe for concurrent use.
type Scheduler struct {
	opt Options

	mu    sync.Mutex
	rules map[string]*state
	order []string
	past  map[string][]Past // by key
	since time.Time         // when it began
	at    int               // in order: where the next tick begins with scheduled rules
	more  bool              // the last tick left rules for the next
}

// state is what there is to one rule.
type state struct {
	rule      *rule.Rule
	tables    []string // that its query reads
	known     bool     // it has run before
	watermark time.Time
	readTo    event.Position
	pending   arrivals
	seen      event.Position // rows up to here are in pending
	next      time.Time      // not before
	failures  int
	last      time.Time // start of the last run
}

// New makes a Scheduler that goes on from st.
func New(o Options, list []*rule.Rule, st State) *Scheduler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lateness == 0 {
		o.Lateness = 15 * time.Minute
	}
	if o.First == 0 {
		o.First = 24 * time.Hour
	}
	if o.Horizon == 0 {
		o.Horizon = 7 * 24 * time.Hour
	}
	if o.Problem == nil {
		o.Problem = func(string, string) {}
	}
	s := &Scheduler{opt: o, rules: map[string]*state{}, past: map[string][]Past{}, since: o.Now().UTC()}
	for _, p := range st.Raised {
		s.past[p.Key] = append(s.past[p.Key], p)
	}
	s.set(list, st.Rules)
	return s
}

// Rules takes other rules over; those that stay go on where they are.
func (s *Scheduler) Rules(list []*rule.Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(list, nil)
}

func (s *Scheduler) set(list []*rule.Rule, known map[string]RuleState) {
	rules := map[string]*state{}
	s.order = nil
	for _, r := range list {
		if !r.IsEnabled() {
			continue
		}
		st := s.rules[r.ID]
		if st == nil {
			st = &state{pending: arrivals{}}
			if k, ok := known[r.ID]; ok {
				st.known, st.watermark, st.readTo, st.seen = true, k.Watermark, k.ReadTo, k.ReadTo
			}
		}
		st.rule, st.tables = r, nil
		rules[r.ID] = st
		s.order = append(s.order, r.ID)
	}
	for id := range s.rules {
		if rules[id] == nil {
			s.opt.Problem(id, "")
		}
	}
	s.rules = rules
}

// Loop ticks until ctx ends. Failures to keep runs go to report; they are made
// again.
func (s *Scheduler) Loop(ctx context.Context, every time.Duration, report func(error)) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		s.mu.Lock()
		more := s.more
		s.mu.Unlock()
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// turn is how long scheduled rules may run before near-real-time rules have
// their turn again.
const turn = 3 * time.Second

// Tick runs what is due. An error says that a run could not be kept.
func (s *Scheduler) Tick(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// What queries see now is judged now; what comes meanwhile, next time.
	position := s.opt.Position()
	if err := s.look(ctx, position); err != nil {
		return err
	}
	var errs []error
	var quiet []Run
	s.more = false
	for _, kind := range []string{rule.NRT, rule.Scheduled} {
		began := time.Now()
		for i := range s.order {
			at := i
			if kind == rule.Scheduled {
				if at = (s.at + i) % len(s.order); time.Since(began) > turn {
					s.at, s.more = at, true
					break
				}
			}
			st := s.rules[s.order[at]]
			if (st.rule.Kind == rule.NRT) != (kind == rule.NRT) || ctx.Err() != nil {
				continue
			}
			runs := s.run(ctx, st, position)
			loud := false
			for i := range runs {
				loud = loud || len(runs[i].Raised) > 0
			}
			if !loud {
				quiet = append(quiet, runs...)
				continue
			}
			if err := s.keep(ctx, runs); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(append(errs, s.keep(ctx, quiet))...)
}

// keep records runs and takes over what they mean for the rules' states.
func (s *Scheduler) keep(ctx context.Context, runs []Run) error {
	if len(runs) == 0 {
		return nil
	}
	if err := s.opt.Record(ctx, runs); err != nil {
		// They are made again: the rows stay pending.
		for i := range runs {
			if st := s.rules[runs[i].Rule.ID]; st != nil {
				st.again(runs[i].To)
			}
			for _, a := range runs[i].Raised {
				s.forget(a)
			}
		}
		return fmt.Errorf("record rule runs: %w", err)
	}
	for i := range runs {
		st := s.rules[runs[i].Rule.ID]
		if st == nil || runs[i].Err != nil {
			continue
		}
		st.known = true
		if runs[i].Watermark.After(st.watermark) {
			st.watermark = runs[i].Watermark
		}
		st.readTo = max(st.readTo, runs[i].ReadTo)
	}
	return nil
}
