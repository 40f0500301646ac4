package ingest

import (
	"context"
	"runtime"
	"sync"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/normal"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// looked is a record's trait and what the store has of its event.
type looked struct {
	duck.Known
	trait identify.Trait
}

// look asks the store about records, in their order.
func (in *Ingest) look(ctx context.Context, records []event.Record) ([]looked, error) {
	probes := make([]duck.Probe, len(records))
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		wg.Go(func() {
			for i := w; i < len(records); i += n {
				r := &records[i]
				probes[i] = duck.Probe{Table: schema.Lookup(r.Table), Key: normal.Key(r), Content: r.Content, Time: schema.TicksOf(r.Time),
					AnyMonth: r.TimeOf == event.TimeEnvelope || r.TimeOf == event.TimeSeen, Trait: identify.TraitOf(r)}
			}
		})
	}
	wg.Wait()
	known, err := in.Store.Known(ctx, probes)
	if err != nil {
		return nil, err
	}
	out := make([]looked, len(records))
	for i := range out {
		out[i] = looked{known[i], probes[i].Trait}
	}
	return out, nil
}
