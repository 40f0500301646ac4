package ops

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/ingest"
)

// Watcher looks for findings in a data folder while a server runs.
type Watcher struct {
	in       *ingest.Ingest
	board    *Board
	findings *Findings
	fill     *Fill
	now      func() time.Time
}

// How often a Watcher looks at what.
const (
	lookAtSources = time.Minute
	lookAtHours   = time.Hour
	lookAtColumns = 6 * time.Hour
)

// stoppedAfter is how long collection may have been stopped before a start
// without that being a finding.
const stoppedAfter = time.Hour

// NewWatcher makes a Watcher. tell is told of findings that open or end.
func NewWatcher(data string, in *ingest.Ingest, board *Board, tell func(Finding)) (*Watcher, error) {
	f, err := OpenFindings(filepath.Join(data, "findings.json"), in.Ledger, board.now, tell)
	if err != nil {
		return nil, err
	}
	return &Watcher{in: in, board: board, findings: f, fill: OpenFill(filepath.Join(data, "fill.json")), now: board.now}, nil
}

// Findings are those that are open.
func (w *Watcher) Findings() []Finding { return w.findings.List() }

// Rules says which detection rules cannot run, and why, by id.
func (w *Watcher) Rules(ctx context.Context, problems map[string]string) error {
	var hold []Finding
	for id, text := range problems {
		hold = append(hold, Finding{Kind: "rule", Subject: id, Text: "a detection rule does not run: " + text})
	}
	return w.findings.Set(ctx, []string{"rule"}, hold)
}

// Blind says which detection rules read what is no longer filled, by id the
// columns as findings name them.
func (w *Watcher) Blind(ctx context.Context, rules map[string][]string) error {
	var hold []Finding
	for id, columns := range rules {
		hold = append(hold, Finding{Kind: "blind", Subject: id, Text: "a detection rule may miss what it is for: no longer filled is " + strings.Join(columns, ", ")})
	}
	return w.findings.Set(ctx, []string{"blind"}, hold)
}

// Started says how long collection has been stopped before now. It is called
// before sources run.
func (w *Watcher) Started(ctx context.Context) error {
	last, err := w.in.Store.LastFollowed(ctx)
	if err != nil || last.IsZero() {
		return err
	}
	if d := w.now().Sub(last); d > stoppedAfter {
		return w.findings.Once(ctx, Finding{Kind: "stopped", Subject: "collection", Text: fmt.Sprintf("nothing was followed from %s on, for %v, until this start; what the services keep is read now",
			last.Format("2006-01-02 15:04"), d.Round(time.Minute))})
	}
	return nil
}

// Run looks until ctx ends. fail is told what kept it from looking.
func (w *Watcher) Run(ctx context.Context, fail func(error)) {
	next := map[string]time.Time{}
	look := func(what string, every time.Duration, fn func(context.Context) error) {
		if w.now().Before(next[what]) || ctx.Err() != nil {
			return
		}
		next[what] = w.now().Add(every)
		if err := fn(ctx); err != nil && ctx.Err() == nil {
			fail(err)
		}
	}
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		look("sources", lookAtSources, func(ctx context.Context) error {
			return w.findings.Set(ctx, []string{"failing", "skew"}, w.board.Failing())
		})
		look("hours", lookAtHours, w.hours)
		look("columns", lookAtColumns, func(ctx context.Context) error {
			list, err := w.fill.Measure(ctx, w.in.Store, w.now())
			if err != nil {
				return err
			}
			return w.findings.Set(ctx, []string{"unfilled"}, list)
		})
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *Watcher) hours(ctx context.Context) error {
	silent, err := Silent(ctx, w.in.Store, w.now())
	if err != nil {
		return err
	}
	if err := w.findings.Set(ctx, []string{"silent"}, silent); err != nil {
		return err
	}
	r, err := completeness.Of(ctx, w.in.Ledger, w.in.Store, completeness.Options{From: w.now().Add(-gapDays * 24 * time.Hour), Now: w.now()})
	if err != nil {
		return err
	}
	return w.findings.Set(ctx, []string{"gap"}, Gaps(r.Hours))
}
