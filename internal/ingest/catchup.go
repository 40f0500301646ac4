package ingest

import (
	"context"
	"fmt"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/normal"
)

// catchUp applies what the ledger has and the store has not.
func (in *Ingest) catchUp(ctx context.Context) error {
	after := in.Store.Applied()
	if after > in.Ledger.Last() {
		return fmt.Errorf("store is at record %d, but the ledger ends at %d: the ledger was cut or exchanged; restore it, or run `wholelog rebuild` to make the store follow it", after, in.Ledger.Last())
	}
	var p part
	err := in.Ledger.Items(ctx, after, func(it *segment.Item) error {
		p.take(it)
		if len(p.records)+len(p.receipts) < batchRecords && p.size < batchBytes {
			return nil
		}
		err := in.replay(ctx, &p)
		p = part{}
		return err
	})
	if err == nil && p.last > 0 {
		err = in.replay(ctx, &p)
	}
	if err != nil {
		return fmt.Errorf("bring the store up to the ledger: %w", err)
	}
	return nil
}

// part is a stretch of the ledger as it is read again.
type part struct {
	stretch
	receipts []repeatAt
	size     int // bytes of records
}

type repeatAt struct {
	event.Receipt
	at event.Position
}

func (p *part) take(it *segment.Item) {
	p.last = it.Position
	switch {
	case it.Kind == segment.KindRecord:
		p.records, p.positions = append(p.records, *it.Record), append(p.positions, it.Position)
		p.size += len(it.Record.Raw)
	case it.Kind == segment.KindReceipts:
		for _, r := range it.Receipts {
			if r.Table != "" && !event.Imported(r.Source) {
				p.receipts = append(p.receipts, repeatAt{r, it.Position})
			}
		}
	case it.Kind == segment.KindNote && it.Note != nil && it.Note.Kind == CoverageNote:
		p.cover(it.Note.Text, it.Position)
	}
}

// replay applies a stretch that was in the ledger before.
func (in *Ingest) replay(ctx context.Context, p *part) error {
	for i := range p.records { // what an older version could not read
		if p.records[i].Table == "" {
			identify.Record(&p.records[i])
		}
		p.sight(&p.records[i], p.positions[i])
	}
	if err := in.sightRepeats(ctx, p); err != nil {
		return err
	}
	known, err := in.look(ctx, p.records)
	if err != nil {
		return err
	}
	return in.apply(ctx, p.stretch, known)
}

// sightRepeats reads the records of which receipts are: the events' keys are
// not in the receipts.
func (in *Ingest) sightRepeats(ctx context.Context, p *part) error {
	if len(p.receipts) == 0 {
		return nil
	}
	var of []event.Position
	keys := map[event.Position]event.Hash{}
	for _, r := range p.receipts {
		if _, ok := keys[r.Of]; !ok {
			keys[r.Of] = event.Hash{}
			of = append(of, r.Of)
		}
	}
	err := in.Ledger.Get(ctx, of, func(at event.Position, r *event.Record) error {
		if r.Table == "" {
			identify.Record(r)
		}
		if r.Table != "" {
			keys[at] = normal.Key(r)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what was repeated: %w", err)
	}
	for _, r := range p.receipts {
		if k := keys[r.Of]; k != (event.Hash{}) { // not erased
			p.sightKey(&event.Record{Table: r.Table, Tenant: r.Tenant, Source: r.Source, Time: r.Time, Seen: r.Seen}, k, r.at)
		}
	}
	return nil
}
