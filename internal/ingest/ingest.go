package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/wholelog/wholelog/internal/enrich"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/translog"
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
	// claimed is what the ledger has of claims and the store has not.
	claimed stretch
	// pending tells how the store took the batch before, nil when it is done.
	pending chan outcome
}

// Options configure an Ingest; the zero value is a good default.
type Options struct {
	Key    string            // file of the signing key, see key.Load
	Notice func(text string) // told what a person should know and is no error
	Ledger ledger.Options    // all but Dir, Key and Notice; tests use it
	Store  duck.Options
}

// Open opens a data folder, making it if it does not exist, takes its lock and
// brings the store up to the ledger.
func Open(ctx context.Context, dir string) (*Ingest, error) { return OpenWith(ctx, dir, Options{}) }

// OpenWith is Open with options.
func OpenWith(ctx context.Context, dir string, opt Options) (*Ingest, error) {
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
	opt.Ledger.Dir, opt.Ledger.Key, opt.Ledger.Notice = LedgerDir(dir), opt.Key, opt.Notice
	if in.Ledger, err = ledger.Open(ctx, opt.Ledger); err == nil {
		if err = in.openStore(ctx, dir, opt.Store); err == nil {
			if err = in.stamp(ctx, opt.Notice); err == nil {
				err = in.catchUp(ctx)
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, in.Close(context.WithoutCancel(ctx)))
	}
	in.Counts = Counts{Tables: map[string]int64{}} // what was caught up is not news
	return in, nil
}

// openStore opens the store, without the one that an erasure or a rebuild had
// done with when a crash came.
func (in *Ingest) openStore(ctx context.Context, dir string, opt duck.Options) (err error) {
	if err := os.RemoveAll(filepath.Join(dir, oldStore)); err != nil {
		return fmt.Errorf("remove an old store: %w", err)
	}
	open := func() error {
		in.Store, err = duck.Open(ctx, filepath.Join(dir, "store"), opt)
		return err
	}
	if err := open(); err != nil {
		return err
	}
	_, marked, err := in.Store.Meta(ctx, erasing)
	if err != nil || !marked {
		return err
	}
	if err := in.Store.Close(ctx); err != nil {
		return err
	}
	in.Store = nil
	if err := dropStore(dir); err != nil {
		return fmt.Errorf("remove the store from before an erasure: %w", err)
	}
	return open()
}

// versions are those of the code that makes rows.
var versions = map[string]int64{"identify": identify.Version, "normal": normal.Version, "enrich": enrich.Version, layout: schema.Layout()}

// layout names the version that decides which columns a store's tables have.
const layout = "layout"

// stamp writes into a new store which code makes its rows, and compares with
// that of an older one: rows of other columns cannot go into it.
func (in *Ingest) stamp(ctx context.Context, say func(string)) error {
	if in.Store.Applied() > 0 {
		err := in.SameVersions(ctx)
		if !errors.Is(err, ErrOtherVersion) {
			return err
		}
		if got, _, merr := in.Store.Meta(ctx, layout); merr != nil || got != versions[layout] {
			return errors.Join(err, merr)
		}
		if say != nil {
			say("the store was begun by another version of wholelog; rows of now may differ from those of then until `wholelog rebuild`")
		}
		return nil
	}
	for name, v := range versions {
		if err := in.Store.SetMeta(ctx, name, v); err != nil {
			return fmt.Errorf("new store: %w", err)
		}
	}
	return nil
}

// ErrOtherVersion says that another version of wholelog began the store, so
// that rows made now may differ from it without anything being wrong, or do
// not fit into its tables at all.
var ErrOtherVersion = errors.New("store was begun by another version of wholelog; run `wholelog rebuild` first")

// SameVersions reports ErrOtherVersion where the store was begun by other code.
func (in *Ingest) SameVersions(ctx context.Context) error {
	for name, v := range versions {
		got, ok, err := in.Store.Meta(ctx, name)
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if !ok || got != v {
			return fmt.Errorf("%w (%s: %d there, %d here)", ErrOtherVersion, name, got, v)
		}
	}
	return nil
}

// LedgerDir is the ledger's folder in a data folder.
func LedgerDir(dir string) string { return filepath.Join(dir, "ledger") }

// Close closes the folder. Records that were added and not flushed are gone;
// they were never acknowledged.
func (in *Ingest) Close(ctx context.Context) error {
	errs := []error{in.wait()}
	if in.Store != nil && errs[0] == nil {
		errs[0] = in.Settle(ctx)
	}
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
	return in.flush(ctx)
}

// Flush makes what was added durable and queryable.
func (in *Ingest) Flush(ctx context.Context) error {
	return errors.Join(in.flush(ctx), in.wait())
}

// wait returns when the store has what the ledger got.
func (in *Ingest) wait() error {
	if in.pending == nil {
		return nil
	}
	o := <-in.pending
	in.pending = nil
	if o.panicked != nil { // goes on where somebody can see it
		panic(o.panicked)
	}
	return o.err
}

// outcome is how a background apply ended.
type outcome struct {
	err      error
	panicked any
}

// flush makes what was added durable. The store gets it while the next records
// are read; they are looked up only after that.
func (in *Ingest) flush(ctx context.Context) error {
	if err := in.wait(); err != nil || len(in.batch) == 0 {
		return err
	}
	known, err := in.look(ctx, in.batch)
	if err != nil {
		return err
	}
	seen := make(map[event.Hash]int, len(in.batch)) // index in fresh
	fresh, knownFresh := in.batch[:0:0], known[:0:0]
	var repeats []repeat
	for i := range in.batch {
		rec := &in.batch[i]
		if known[i].Content {
			repeats = append(repeats, repeat{rec, known[i].Of, -1})
		} else if j, ok := seen[rec.Content]; ok {
			repeats = append(repeats, repeat{rec, 0, j})
		} else {
			seen[rec.Content] = len(fresh)
			fresh, knownFresh = append(fresh, *rec), append(knownFresh, known[i])
		}
	}
	s := stretch{records: fresh, spans: in.claimed.spans}
	err = in.append(ctx, &s, repeats)
	for i := range s.records {
		s.sight(&s.records[i], s.positions[i])
	}
	if len(s.records) > 0 || err == nil {
		// What the ledger has the store gets, also when not all came to be.
		in.claimed = stretch{}
		done := make(chan outcome, 1)
		in.pending = done
		go func() {
			var o outcome
			defer func() {
				o.panicked = recover()
				done <- o
			}()
			if o.err = in.apply(ctx, s, knownFresh); o.err != nil {
				o.err = fmt.Errorf("the records are safe in the ledger; the store follows at the next start: %w", o.err)
			}
		}()
	}
	if err != nil {
		return errors.Join(err, in.wait())
	}
	in.Counts.Read += int64(len(in.batch))
	in.Counts.Duplicates += int64(len(repeats))
	in.Counts.Bytes += int64(in.bytes)
	in.batch, in.bytes = nil, 0
	return nil
}

// repeat is a record that the ledger has: at a position, or in this batch.
type repeat struct {
	rec   *event.Record
	of    event.Position
	fresh int
}

// appendBytes bounds what one append to the ledger holds, so that a segment
// is hardly larger than it should be.
const appendBytes = 16 << 20

// append gives a stretch its positions in the ledger, and the ledger a receipt
// for every repeat. After an error s is what the ledger has.
func (in *Ingest) append(ctx context.Context, s *stretch, repeats []repeat) error {
	for from := 0; from < len(s.records); {
		to, size := from, 0
		for to < len(s.records) && (to == from || size+len(s.records[to].Raw) <= appendBytes) {
			size += len(s.records[to].Raw)
			to++
		}
		first, err := in.Ledger.Append(ctx, ledger.Batch{Records: s.records[from:to]})
		if err != nil {
			s.records = s.records[:from]
			return err
		}
		for i := range to - from {
			s.positions = append(s.positions, first+event.Position(i))
		}
		from, s.last = to, first+event.Position(to-from)-1
	}
	type key struct {
		of     event.Position
		source string
	}
	byKey := make(map[key]int, len(repeats))
	var list []event.Receipt
	for _, r := range repeats {
		if r.fresh >= 0 {
			r.of = s.positions[r.fresh]
		}
		k := key{r.of, r.rec.Source}
		if i, ok := byKey[k]; ok {
			list[i].Count++
			continue
		}
		byKey[k] = len(list)
		list = append(list, event.Receipt{Table: r.rec.Table, Tenant: r.rec.Tenant, Of: r.of, Time: r.rec.Time, Seen: r.rec.Seen, Source: r.rec.Source, Count: 1})
	}
	if len(list) > 0 {
		if _, err := in.Ledger.Append(ctx, ledger.Batch{Receipts: list}); err != nil {
			return fmt.Errorf("receipts: %w", err)
		}
		s.last = in.Ledger.Last()
		for _, r := range repeats {
			s.sight(r.rec, s.last)
		}
	}
	return nil
}

// Commit makes what was added durable, notes in the ledger what came of it and
// returns when a signed checkpoint commits to all of it.
func (in *Ingest) Commit(ctx context.Context, note any) (translog.Checkpoint, error) {
	var none translog.Checkpoint
	if err := in.Flush(ctx); err != nil {
		return none, err
	}
	text, err := json.Marshal(note)
	if err != nil {
		return none, fmt.Errorf("note of the import: %w", err)
	}
	if err := in.Ledger.Note(ctx, entry.Import, text); err != nil {
		return none, fmt.Errorf("note of the import: %w", err)
	}
	return in.Ledger.Commit(ctx)
}
