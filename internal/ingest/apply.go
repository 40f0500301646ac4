package ingest

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/wholelog/wholelog/internal/enrich"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/normal"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// stretch is a part of the ledger: records, their positions, and the position
// up to which it is everything there is.
type stretch struct {
	records   []event.Record
	positions []event.Position
	last      event.Position
	sightings []duck.Sighting
	spans     []duck.Span
}

// apply writes a stretch of the ledger to the store. known is what the store
// has of each record's event.
func (in *Ingest) apply(ctx context.Context, s stretch, known []looked) error {
	b := duck.Batch{Last: s.last}
	if len(s.records) > 0 {
		var err error
		if b, err = in.group(ctx, s, known, func(p event.Position) bool { return p < s.positions[0] }, &in.Counts); err != nil {
			return err
		}
	}
	b.Sightings, b.Spans = s.sightings, s.spans
	return in.Store.Apply(ctx, b)
}

// Change is what the versions of one event, all that the ledger has, make of
// its row.
func Change(rows []*schema.Row) duck.Change {
	c := duck.Change{Row: normal.Merge(rows)}
	if len(rows) == 1 {
		return c
	}
	// The row is as new as its newest version: a file that is past an older
	// version still takes it.
	merged := *c.Row
	for _, r := range rows {
		c.Versions = append(c.Versions, duck.Version{Position: r.Position, Content: r.Content})
		c.Times = append(c.Times, r.Time)
		merged.Position = max(merged.Position, r.Position)
	}
	c.Row = &merged
	return c
}

// earlier reads versions that the ledger already held and makes their rows.
func (in *Ingest) earlier(ctx context.Context, list func(need func(event.Position, func(*schema.Row)))) error {
	want := map[event.Position]func(*schema.Row){}
	var positions []event.Position
	list(func(p event.Position, give func(*schema.Row)) {
		want[p] = give
		positions = append(positions, p)
	})
	if len(want) == 0 {
		return nil
	}
	err := in.Ledger.Get(ctx, positions, func(p event.Position, r *event.Record) error {
		row, err := Row(r, p)
		if err != nil {
			return err
		}
		want[p](row)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read earlier versions: %w", err)
	}
	return nil
}

// Row makes the row of one version of an event as the store is given it; nil
// for a record that has no table.
func Row(r *event.Record, p event.Position) (*schema.Row, error) {
	if r.Table == "" { // an older version could not read it
		identify.Record(r)
	}
	if r.Table == "" {
		return nil, nil
	}
	row, err := normal.Row(r, p)
	if err == nil {
		enrich.Row(row)
	}
	return row, err
}

// normalize makes rows on all cores; nil for a record without a table.
func normalize(ctx context.Context, s stretch) ([]*schema.Row, error) {
	rows := make([]*schema.Row, len(s.records))
	var g errgroup.Group
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		g.Go(func() error {
			for i := w; i < len(s.records); i += n {
				if s.records[i].Table == "" {
					continue
				}
				row, err := normal.Row(&s.records[i], s.positions[i])
				if err != nil {
					return err
				}
				enrich.Row(row)
				rows[i] = row
			}
			return ctx.Err()
		})
	}
	return rows, g.Wait()
}
