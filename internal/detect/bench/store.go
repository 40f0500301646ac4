package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/sim/attack"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// store is a history as rules see it.
type store struct {
	duck   *duck.Store
	engine *query.Engine
	times  map[string][]time.Time // of each table's rows, in order
}

// open makes a store with watchlists of one column.
func open(ctx context.Context, dir string, lists map[string][]string) (*store, error) {
	folder := filepath.Join(dir, "watchlists")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("watchlists: %w", err)
	}
	for name, keys := range lists {
		text := "SearchKey\n" + strings.Join(keys, "\n") + "\n"
		if err := os.WriteFile(filepath.Join(folder, name+".csv"), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("watchlist %s: %w", name, err)
		}
	}
	s := &store{times: map[string][]time.Time{}}
	var err error
	if s.duck, err = duck.Open(ctx, filepath.Join(dir, "rows"), duck.Options{}); err != nil {
		return nil, err
	}
	if s.engine, err = query.New(ctx, s.duck, query.Options{Watchlists: folder}); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

func (s *store) close(ctx context.Context) error { return s.duck.Close(ctx) }

const batchRecords = 10_000

// load puts records in as ingest would. None is repeated. With near, only the
// last ones, put many, count as what windows are run for.
func (s *store) load(ctx context.Context, records []attack.Record, near bool, put int) error {
	var last event.Position
	for chunk := range slices.Chunk(records, batchRecords) {
		b := duck.Batch{}
		for _, r := range chunk {
			rec := event.Record{Raw: r.Raw, Source: "bench", Seen: r.Time.Add(5 * time.Minute)}
			identify.Record(&rec)
			last++
			row, err := ingest.Row(&rec, last)
			if err != nil {
				return fmt.Errorf("row: %w", err)
			}
			b.Changes = append(b.Changes, ingest.Change([]*schema.Row{row}))
			if !near || int(last) > len(records)-put {
				s.times[rec.Table] = append(s.times[rec.Table], rec.Time)
			}
		}
		b.Last = last
		if err := s.duck.Apply(ctx, b); err != nil {
			return fmt.Errorf("fill the store: %w", err)
		}
	}
	for _, list := range s.times {
		slices.SortFunc(list, time.Time.Compare)
	}
	return nil
}
