package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
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
	rows, err := normalize(ctx, s)
	if err != nil {
		return err
	}
	known, err := in.Store.Known(ctx, probes(s.records))
	if err != nil {
		return err
	}
	groups := map[event.Hash][]*schema.Row{}
	var order []event.Hash
	replace := map[event.Hash]bool{}
	need := map[event.Position][]event.Hash{}
	for i, row := range rows {
		if groups[row.Key] == nil {
			order = append(order, row.Key)
			for _, p := range known[i].Versions {
				if _, again := found[p]; !again {
					need[p] = append(need[p], row.Key)
				}
			}
			replace[row.Key] = len(known[i].Versions) > 0
			if len(known[i].Versions) == 0 {
				out.Accepted++
				out.Tables[row.Table.Name]++
			} else {
				out.Versions++
			}
		} else {
			out.Versions++
		}
		groups[row.Key] = append(groups[row.Key], row)
	}
	err = in.earlier(ctx, func(ask func(event.Position, func(*schema.Row))) {
		for p, keys := range need {
			ask(p, func(r *schema.Row) {
				for _, k := range keys {
					groups[k] = append(groups[k], r)
				}
			})
		}
	})
	if err != nil {
		return err
	}
	b := duck.Batch{Last: in.Store.Applied(), Redo: true, Parsed: s.positions}
	for _, k := range order {
		c := Change(groups[k])
		c.Replace = replace[k]
		b.Changes = append(b.Changes, c)
	}
	return in.Store.Apply(ctx, b)
}
