package bench

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
)

// Finding is an alert and when it would have been raised.
type Finding struct {
	Rule  *rule.Rule
	Alert detect.Alert
	At    time.Time
}

// replay runs rules over [from, to). It gives what they raise, by rule and
// time, the error of each rule that has one, and how long each rule took.
//
// Windows lie half a window apart, or Every where that is longer, so that
// whatever fits into half a window is seen whole. A server runs them closer
// together, which finds nothing else but finds it sooner; the time of an alert
// is therefore reckoned as the first run, at multiples of Every, after the end
// of its evidence.
func replay(ctx context.Context, r *detect.Runner, rules []*rule.Rule, times map[string][]time.Time, from, to time.Time) ([]Finding, map[string]string, []time.Duration) {
	found, problems, spent := make([][]Finding, len(rules)), map[string]string{}, make([]time.Duration, len(rules))
	var mu sync.Mutex
	var wg sync.WaitGroup
	free := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))
	for i, ru := range rules {
		if !ru.IsEnabled() {
			continue
		}
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			start := time.Now()
			list, err := one(ctx, r, ru, times, from, to)
			spent[i] = time.Since(start)
			if found[i] = list; err != nil {
				mu.Lock()
				defer mu.Unlock()
				problems[ru.ID] = err.Error()
			}
		})
	}
	wg.Wait()
	return slices.Concat(found...), problems, spent
}

func one(ctx context.Context, r *detect.Runner, ru *rule.Rule, times map[string][]time.Time, from, to time.Time) ([]Finding, error) {
	p, err := r.Prepare(ctx, ru, to)
	if err != nil {
		return nil, err
	}
	w := &walk{Runner: r, rule: ru, tables: p.Tables(), times: times, from: from, step: max(ru.Every.Std(), ru.Window.Std()/2), past: map[string][]detect.Alert{}}
	n := int((to.Sub(from) + w.step - 1) / w.step)
	// What is missing, or counted back from a window's end, is in no longer window:
	// every window is looked at.
	if ru.Trigger.Met(0) || strings.Contains(ru.Query, "window_end") {
		for i := range n {
			if err := w.run(ctx, i); err != nil {
				return w.found, err
			}
		}
		return w.found, nil
	}
	stretch := max(1, int(longest/w.step))
	for i := 0; i < n; i += stretch {
		if err := w.search(ctx, i, min(n, i+stretch)); err != nil {
			return w.found, err
		}
	}
	return w.found, nil
}

// longest is how much time is judged as one window to see whether there is
// anything in it.
const longest = 8 * time.Hour

// walk is one rule's way over its windows.
type walk struct {
	*detect.Runner
	rule   *rule.Rule
	tables []string
	times  map[string][]time.Time
	from   time.Time
	step   time.Duration
	past   map[string][]detect.Alert
	found  []Finding
}

func (w *walk) end(i int) time.Time { return w.from.Add(time.Duration(i+1) * w.step) }

// search runs the windows from i to j, without j. A stretch in which the query
// finds nothing as one window has no window with a finding: queries look for
// enough of something that is not in the history before the window, and a longer
// window has more of it and less history. So most of ordinary work is passed
// over in a few runs.
func (w *walk) search(ctx context.Context, i, j int) error {
	from, to := w.end(i).Add(-w.rule.Window.Std()), w.end(j-1)
	if i >= j || !slices.ContainsFunc(w.tables, func(t string) bool { return between(w.times[t], from, to) }) {
		return nil
	}
	if j-i == 1 {
		return w.run(ctx, i)
	}
	wide := &rule.Rule{ID: w.rule.ID, Title: w.rule.Title, Severity: w.rule.Severity, Tables: w.rule.Tables, Query: w.rule.Query, Knobs: w.rule.Knobs, Every: w.rule.Every, Trigger: w.rule.Trigger}
	wide.Window = rule.Duration(to.Sub(from))
	if w.rule.Lookback > 0 {
		wide.Lookback = w.rule.Reach() + wide.Window - w.rule.Window
	}
	res, err := w.Run(ctx, wide, to)
	if err != nil {
		return err
	}
	if res.Matched == 0 {
		return nil
	}
	mid := (i + j) / 2
	if err := w.search(ctx, i, mid); err != nil {
		return err
	}
	return w.search(ctx, mid, j)
}

func (w *walk) run(ctx context.Context, i int) error {
	ru, end := w.rule, w.end(i)
	res, err := w.Run(ctx, ru, end)
	if err != nil {
		return err
	}
	for _, a := range res.Alerts {
		if silent(w.past[a.Key], a, ru.SuppressFor().Std()) {
			continue
		}
		w.past[a.Key] = append(w.past[a.Key], a)
		a.Rows = nil // they are many, and nobody looks at them
		at := a.To.Truncate(ru.Every.Std()).Add(ru.Every.Std())
		if at.After(end) {
			at = end
		}
		w.found = append(w.found, Finding{ru, a, at})
	}
	return nil
}

// silent tells whether a scheduler would not raise an alert again.
func silent(past []detect.Alert, a detect.Alert, quiet time.Duration) bool {
	return slices.ContainsFunc(past, func(p detect.Alert) bool {
		return !a.From.After(p.To.Add(quiet)) && !a.To.Before(p.From.Add(-quiet)) && a.Severity.Rank() <= p.Severity.Rank()
	})
}

// between tells whether a sorted list has a time in [from, to).
func between(list []time.Time, from, to time.Time) bool {
	i, _ := slices.BinarySearchFunc(list, from, time.Time.Compare)
	return i < len(list) && list[i].Before(to)
}
