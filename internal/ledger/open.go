package ledger

import (
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/disk"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// open is a segment that takes items.
type open struct {
	head       segment.Head
	data, side disk.File
	size       int64 // of the data file
	sideSize   int64
	sealed     bool // scan only: the footer is whole

	items, records int
	first, last    event.Position
	raw            int64
	chain          segment.Hash
	lastLeaf       segment.Hash
	tree           segment.Tree
	blocks         []segment.BlockMark
	counts         map[countKey]*segment.Count
	from, to       time.Time
	watermarks     map[string]time.Time

	committed int // items that a published checkpoint commits to
}

type countKey struct {
	table, source string
	hour          int64
}

func newOpen(h segment.Head) *open {
	return &open{head: h, chain: segment.ChainStart(h.Stream, h.Sequence, h.Previous),
		counts: map[countKey]*segment.Count{}, watermarks: map[string]time.Time{}}
}

func (o *open) close() error {
	var errs []error
	for _, f := range []disk.File{o.data, o.side} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// cutBack brings both files to what is known to be good.
func (o *open) cutBack() error {
	return errors.Join(o.data.Truncate(o.size), o.side.Truncate(o.sideSize), o.data.Sync(), o.side.Sync())
}

// addBlock takes up a block read from the file.
func (o *open) addBlock(b segment.Block, side []byte) error {
	d, err := segment.ParseData(b.Payload)
	if err != nil {
		return err
	}
	if d.Index != o.items || d.First <= o.last {
		return fmt.Errorf("block of position %d is out of place: %w", d.First, segment.ErrDamaged)
	}
	lo, hi := d.Index*segment.SideSize, (d.Index+d.Items)*segment.SideSize
	if hi > len(side) {
		return fmt.Errorf("side file ends before the item at position %d: %w", d.First, segment.ErrDamaged)
	}
	side = side[lo:hi:hi]
	chain := o.chain
	for i := range d.Items {
		chain = segment.ChainNext(chain, segment.Leaf(side, i))
	}
	if chain != d.Chain {
		return fmt.Errorf("block of position %d does not continue the chain: %w", d.First, segment.ErrDamaged)
	}
	var items []segment.Item
	if err := d.Decode(side, func(it segment.Item) error { items = append(items, it); return nil }); err != nil {
		return err
	}
	o.take(items, d, side, b.Size)
	return nil
}

// take counts a block that is in the file.
func (o *open) take(items []segment.Item, d segment.Data, side []byte, size int64) {
	if o.items == 0 {
		o.first = d.First
	}
	o.items += d.Items
	o.last, o.chain = d.Last, d.Chain
	o.size += size
	o.sideSize += int64(len(side))
	o.blocks = append(o.blocks, segment.BlockMark{Items: d.Items, First: d.First, Last: d.Last, Chain: d.Chain})
	for i := range items {
		o.lastLeaf = segment.Leaf(side, i)
		o.tree.Add(o.lastLeaf)
		o.count(&items[i])
	}
}

func (o *open) count(it *segment.Item) {
	at := func(table, source string, hour int64) *segment.Count {
		k := countKey{table, source, hour}
		c := o.counts[k]
		if c == nil {
			c = &segment.Count{Table: table, Source: source, Hour: hour}
			o.counts[k] = c
		}
		return c
	}
	switch it.Kind {
	case segment.KindRecord:
		r := it.Record
		o.records++
		o.raw += int64(len(r.Raw))
		c := at(r.Table, r.Source, hourOf(r.Time))
		c.Records++
		if late(r.Source, r.Time, r.Seen) {
			c.Late++
		}
		if o.records == 1 || r.Time.Before(o.from) { // the zero time is a time that records state
			o.from = r.Time
		}
		if o.records == 1 || r.Time.After(o.to) {
			o.to = r.Time
		}
		if at, ok := o.watermarks[r.Source]; !ok || r.Time.After(at) {
			o.watermarks[r.Source] = r.Time
		}
	case segment.KindReceipts:
		for _, r := range it.Receipts {
			at(r.Table, r.Source, hourOf(r.Time)).Repeats += int64(r.Count)
		}
	case segment.KindNote:
		o.raw += int64(len(it.Note.Text))
	}
}

// LateAfter is how long after an event its record counts as late.
const LateAfter = time.Hour

// late reports whether a record came late on its path. A file says nothing
// about delivery.
func late(source string, at, seen time.Time) bool {
	return !imported(source) && seen.Sub(at) > LateAfter
}

func imported(source string) bool { return event.Imported(source) }

func hourOf(t time.Time) int64 {
	s := t.Unix()
	h := s / 3600
	if s%3600 < 0 {
		h--
	}
	return h
}

// footer sums the segment up.
func (o *open) footer(sealed time.Time) segment.Footer {
	f := segment.Footer{Head: o.head, Sealed: sealed, Root: o.tree.Root(), Items: o.items, Records: o.records, First: o.first, Last: o.last,
		Raw: o.raw, Watermarks: o.watermarks, Blocks: o.blocks, Counts: o.sortedCounts()}
	if o.records > 0 {
		f.From, f.To = &o.from, &o.to
	}
	return f
}

func (o *open) sortedCounts() []segment.Count {
	out := make([]segment.Count, 0, len(o.counts))
	for _, c := range o.counts {
		out = append(out, *c)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		if a.Table != b.Table {
			return a.Table < b.Table
		}
		if a.Source != b.Source {
			return a.Source < b.Source
		}
		return a.Hour < b.Hour
	})
	return out
}

// due reports whether the segment is to be sealed.
func (o *open) due(opt *Options) bool {
	age := opt.Now().Sub(o.head.Opened)
	switch {
	case o.items == 0:
		return false
	case o.raw >= opt.SegmentBytes || age >= 24*time.Hour:
		return true
	}
	return age >= opt.SegmentAge && o.raw >= opt.SmallBytes
}
