package ruletest

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// Runner runs tests one after the other over a store of its own, which it
// empties between them.
type Runner struct {
	detect.Runner
	store *duck.Store
	dir   string
	last  event.Position
	rows  []*schema.Row // that the store holds
	files []string      // watchlists of the last test
}

// New makes a runner in a folder of its own below dir; "" is the system's
// folder for such. Close removes it.
func New(ctx context.Context, dir string, engines ...detect.Engine) (*Runner, error) {
	tmp, err := os.MkdirTemp(dir, "ruletest")
	if err != nil {
		return nil, fmt.Errorf("folder for tests: %w", err)
	}
	r := &Runner{dir: tmp}
	if err := os.Mkdir(r.lists(), 0o700); err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	if r.store, err = duck.Open(ctx, filepath.Join(tmp, "store"), duck.Options{}); err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	q, err := query.New(ctx, r.store, query.Options{Watchlists: r.lists()})
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	r.Runner = detect.Runner{Query: q, Engines: engines}
	return r, nil
}

func (r *Runner) lists() string { return filepath.Join(r.dir, "watchlists") }

// Close removes the store.
func (r *Runner) Close(ctx context.Context) error {
	var err error
	if r.store != nil {
		err = r.store.Close(ctx)
	}
	return errors.Join(err, os.RemoveAll(r.dir))
}

// Load replaces what the store holds by records.
func (r *Runner) Load(ctx context.Context, records []event.Record) error {
	r.last++
	b := duck.Batch{}
	for _, row := range r.rows {
		b.Gone = append(b.Gone, duck.Gone{Table: row.Table, Key: row.Key, Time: row.Time, Cause: r.last})
	}
	r.rows = nil
	versions := map[event.Hash][]*schema.Row{}
	var order []event.Hash
	for i := range records {
		r.last++
		row, err := ingest.Row(&records[i], r.last)
		if err != nil {
			return fmt.Errorf("row of record %d: %w", i+1, err)
		}
		if _, ok := versions[row.Key]; !ok {
			order = append(order, row.Key)
		}
		versions[row.Key] = append(versions[row.Key], row)
	}
	for _, k := range order {
		c := ingest.Change(versions[k])
		b.Changes = append(b.Changes, c)
		r.rows = append(r.rows, c.Row)
	}
	b.Last = r.last
	if err := r.store.Apply(ctx, b); err != nil {
		return fmt.Errorf("fill the store: %w", err)
	}
	return nil
}

// watchlists replaces the watchlists.
func (r *Runner) watchlists(lists map[string][]map[string]string) error {
	for _, f := range r.files {
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("watchlist: %w", err)
		}
	}
	r.files = nil
	for name, rows := range lists {
		if name == "" || name != filepath.Base(name) || name[0] == '.' {
			return fmt.Errorf("watchlist %q: no name", name)
		}
		header := []string{"SearchKey"}
		for _, row := range rows {
			for c := range row {
				if !slices.Contains(header, c) {
					header = append(header, c)
				}
			}
		}
		slices.Sort(header[1:])
		out := [][]string{header}
		for _, row := range rows {
			line := make([]string, len(header))
			for i, c := range header {
				line[i] = row[c]
			}
			out = append(out, line)
		}
		if err := r.write(name, out); err != nil {
			return fmt.Errorf("watchlist %s: %w", name, err)
		}
	}
	return nil
}

func (r *Runner) write(name string, rows [][]string) error {
	path := filepath.Join(r.lists(), name+".csv")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	r.files = append(r.files, path)
	return errors.Join(csv.NewWriter(f).WriteAll(rows), f.Close())
}
