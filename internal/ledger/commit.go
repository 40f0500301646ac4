package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/key"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/translog"
)

// logFolder holds the log, below the ledger's folder.
const logFolder = "log"

// Ready opens the log for writing, so that a missing key is found before the
// work and not after it.
func (l *Ledger) Ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.openLog()
}

// Healthy reports what keeps the ledger from taking records until it is opened
// again.
func (l *Ledger) Healthy() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sick
}

// Rest ends the log's work in the background, which looks for entries many
// times a second, until it is needed again. What was added is published first.
func (l *Ledger) Rest(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.log == nil {
		return nil
	}
	err := l.log.Close(ctx)
	l.log = nil
	return err
}

func (l *Ledger) openLog() error {
	if l.log != nil {
		return nil
	}
	if l.key == nil {
		k, err := key.Load(l.opt.FS, l.opt.Dir, l.opt.Key)
		if err != nil {
			return err
		}
		if k.New {
			l.opt.Notice(fmt.Sprintf("made the key that signs this ledger's checkpoints: %s\nkeep it out of reach of whoever can change the data folder\nverifier key, for `wholelog verify --vkey` and for your auditor: %s", k.Path, k.Public))
		}
		l.key = k
	}
	log, err := translog.Open(filepath.Join(l.opt.Dir, logFolder), l.key.Signer)
	if err != nil {
		return err
	}
	l.log = log
	return nil
}

// add gives an entry to the log; publish waits for it.
func (l *Ledger) add(ctx context.Context, e *entry.Entry) error {
	if err := l.fail("log.add"); err != nil {
		return err
	}
	l.log.Add(ctx, e.Marshal())
	return l.fail("log.added")
}

// Commit seals what is due, gives everything that is not there yet to the log
// and returns when a signed checkpoint on disk commits to every item.
func (l *Ledger) Commit(ctx context.Context) (translog.Checkpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.commit(ctx)
}

func (l *Ledger) commit(ctx context.Context) (c translog.Checkpoint, err error) {
	if l.sick != nil {
		return c, fmt.Errorf("ledger must be opened again: %w", l.sick)
	}
	if err := l.openLog(); err != nil {
		return c, err
	}
	for _, s := range l.sorted() {
		if s.open != nil && s.open.due(&l.opt) {
			if err := l.seal(ctx, s); err != nil {
				return c, fmt.Errorf("seal: %w", err)
			}
		}
	}
	if err := l.publish(ctx, true); err != nil {
		return c, err
	}
	return translog.ReadCheckpoint(filepath.Join(l.opt.Dir, logFolder))
}

// publish waits until a checkpoint commits to every sealed segment, and with
// tails to every item.
func (l *Ledger) publish(ctx context.Context, tails bool) error {
	tail := map[*open]int{}
	for _, s := range l.sorted() {
		for _, seg := range s.sealed {
			if !seg.logged && !seg.added {
				if err := l.addSegment(ctx, seg); err != nil {
					return err
				}
			}
		}
		if o := s.open; tails && o != nil && o.items > o.committed {
			e := entry.Entry{Kind: entry.Tail, Stream: s.id, Sequence: o.head.Sequence, Previous: o.head.Previous.String(),
				Items: uint64(o.items), Chain: o.chain.String(), First: uint64(o.first), Last: uint64(o.last)}
			if err := l.add(ctx, &e); err != nil {
				return err
			}
			tail[o] = o.items
		}
	}
	err := l.log.Wait(ctx)
	for _, s := range l.sorted() {
		for _, seg := range s.sealed {
			seg.logged = seg.logged || seg.added && err == nil
			seg.added = false
		}
	}
	if err != nil {
		return l.relog(err)
	}
	for o, items := range tail {
		o.committed = items
	}
	return l.fail("log.published")
}

// relog drops a log that failed: the next use opens it afresh.
func (l *Ledger) relog(err error) error {
	l.log.Abandon()
	l.log = nil
	return fmt.Errorf("%w; the records are safe in the ledger and the next run publishes them", err)
}

