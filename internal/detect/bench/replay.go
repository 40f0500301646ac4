package bench

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
)

// finding is an alert and when it would have been raised.
type finding struct {
	rule  *rule.Rule
	alert detect.Alert
	at    time.Time
}

// replay runs rules over [from, to). It gives what they raise, by rule and
// time, and the error of each rule that has one.
//
// Windows lie half a window apart, or Every where that is longer, so that
// whatever fits into half a window is seen whole. A server runs them closer
// together, which finds nothing else but finds it sooner; the time of an alert
// is therefore reckoned as the first run, at multiples of Every, after the end
// of its evidence.
func replay(ctx context.Context, r *detect.Runner, rules []*rule.Rule, times map[string][]time.Time, from, to time.Time) ([]finding, map[string]string) {
	found, problems := make([][]finding, len(rules)), map[string]string{}
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
			list, err := one(ctx, r, ru, times, from, to)
			if found[i] = list; err != nil {
				mu.Lock()
				defer mu.Unlock()
				problems[ru.ID] = err.Error()
			}
		})
	}
	wg.Wait()
	return slices.Concat(found...), problems
}

func one(ctx context.Context, r *detect.Runner, ru *rule.Rule, times map[string][]time.Time, from, to time.Time) ([]finding, error) {
	p, err := r.Prepare(ctx, ru, to)
	if err != nil {
		return nil, err
	}
	tables, window := p.Tables(), ru.Window.Std()
	step := max(ru.Every.Std(), window/2)
	past := map[string][]detect.Alert{}
	var out []finding
	for end := from.Add(step); end.Before(to.Add(step)); end = end.Add(step) {
		if !ru.Trigger.Met(0) && !slices.ContainsFunc(tables, func(t string) bool { return between(times[t], end.Add(-window), end) }) {
			continue
		}
		res, err := r.Run(ctx, ru, end)
		if err != nil {
			return out, err
		}
		for _, a := range res.Alerts {
			if silent(past[a.Key], a, ru.SuppressFor().Std()) {
				continue
			}
			past[a.Key] = append(past[a.Key], a)
			a.Rows = nil // they are many, and nobody looks at them
			at := a.To.Truncate(ru.Every.Std()).Add(ru.Every.Std())
			if at.After(end) {
				at = end
			}
			out = append(out, finding{ru, a, at})
		}
	}
	return out, nil
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
