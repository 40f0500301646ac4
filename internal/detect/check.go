package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql/bind"
	"github.com/wholelog/wholelog/kql/plan"
)

// Check compiles a rule and compares what it says with what its query does:
// the tables, and every column that entities, details and titles name. A rule
// with an engine names columns that only the engine knows.
func (r *Runner) Check(ctx context.Context, ru *rule.Rule, end time.Time) error {
	p, err := r.Prepare(ctx, ru, end)
	if err != nil {
		return err
	}
	var errs []error
	declared := slices.Sorted(slices.Values(ru.Tables))
	if got := p.Tables(); !slices.Equal(got, declared) && (ru.Imported == "" || len(declared) > 0) {
		errs = append(errs, fmt.Errorf("tables: %v, but the query reads %v", declared, got))
	}
	for _, t := range declared {
		if schema.Lookup(t) == nil {
			errs = append(errs, fmt.Errorf("tables: there is no table %q", t))
		}
	}
	if ru.Engine != "" {
		_, err := findEngine(r.Engines, ru.Engine)
		errs = append(errs, err)
	} else if ru.Imported == "" { // an imported rule goes without what its query does not give
		errs = append(errs, p.Missing(ru)...)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("rule %s: %w", ru.ID, err)
	}
	return nil
}

// Missing lists the columns that a rule names and its query does not give. It
// is empty for a query whose columns depend on data.
func (p *Plan) Missing(ru *rule.Rule) (errs []error) {
	if p.prepared.Open {
		return nil
	}
	t := &Table{Columns: p.prepared.Columns}
	for place, c := range ru.Columns() {
		if t.Index(c) < 0 {
			errs = append(errs, fmt.Errorf("%s: the query gives no column %q; it gives %s", place, c, names(t)))
		}
	}
	return errs
}

// emptyWatchlists names the watchlists that are there and have no row: a rule
// that waits for what stands on one waits for nothing.
func (r *Runner) emptyWatchlists(ctx context.Context, p *Plan) (notices []string, err error) {
	var lists []string
	plan.Walk(p.prepared.Plan, func(n plan.Node) {
		// Of what is no table of the catalogue, only watchlists have this column.
		if s, ok := n.(*plan.Scan); ok && schema.Lookup(s.Table.Name) == nil && len(s.Table.Columns) > 0 && s.Table.Columns[0].Name == bind.WatchlistColumns[0].Name && !slices.Contains(lists, s.Table.Name) {
			lists = append(lists, s.Table.Name)
		}
	})
	for _, name := range lists {
		q, err := r.Query.Prepare(ctx, query.Request{Text: "_GetWatchlist(" + rule.Literal(name) + ") | count", Now: p.To})
		if err != nil {
			return nil, err
		}
		if len(q.Notices) > 0 {
			continue // it is not there, which the query's own notices say
		}
		t, err := r.collect(ctx, q)
		if err != nil {
			return nil, err
		}
		if len(t.Rows) == 1 && t.Rows[0][0] == int64(0) {
			notices = append(notices, "watchlist "+name+" is empty")
		}
	}
	return notices, nil
}
