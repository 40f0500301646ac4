package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
)

// bucket is how finely arrivals are told apart by event time.
const bucket = time.Minute

// arrivals are the stretches of event time into which rows fell that have not
// been judged: by bucket, the time of its last row.
type arrivals map[int64]time.Time

func (a arrivals) add(t time.Time) {
	k := t.UnixNano() / int64(bucket)
	if t.After(a[k]) {
		a[k] = t
	}
}

func (a arrivals) merge(other arrivals) {
	for k, t := range other {
		if t.After(a[k]) {
			a[k] = t
		}
	}
}

// last is the newest event.
func (a arrivals) last() (t time.Time) {
	for _, v := range a {
		if v.After(t) {
			t = v
		}
	}
	return t
}

// maxEnds bounds the windows that one look at what arrived leads to. Where
// there are more, they lie further apart, but never further than a window is
// long: then there are as many as it takes.
const maxEnds = 60

// ends lists the ends of the windows of a length that hold what arrived, a
// step apart and oldest first. The newest ends just after top, the newest event
// that is known.
func (a arrivals) ends(window, step time.Duration, top time.Time) []time.Time {
	if len(a) == 0 {
		return nil
	}
	for {
		final := top.Add(100 * time.Nanosecond) // a tick: a window's end is exclusive
		seen := map[int64]bool{}
		var out []time.Time
		for _, t := range a {
			if t.After(final.Add(-window - bucket)) {
				seen[final.UnixNano()] = true
			}
			// What ended at most a step before the final window's end is in it.
			limit := final.Add(-step)
			if step >= window {
				limit = final
			}
			for g := t.Truncate(step).Add(step); !g.After(t.Add(window)) && !g.After(limit); g = g.Add(step) {
				seen[g.UnixNano()] = true
				if len(seen) > maxEnds && step < window {
					break
				}
			}
		}
		if len(seen) <= maxEnds || step >= window { // further apart, windows would leave rows out
			for n := range seen {
				out = append(out, time.Unix(0, n).UTC())
			}
			slices.SortFunc(out, time.Time.Compare)
			return out
		}
		step = min(2*step, window)
	}
}

// arrived reads which stretches of a table's time got rows after a position of
// the ledger. Rows from before horizon are left out and counted.
func arrived(ctx context.Context, e *query.Engine, table string, after event.Position, horizon time.Time) (a arrivals, old int64, err error) {
	text := fmt.Sprintf("%s | where Position > %d | summarize Rows = count(), Last = max(TimeGenerated) by bin(TimeGenerated, 1m)", table, after)
	a = arrivals{}
	_, err = e.Run(ctx, query.Request{Text: text, Limits: query.Limits{Rows: -1, Bytes: -1}}, func(*query.Result) error { return nil }, func(r query.Row) error {
		n, _ := r[1].(int64)
		ticks, ok := r[2].(int64)
		if t := schema.Time(ticks); ok && !t.Before(horizon) {
			a.add(t)
		} else {
			old += n
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("look for new rows of %s: %w", table, err)
	}
	return a, old, nil
}
