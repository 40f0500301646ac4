package ledger

import (
	"bufio"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// extent is a segment as it stood when a reader began.
type extent struct {
	path        string
	size        int64 // of the part to read; 0: up to the footer
	first, last event.Position
}

// open opens the segment's file, which may have been sealed meanwhile.
func (e *extent) open() (*os.File, error) {
	f, err := os.Open(e.path)
	if errors.Is(err, os.ErrNotExist) {
		f, err = os.Open(strings.TrimSuffix(e.path, filepath.Ext(e.path)) + extSealed)
	}
	return f, err
}

// extents lists, for every stream, the segments with items after a position.
func (l *Ledger) extents(after event.Position) (out [][]extent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sorted() {
		var list []extent
		for _, seg := range s.sealed {
			if seg.footer.Last > after && !seg.expired {
				list = append(list, extent{seg.path, 0, seg.footer.First, seg.footer.Last})
			}
		}
		if o := s.open; o != nil && o.items > 0 && o.last > after {
			list = append(list, extent{s.path(o.head.Sequence, extOpen), o.size, o.first, o.last})
		}
		if list != nil {
			out = append(out, list)
		}
	}
	return out
}

// Read calls fn for every record after a position, in the order of positions
// over all streams. Erased and expired records are left out.
func (l *Ledger) Read(ctx context.Context, after event.Position, fn func(event.Position, *event.Record) error) error {
	return l.Items(ctx, after, func(it *segment.Item) error {
		if it.Kind != segment.KindRecord {
			return nil
		}
		return fn(it.Position, it.Record)
	})
}

// Items is Read for items of every kind; of an erased one only the position is
// left.
func (l *Ledger) Items(ctx context.Context, after event.Position, fn func(*segment.Item) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var h cursors
	for _, list := range l.extents(after) {
		c := &cursor{blocks: make(chan []segment.Item, 1)}
		go c.run(ctx, list, after)
		if ok, err := c.next(); err != nil {
			return err
		} else if ok {
			h = append(h, c)
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		c := h[0]
		if err := fn(&c.items[0]); err != nil {
			return err
		}
		ok, err := c.next()
		if err != nil {
			return err
		}
		if ok {
			heap.Fix(&h, 0)
		} else {
			heap.Pop(&h)
		}
	}
	return ctx.Err()
}

// cursor reads one stream, a block ahead.
type cursor struct {
	blocks chan []segment.Item
	items  []segment.Item // what is left of the block; the first is current
	err    error          // set before blocks is closed
}

// next moves on; false at the end.
func (c *cursor) next() (bool, error) {
	if len(c.items) > 1 {
		c.items = c.items[1:]
		return true, nil
	}
	var ok bool
	if c.items, ok = <-c.blocks; !ok {
		return false, c.err
	}
	return true, nil
}

func (c *cursor) run(ctx context.Context, list []extent, after event.Position) {
	defer close(c.blocks)
	for i := range list {
		err := readBlocks(&list[i], func(first, last event.Position) bool { return last > after }, func(d *segment.Data) error {
			var items []segment.Item
			err := d.Decode(nil, func(it segment.Item) error {
				if it.Position > after {
					items = append(items, it)
				}
				return nil
			})
			if err != nil {
				return err
			}
			select {
			case c.blocks <- items:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err != nil {
			c.err = fmt.Errorf("segment %s: %w", filepath.Base(list[i].path), err)
			return
		}
	}
}

// readBlocks calls fn for the data blocks of a segment that want asks for.
func readBlocks(e *extent, want func(first, last event.Position) bool, fn func(*segment.Data) error) error {
	f, err := e.open()
	if err != nil {
		return err
	}
	defer f.Close()
	for off := int64(0); e.size == 0 || off < e.size; {
		typ, end, err := segment.SkipBlock(f, off)
		if err != nil {
			return err
		}
		if typ == segment.TypeFooter {
			return nil
		}
		if typ == segment.TypeData {
			first, last, err := segment.PeekData(f, off)
			if err != nil {
				return err
			}
			if want(first, last) {
				b, err := segment.ReadBlock(bufio.NewReaderSize(io.NewSectionReader(f, off, end-off), 1<<16))
				if err != nil {
					return err
				}
				d, err := segment.ParseData(b.Payload)
				if err != nil {
					return err
				}
				if err := fn(&d); err != nil {
					return err
				}
			}
		}
		off = end
	}
	return nil
}

// Get calls fn for the records at the given positions that the ledger still
// has, in no order. It reads only the blocks that hold them.
func (l *Ledger) Get(ctx context.Context, positions []event.Position, fn func(event.Position, *event.Record) error) error {
	want := make(map[event.Position]bool, len(positions))
	low := ^event.Position(0)
	for _, p := range positions {
		want[p] = true
		low = min(low, p)
	}
	asked := func(first, last event.Position) bool {
		if uint64(last-first) < uint64(len(want)) {
			for p := first; p <= last; p++ {
				if want[p] {
					return true
				}
			}
			return false
		}
		for p := range want {
			if p >= first && p <= last {
				return true
			}
		}
		return false
	}
	for _, list := range l.extents(low - 1) {
		for i := range list {
			if !asked(list[i].first, list[i].last) {
				continue
			}
			err := readBlocks(&list[i], asked, func(d *segment.Data) error {
				return errors.Join(ctx.Err(), d.Decode(nil, func(it segment.Item) error {
					if it.Kind == segment.KindRecord && want[it.Position] {
						return fn(it.Position, it.Record)
					}
					return nil
				}))
			})
			if err != nil {
				return fmt.Errorf("segment %s: %w", filepath.Base(list[i].path), err)
			}
		}
	}
	return nil
}

// cursors is a heap by current position.
type cursors []*cursor

func (h cursors) Len() int           { return len(h) }
func (h cursors) Less(i, j int) bool { return h[i].items[0].Position < h[j].items[0].Position }
func (h cursors) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *cursors) Push(x any)        { *h = append(*h, x.(*cursor)) }
func (h *cursors) Pop() any {
	old := *h
	c := old[len(old)-1]
	*h = old[:len(old)-1]
	return c
}
