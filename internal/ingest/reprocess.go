package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

// reprocessed is how many unparsed records are looked at in one go.
const reprocessed = 4096

// Reprocess tries again to read the records of the ledger that no table shows,
// as after an upgrade. In what it returns, Read counts the records that were
// tried; the ledger is not changed.
func (in *Ingest) Reprocess(ctx context.Context) (Counts, error) {
	out := Counts{Tables: map[string]int64{}}
	all, err := in.Store.Unparsed(ctx)
	if err != nil {
		return out, err
	}
	for part := range slices.Chunk(all, reprocessed) {
		if err := in.reprocess(ctx, part, &out); err != nil {
			return out, fmt.Errorf("reprocess: %w", err)
		}
	}
	return out, nil
}

func (in *Ingest) reprocess(ctx context.Context, positions []event.Position, out *Counts) error {
	found := map[event.Position]event.Record{}
	err := in.Ledger.Get(ctx, positions, func(p event.Position, r *event.Record) error {
		found[p] = *r
		return nil
	})
	if err != nil {
		return err
	}
	var s stretch
	for _, p := range positions { // in order, so that the result does not depend on chance
		r, ok := found[p]
		if !ok {
			continue // erased or expired
		}
		out.Read++
		out.Bytes += int64(len(r.Raw))
		if identify.Record(&r); r.Table == "" {
			out.Unparsed++
			continue
		}
		s.records, s.positions = append(s.records, r), append(s.positions, p)
	}
	if len(s.records) == 0 {
		return nil
	}
	known, err := in.look(ctx, s.records)
	if err != nil {
		return err
	}
	s.last = in.Store.Applied()
	b, err := in.group(ctx, s, known, func(p event.Position) bool { _, again := found[p]; return !again }, out)
	if err != nil {
		return err
	}
	b.Redo, b.Parsed = true, s.positions
	return in.Store.Apply(ctx, b)
}