// Note keeps something about the ledger itself and gives it to the log; Commit
// publishes it. The text may hold personal data, the log shows its leaf only.
func (l *Ledger) Note(ctx context.Context, kind entry.Kind, text []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.note(ctx, kind, text)
}

func (l *Ledger) note(ctx context.Context, kind entry.Kind, text []byte) error {
	if err := l.openLog(); err != nil {
		return err
	}
	n := segment.Note{Kind: string(kind), Time: l.opt.Now().UTC(), Text: text}
	pos, err := l.append(ctx, Batch{Note: &n})
	if err != nil {
		return err
	}
	o := l.streams[segment.StreamID("", OwnClass)].open
	e := entry.Entry{Kind: kind, Stream: o.head.Stream, Position: uint64(pos), Leaf: o.lastLeaf.String(), Time: n.Time}
	return l.add(ctx, &e)
}

// Checkpoint is the newest published checkpoint; the zero value before the
// first.
func (l *Ledger) Checkpoint() (translog.Checkpoint, error) {
	return translog.ReadCheckpoint(filepath.Join(l.opt.Dir, logFolder))
}

// VerifierKey is the public key that checks the checkpoints, "" before the
// first.
func (l *Ledger) VerifierKey() string {
	k, err := key.Public(l.opt.Dir)
	if err != nil {
		return ""
	}
	return k
}

// compareLog reads the log's entries and marks what it has. The ledger must
// have everything that the log commits to.
func (l *Ledger) compareLog() error {
	err := translog.Entries(filepath.Join(l.opt.Dir, logFolder), func(_ uint64, b []byte) error {
		e, err := entry.Parse(b)
		if err != nil {
			return err
		}
		if e.Kind != entry.Segment && e.Kind != entry.Tail && e.Kind != entry.Deletion {
			return nil
		}
		s := l.streams[e.Stream]
		if s == nil {
			return fmt.Errorf("stream %s is missing", e.Stream)
		}
		if n := uint64(len(s.sealed)); e.Sequence <= n {
			seg := s.sealed[e.Sequence-1]
			switch e.Kind {
			case entry.Segment:
				if e.Root != seg.footer.Root.String() || e.Footer != seg.digest.String() {
					return fmt.Errorf("segment %d of stream %s is not the one in the log", e.Sequence, e.Stream)
				}
				seg.logged = true
			case entry.Deletion:
				seg.deletions = append(seg.deletions, e)
			}
			return nil
		}
		o := s.open
		if e.Kind != entry.Tail || o == nil || e.Sequence != o.head.Sequence || e.Items > uint64(o.items) {
			return fmt.Errorf("records up to position %d of stream %s are missing", event.Position(e.Last), e.Stream)
		}
		o.committed = max(o.committed, int(e.Items))
		return nil
	})
	if err != nil {
		return fmt.Errorf("ledger is not what its log commits to (`wholelog verify` names the record): %w", err)
	}
	for _, s := range l.streams {
		for i, seg := range s.sealed {
			if seg.expired && !seg.expiryLogged() {
				return fmt.Errorf("segment %d of stream %s: %w", i+1, s.id, errors.New("its side file is missing"))
			}
		}
	}
	l.tellUnsigned()
	return nil
}

// tellUnsigned says that a run ended before its newest items were signed for.
// The next checkpoint will commit to them, whoever wrote them.
func (l *Ledger) tellUnsigned() {
	items := 0
	for _, s := range l.streams {
		if s.open != nil {
			items += s.open.items - s.open.committed
		}
		for _, seg := range s.sealed {
			if !seg.logged {
				items += seg.footer.Items
			}
		}
	}
	if items > 0 {
		l.opt.Notice(fmt.Sprintf("%d records or notes of the ledger were not signed for when the last run ended: it was killed, or somebody put them there while nothing ran; the next checkpoint commits to them (`wholelog verify` before it tells from which record on)", items))
	}
}
