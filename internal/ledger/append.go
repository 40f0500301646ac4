package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// blockTarget is the raw size after which items go into another block.
const blockTarget = 4 << 20

// Batch is what one Append adds.
type Batch struct {
	Records  []event.Record
	Receipts []event.Receipt // of records that the ledger holds
	Note     *segment.Note
}

// piece is the part of a batch that goes into one stream.
type piece struct {
	tenant, class string
	items         []segment.Item

	stream *stream
	blocks []*segment.Packed
	from   []int // index in items of each block's first
	sizes  []int64
	buf    []byte
	side   []byte
}

// Append makes a batch durable and returns the position of its first record;
// the others follow it. When it returns an error nothing of the batch was
// added. The records are not kept.
func (l *Ledger) Append(ctx context.Context, b Batch) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append(ctx, b)
}

func (l *Ledger) append(ctx context.Context, b Batch) (event.Position, error) {
	if l.sick != nil {
		return 0, fmt.Errorf("ledger takes no more records until it is opened again: %w", l.sick)
	}
	if err := errors.Join(ctx.Err(), l.fail("append.begin")); err != nil {
		return 0, err
	}
	first := l.last + 1
	pieces, next := l.divide(b, first)
	if len(pieces) == 0 {
		return first, nil
	}
	if err := pack(pieces); err != nil {
		return 0, err
	}
	for _, p := range pieces {
		if err := l.ready(ctx, p); err != nil {
			return 0, err
		}
	}
	for i, p := range pieces {
		p.place()
		if err := l.write(p); err != nil {
			return 0, l.rollBack(pieces[:i+1], err)
		}
	}
	for _, p := range pieces {
		for i, packed := range p.blocks {
			p.stream.open.take(p.items[p.from[i]:p.from[i]+packed.Items], packed.Data, packed.Side, p.sizes[i])
		}
	}
	l.last = next - 1
	return first, l.fail("append.synced")
}

// divide gives every item its position and stream.
func (l *Ledger) divide(b Batch, next event.Position) ([]*piece, event.Position) {
	type key struct{ tenant, class string }
	byKey := map[key]*piece{}
	var out []*piece
	at := func(k key) *piece {
		p := byKey[k]
		if p == nil {
			p = &piece{tenant: k.tenant, class: k.class}
			byKey[k] = p
			out = append(out, p)
		}
		return p
	}
	for i := range b.Records {
		r := &b.Records[i]
		p := at(key{r.Tenant, l.opt.Class(r.Table)})
		p.items = append(p.items, segment.Item{Kind: segment.KindRecord, Position: next, Record: r})
		next++
	}
	receipts := map[*piece][]event.Receipt{}
	for _, r := range b.Receipts {
		p := at(key{r.Tenant, l.opt.Class(r.Table)})
		receipts[p] = append(receipts[p], r)
	}
	for _, p := range out {
		if list := receipts[p]; list != nil {
			p.items = append(p.items, segment.Item{Kind: segment.KindReceipts, Position: next, Receipts: list})
			next++
		}
	}
	if b.Note != nil {
		p := at(key{"", OwnClass})
		p.items = append(p.items, segment.Item{Kind: segment.KindNote, Position: next, Note: b.Note})
		next++
	}
	return out, next
}

// pack compresses and hashes on all cores.
func pack(pieces []*piece) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range pieces {
		var ends []int
		size := 0
		for i := range p.items {
			if r := p.items[i].Record; r != nil {
				if size += len(r.Raw); size >= blockTarget && i < len(p.items)-1 {
					ends, size = append(ends, i+1), 0
				}
			}
		}
		ends = append(ends, len(p.items))
		p.blocks, p.from = make([]*segment.Packed, len(ends)), make([]int, len(ends))
		begin := 0
		for i, end := range ends {
			items := p.items[begin:end]
			p.from[i], begin = begin, end
			g.Go(func() (err error) {
				p.blocks[i], err = segment.Pack(items, nil)
				return err
			})
		}
	}
	return g.Wait()
}

// ready gives a piece a stream with an open segment.
func (l *Ledger) ready(ctx context.Context, p *piece) error {
	id := segment.StreamID(p.tenant, p.class)
	s := l.streams[id]
	if s == nil {
		s = &stream{id: id, dir: filepath.Join(l.opt.Dir, id)}
	}
	if s.open != nil && s.open.due(&l.opt) {
		if err := l.seal(ctx, s); err != nil {
			return fmt.Errorf("seal the segment before it (nothing of this batch was kept): %w", err)
		}
	}
	if s.open == nil {
		h := segment.Head{Version: segment.Version, Stream: id, Tenant: p.tenant, Class: p.class, Sequence: uint64(len(s.sealed)) + 1,
			Previous: s.root(), Opened: l.opt.Now().UTC()}
		if err := s.begin(l.opt.FS, h); err != nil {
			return fmt.Errorf("begin a segment (nothing of this batch was kept): %w", err)
		}
	}
	l.streams[id] = s
	p.stream = s
	return l.fail("append.opened")
}

// place gives the blocks their place in the stream's chain and encodes them.
func (p *piece) place() {
	o := p.stream.open
	index, chain := o.items, o.chain
	for _, b := range p.blocks {
		for i := range b.Items {
			chain = segment.ChainNext(chain, segment.Leaf(b.Side, i))
		}
		b.Index, b.Chain = index, chain
		index += b.Items
		before := len(p.buf)
		p.buf = b.Data.Append(p.buf)
		p.sizes = append(p.sizes, int64(len(p.buf)-before))
		p.side = append(p.side, b.Side...)
	}
}

// write appends a piece. The side file goes first: the data file says what is
// there.
func (l *Ledger) write(p *piece) error {
	o := p.stream.open
	if _, err := o.side.Write(p.side); err != nil {
		return err
	}
	if err := o.side.Sync(); err != nil {
		return &syncError{err}
	}
	if err := l.fail("append.side"); err != nil {
		return err
	}
	if _, err := o.data.Write(p.buf); err != nil {
		return err
	}
	if err := l.fail("append.written"); err != nil {
		return err
	}
	if err := o.data.Sync(); err != nil {
		return &syncError{err}
	}
	return nil
}

// syncError is a sync that failed: it may have dropped what it could not
// write, so only a fresh look at the file tells what is there.
type syncError struct{ error }

func (e *syncError) Unwrap() error { return e.error }

// rollBack takes back what was written of a batch, so that a full disk costs
// the batch and not the ledger; where even that fails the ledger takes no more
// until it is opened again.
func (l *Ledger) rollBack(pieces []*piece, err error) error {
	var broken *syncError
	if errors.As(err, &broken) {
		l.sick = err
	}
	for _, p := range pieces {
		if back := p.stream.open.cutBack(); back != nil {
			l.sick = back
			err = errors.Join(err, back)
		}
	}
	return fmt.Errorf("append to ledger (nothing of this batch was kept): %w", err)
}
