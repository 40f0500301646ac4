package detect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
)

// MaxAlerts is how many alerts one run raises; what is over it becomes one
// alert more, as in Microsoft Sentinel.
const MaxAlerts = 150

// Runner evaluates rules. It is safe for concurrent use.
type Runner struct {
	Query   *query.Engine
	Engines []Engine
	Limits  query.Limits // of each query; zero values are query's defaults
}

// Result is what came of a run.
type Result struct {
	Alerts   []Alert
	From, To time.Time // the window, To exclusive
	Scans    []query.Scan
	Matched  int64 // rows that alerts were made of
	Excluded int64 // rows that the rule's exclusions left out
	Duration time.Duration
	Notices  []string // what the reader must know: tables without rows, watchlists that are missing, limits
	// Limited says that more alerts would have been raised than MaxAlerts: the
	// last alert stands for all the others.
	Limited bool
	Query   string // KQL as run, lets included
}

// Run evaluates a rule over the window that ends at end.
func (r *Runner) Run(ctx context.Context, ru *rule.Rule, end time.Time) (*Result, error) {
	return r.RunWith(ctx, ru, end, nil)
}

// RunWith is Run with values for some of the rule's knobs.
func (r *Runner) RunWith(ctx context.Context, ru *rule.Rule, end time.Time, knobs map[string]any) (*Result, error) {
	start := time.Now()
	p, err := r.prepare(ctx, ru, end, knobs)
	if err != nil {
		return nil, err
	}
	res := &Result{From: p.From, To: p.To, Query: p.Text, Scans: p.prepared.Scans}
	res.Notices = append(res.Notices, p.prepared.Notices...)
	for _, s := range p.prepared.Scans {
		if n := s.Table + " has no rows"; s.Of == 0 && !slices.Contains(res.Notices, n) {
			res.Notices = append(res.Notices, n)
		}
	}
	empty, err := r.emptyWatchlists(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", ru.ID, err)
	}
	res.Notices = append(res.Notices, empty...)
	t, err := r.collect(ctx, p.prepared)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", ru.ID, err)
	}
	if ru.Engine != "" {
		if t, err = r.engine(ctx, ru, p, t); err != nil {
			return nil, fmt.Errorf("rule %s: engine %s: %w", ru.ID, ru.Engine, err)
		}
	}
	if err := res.exclude(ru, t); err != nil {
		return nil, fmt.Errorf("rule %s: %w", ru.ID, err)
	}
	res.Matched = int64(len(t.Rows))
	if err := res.raise(ru, t); err != nil {
		return nil, fmt.Errorf("rule %s: %w", ru.ID, err)
	}
	res.Duration = time.Since(start)
	return res, nil
}

func (r *Runner) collect(ctx context.Context, p *query.Prepared) (*Table, error) {
	t := &Table{Columns: p.Columns}
	_, err := r.Query.Execute(ctx, p, r.Limits, func(res *query.Result) error {
		t.Columns = res.Columns
		return nil
	}, func(row query.Row) error {
		t.Rows = append(t.Rows, slices.Clone(row))
		return nil
	})
	return t, err
}

func (r *Runner) engine(ctx context.Context, ru *rule.Rule, p *Plan, t *Table) (*Table, error) {
	e, err := findEngine(r.Engines, ru.Engine)
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, Input{Table: t, Knobs: p.values, From: p.From, To: p.To, Query: func(ctx context.Context, text string) (*Table, error) {
		q, err := r.Query.Prepare(ctx, p.request(p.with(text), r.Limits))
		if err != nil {
			return nil, p.moved(err, text)
		}
		return r.collect(ctx, q)
	}})
}

// exclude leaves out the rows that a rule's exclusions name.
func (res *Result) exclude(ru *rule.Rule, t *Table) error {
	if len(ru.Exclude)+len(ru.Exceptions) == 0 {
		return nil
	}
	list := slices.Clone(ru.Exclude)
	for _, x := range ru.Exceptions {
		known := true
		for c := range x {
			if t.Index(c) < 0 {
				known = false
				res.Notices = append(res.Notices, fmt.Sprintf("an exception is without effect: the result has no column %q any more", c))
			}
		}
		if known {
			list = append(list, x)
		}
	}
	for _, x := range ru.Exclude {
		for c := range x {
			if t.Index(c) < 0 {
				return fmt.Errorf("exclude: the result has no column %q; it has %s", c, names(t))
			}
		}
	}
	before := len(t.Rows)
	t.Rows = slices.DeleteFunc(t.Rows, func(row query.Row) bool {
		return slices.ContainsFunc(list, func(x rule.Exclusion) bool {
			for c, values := range x {
				got := t.Text(row, c)
				if !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, got) }) {
					return false
				}
			}
			return len(x) > 0
		})
	})
	res.Excluded = int64(before - len(t.Rows))
	return nil
}

func names(t *Table) string {
	var list []string
	for _, c := range t.Columns {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}
