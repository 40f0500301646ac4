package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/wholelog/wholelog/internal/enrich"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/normal"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

const (
	batchRecords = 16384
	batchBytes   = 96 << 20
)

// ErrInUse says that another process has the data folder.
var ErrInUse = errors.New("data folder is in use by another wholelog process")

// Counts say what became of records. Read = Accepted + Versions + Duplicates +
// Unparsed.
type Counts struct {
	Read       int64            `json:"read"`
	Accepted   int64            `json:"accepted"`
	Versions   int64            `json:"versions"`
	Duplicates int64            `json:"duplicates"`
	Unparsed   int64            `json:"unparsed"`
	Bytes      int64            `json:"bytes"`
	Tables     map[string]int64 `json:"tables"` // rows added, by table
}

// Ingest is an open data folder.
type Ingest struct {
	Ledger *ledger.Ledger
	Store  *duck.Store
	Counts Counts

	lock  *os.File
	batch []event.Record
	bytes int
}

// Open opens a data folder, making it if it does not exist, takes its lock and
// brings the store up to the ledger.
func Open(ctx context.Context, dir string) (*Ingest, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s; stop it or name another folder", ErrInUse, dir), lock.Close())
	}
	in := &Ingest{lock: lock, Counts: Counts{Tables: map[string]int64{}}}
	if in.Ledger, err = ledger.Open(ctx, ledger.Options{Dir: filepath.Join(dir, "ledger")}); err == nil {
		if in.Store, err = duck.Open(ctx, filepath.Join(dir, "store"), duck.Options{}); err == nil {
			err = in.catchUp(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(err, in.Close(context.WithoutCancel(ctx)))
	}
	in.Counts = Counts{Tables: map[string]int64{}} // what was caught up is not news
	return in, nil
}

// Close closes the folder. Records that were added and not flushed are gone;
// they were never acknowledged.
func (in *Ingest) Close(ctx context.Context) error {
	var errs []error
	if in.Store != nil {
		errs = append(errs, in.Store.Close(ctx))
	}
	if in.Ledger != nil {
		errs = append(errs, in.Ledger.Close())
	}
	return errors.Join(append(errs, in.lock.Close())...)
}

// Add takes an identified record. Its bytes are kept until the next Flush.
func (in *Ingest) Add(ctx context.Context, rec event.Record) error {
	in.batch = append(in.batch, rec)
	in.bytes += len(rec.Raw)
	if len(in.batch) < batchRecords && in.bytes < batchBytes {
		return nil
	}
	return in.Flush(ctx)
}

// Flush makes what was added durable and queryable.
func (in *Ingest) Flush(ctx context.Context) error {
	if len(in.batch) == 0 {
		return nil
	}
	known, err := in.Store.Known(ctx, probes(in.batch))
	if err != nil {
		return err
	}
	seen := make(map[event.Hash]bool, len(in.batch))
	fresh := in.batch[:0:0]
	var duplicates int64
	for i, rec := range in.batch {
		if known[i].Content || seen[rec.Content] {
			duplicates++
			continue
		}
		seen[rec.Content] = true
		fresh = append(fresh, rec)
	}
	if len(fresh) > 0 {
		first, err := in.Ledger.Append(ctx, fresh)
		if err != nil {
			return err
		}
		if err := in.apply(ctx, fresh, first, false); err != nil {
			return fmt.Errorf("the records are safe in the ledger; the store follows at the next start: %w", err)
		}
	}
	in.Counts.Read += int64(len(in.batch))
	in.Counts.Duplicates += duplicates
	in.Counts.Bytes += int64(in.bytes)
	in.batch, in.bytes = nil, 0
	return nil
}

func probes(records []event.Record) []duck.Probe {
	out := make([]duck.Probe, len(records))
	for i := range records {
		r := &records[i]
		out[i] = duck.Probe{Table: schema.Lookup(r.Table), Key: normal.Key(r), Content: r.Content,
			Time: schema.TicksOf(r.Time), AnyMonth: r.TimeOf == event.TimeEnvelope || r.TimeOf == event.TimeSeen}
	}
	return out
}

// catchUp applies what the ledger has and the store has not.
func (in *Ingest) catchUp(ctx context.Context) error {
	after := in.Store.Applied()
	if after > in.Ledger.Last() {
		return fmt.Errorf("store is at record %d, but the ledger ends at %d: the ledger was cut or exchanged; restore it, or run `wholelog rebuild` to make the store follow it", after, in.Ledger.Last())
	}
	var batch []event.Record
	first, size := after+1, 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := in.apply(ctx, batch, first, true)
		first += event.Position(len(batch))
		batch, size = nil, 0
		return err
	}
	err := in.Ledger.Read(ctx, after, func(_ event.Position, r *event.Record) error {
		batch = append(batch, *r)
		if size += len(r.Raw); len(batch) < batchRecords && size < batchBytes {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("bring the store up to the ledger: %w", err)
	}
	return nil
}

// apply writes records at consecutive positions of the ledger to the store.
func (in *Ingest) apply(ctx context.Context, records []event.Record, first event.Position, replay bool) error {
	for i := range records { // what an older version could not read
		if records[i].Table == "" && replay {
			identify.Record(&records[i])
		}
	}
	rows, err := normalize(ctx, records, first)
	if err != nil {
		return err
	}
	known, err := in.Store.Known(ctx, probes(records))
	if err != nil {
		return err
	}
	b := duck.Batch{Last: first + event.Position(len(records)) - 1}
	type group struct {
		rows    []*schema.Row
		earlier []event.Position
	}
	groups := make(map[event.Hash]*group, len(records))
	var order []*group
	for i, row := range rows {
		pos := first + event.Position(i)
		if row == nil {
			b.Unparsed = append(b.Unparsed, duck.Unparsed{Position: pos, Content: records[i].Content, Source: records[i].Source, Problem: records[i].Problem})
			in.Counts.Unparsed++
			continue
		}
		g := groups[row.Key]
		if g == nil {
			g = &group{}
			for _, p := range known[i].Versions {
				if p < first {
					g.earlier = append(g.earlier, p)
				}
			}
			groups[row.Key] = g
			order = append(order, g)
			if len(g.earlier) == 0 {
				in.Counts.Accepted++
				in.Counts.Tables[row.Table.Name]++
			} else {
				in.Counts.Versions++
			}
		} else {
			in.Counts.Versions++
		}
		g.rows = append(g.rows, row)
	}
	if err := in.earlier(ctx, func(need func(event.Position, func(*schema.Row))) {
		for _, g := range order {
			for _, p := range g.earlier {
				need(p, func(r *schema.Row) { g.rows = append(g.rows, r) })
			}
		}
	}); err != nil {
		return err
	}
	for _, g := range order {
		c := duck.Change{Row: normal.Merge(g.rows), Replace: len(g.earlier) > 0}
		if len(g.rows) > 1 {
			for _, r := range g.rows {
				c.Versions = append(c.Versions, duck.Version{Position: r.Position, Content: r.Content})
			}
			// The row is as new as its newest version: a file that is past an
			// older version still takes it.
			merged := *c.Row
			for _, r := range g.rows {
				merged.Position = max(merged.Position, r.Position)
			}
			c.Row = &merged
		}
		b.Changes = append(b.Changes, c)
	}
	return in.Store.Apply(ctx, b)
}

// earlier reads versions that the ledger already held and makes their rows.
func (in *Ingest) earlier(ctx context.Context, list func(need func(event.Position, func(*schema.Row)))) error {
	want := map[event.Position]func(*schema.Row){}
	low := ^event.Position(0)
	list(func(p event.Position, give func(*schema.Row)) {
		want[p] = give
		low = min(low, p)
	})
	if len(want) == 0 {
		return nil
	}
	found := errors.New("all found")
	err := in.Ledger.Read(ctx, low-1, func(p event.Position, r *event.Record) error {
		give := want[p]
		if give == nil {
			return nil
		}
		if r.Table == "" {
			identify.Record(r)
		}
		row, err := normal.Row(r, p)
		if err != nil {
			return err
		}
		enrich.Row(row)
		give(row)
		if delete(want, p); len(want) == 0 {
			return found
		}
		return nil
	})
	if err != nil && !errors.Is(err, found) {
		return fmt.Errorf("read earlier versions: %w", err)
	}
	return nil
}

// normalize makes rows on all cores; nil for a record without a table.
func normalize(ctx context.Context, records []event.Record, first event.Position) ([]*schema.Row, error) {
	rows := make([]*schema.Row, len(records))
	var g errgroup.Group
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		g.Go(func() error {
			for i := w; i < len(records); i += n {
				if records[i].Table == "" {
					continue
				}
				row, err := normal.Row(&records[i], first+event.Position(i))
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

// Rebuild makes the store of a data folder again from its ledger.
func Rebuild(ctx context.Context, dir string) error {
	lock, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("%w: %s", ErrInUse, dir), lock.Close())
	}
	err = os.RemoveAll(filepath.Join(dir, "store"))
	if err = errors.Join(err, lock.Close()); err != nil {
		return fmt.Errorf("remove the old store: %w", err)
	}
	in, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	return in.Close(ctx)
}
