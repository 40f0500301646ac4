package own

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/source"
)

// Name is the source's name.
const Name = event.OwnPrefix + "journal"

// ErrClosed says that the collector has stopped, so that nothing is kept.
var ErrClosed = errors.New("collection has stopped: nothing more is recorded")

// Journal is the source. It is safe for concurrent use.
type Journal struct {
	now   func() time.Time
	pages chan request
}

type request struct {
	records []event.Record
	done    chan error
}

// New makes a Journal; now nil is the real clock.
func New(now func() time.Time) *Journal {
	if now == nil {
		now = time.Now
	}
	return &Journal{now: now, pages: make(chan request)}
}

// Row is a record to write: a column's value by its name. It must have Type,
// the table's name, and TimeGenerated.
type Row map[string]any

// Name implements source.Source.
func (j *Journal) Name() string { return Name }

// Read implements source.Source: it hands over what is written until ctx ends.
func (j *Journal) Read(ctx context.Context, _ source.Cursor, yield source.Yield) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-j.pages:
			_, err := yield(source.Page{Records: r.records})
			r.done <- err
			if err != nil {
				return err
			}
		}
	}
}

// Write keeps rows, all of one tenant ("" for none). It returns when they are
// durable and queryable, in their order. After an error some of them may be:
// their identities tell.
func (j *Journal) Write(ctx context.Context, tenant string, rows ...Row) error {
	if len(rows) == 0 {
		return nil
	}
	r := request{done: make(chan error, 1)}
	for _, row := range rows {
		raw, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("record of %v: %w", row["Type"], err)
		}
		rec := event.Record{Raw: raw, Source: Name, Tenant: tenant, Seen: j.now().UTC()}
		identify.Record(&rec)
		if rec.Table == "" || rec.Table != row["Type"] || rec.IDKind != event.IDNative {
			return fmt.Errorf("record of %v cannot be told as one (table %q, %s)", row["Type"], rec.Table, rec.Problem)
		}
		r.records = append(r.records, rec)
	}
	select {
	case j.pages <- r:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrClosed, ctx.Err())
	}
	// What was handed over is answered, unless the collector is gone.
	select {
	case err := <-r.done:
		if err != nil {
			return fmt.Errorf("record what happened: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrClosed, ctx.Err())
	}
}

// Time writes a time as the tables have it.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
