package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

const (
	blockHead = 16
	dataHead  = 60
	maxBlock  = 512 << 20
)

// block is one block of a segment file.
type block struct {
	typ     byte
	payload []byte
	sound   bool // its check is right
}

var errCut = errors.New("the file ends within a block")

// nextBlock takes a block off the front of b.
func nextBlock(b []byte) (blk block, rest []byte, err error) {
	if len(b) < blockHead {
		return blk, nil, errCut
	}
	n := binary.BigEndian.Uint32(b[4:])
	if string(b[:3]) != "WLB" || n > maxBlock {
		return blk, nil, errors.New("no block begins here")
	}
	if uint64(len(b)-blockHead) < uint64(n) {
		return blk, nil, errCut
	}
	blk.typ, blk.payload = b[3], b[blockHead:blockHead+int(n)]
	h := sha256.New()
	h.Write(b[:8])
	h.Write(blk.payload)
	blk.sound = bytes.Equal(h.Sum(nil)[:8], b[8:16])
	return blk, b[blockHead+int(n):], nil
}

// unwritten reports whether the end of a file, from a byte at off on, is zeros
// from the beginning of a sector on: given to the file by a power cut.
func unwritten(rest []byte, off int) bool {
	written := off + len(bytes.TrimRight(rest, "\x00"))
	return (written+511)/512*512 < off+len(rest)
}

// data is a data block, and what checking its items gave.
type data struct {
	unpacked, items, index int
	first, last            uint64 // positions
	chain                  digest
	packed                 []byte
	sound                  bool

	positions []uint64
	leaves    []digest // computed; of an erased item what the side file says
	erased    []bool
	records   int
	raw       int64
	tally     *tally // what the footer should say; nil: nobody asks
	bad       bool   // something in the block is wrong
	badRecord uint64 // the first position of which that is so
	badKind   Kind
	badWhat   string
}

func parseData(b block) (*data, error) {
	p := b.payload
	if len(p) < dataHead {
		return nil, errors.New("a data block without a head")
	}
	d := &data{unpacked: int(binary.BigEndian.Uint32(p)), items: int(binary.BigEndian.Uint32(p[4:])), index: int(binary.BigEndian.Uint32(p[8:])),
		first: binary.BigEndian.Uint64(p[12:]), last: binary.BigEndian.Uint64(p[20:]), packed: p[dataHead:], sound: b.sound}
	copy(d.chain[:], p[28:])
	if d.unpacked > maxBlock || d.items < 1 || d.items > d.unpacked {
		return nil, errors.New("a data block with an impossible head")
	}
	return d, nil
}

var decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxBlock))

// unpack gives the items' bytes. What a decoder makes of a damaged block
// before it notices differs between decoders, so such a block has none.
func (d *data) unpack() (b []byte, whole bool) {
	out, err := decoder.DecodeAll(d.packed, make([]byte, 0, d.unpacked))
	return out, err == nil && len(out) == d.unpacked
}

// item is an item as the block holds it.
type item struct {
	erased            bool
	pos               uint64
	kind              byte
	header, raw, rest []byte

	at, seen      time.Time // of a record
	table, source []byte
}

func nextItem(b []byte) (it item, err error) {
	r := fields{b: b}
	switch r.take(1)[0] {
	case 1:
		it.erased, it.pos = true, r.uvarint()
	case 0:
		it.header, it.raw = r.take(r.uvarint()), r.take(r.uvarint())
		context := r.take(r.uvarint())
		if r.err == nil {
			err = it.readHeader(context)
		}
	default:
		err = errors.New("an item in an unknown state")
	}
	if r.err != nil {
		err = r.err
	}
	it.rest = r.b
	return it, err
}

// readHeader reads what an item says of itself, and checks that the context
// beside a record is the one that its header names.
func (it *item) readHeader(context []byte) error {
	r := fields{b: it.header}
	it.kind = r.take(1)[0]
	switch it.kind {
	case 1:
		r.take(3)
		it.pos = r.uvarint()
		it.at, it.seen = r.time(), r.time()
		r.take(16)
		r.uvarint()
		r.take(r.uvarint()) // tenant
		it.table = r.take(r.uvarint())
		r.take(r.uvarint()) // id
		it.source = r.take(r.uvarint())
		r.take(r.uvarint()) // problem
		if sum := sha256.Sum256(context); len(context) > 0 && !bytes.Equal(r.b, sum[:]) || len(context) == 0 && len(r.b) > 0 {
			return errors.New("its context is not the one that its header names")
		}
	case 2, 3:
		if it.pos = r.uvarint(); len(context) > 0 {
			return errors.New("a context where there is none")
		}
	default:
		return fmt.Errorf("an item of unknown kind %d", it.kind)
	}
	return r.err
}

// fields takes values off the front of b.
type fields struct {
	b   []byte
	err error
}

var zeros [40]byte

func (r *fields) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.err = nil, errors.New("an item that is cut off")
		return zeros[:]
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *fields) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.err = nil, errors.New("an item with a malformed number")
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *fields) time() time.Time {
	b := r.take(12)
	return time.Unix(int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint32(b[8:]))).UTC()
}

// check compares every item with its leaf in the side file, as far as that
// goes.
func (d *data) check(side []byte) {
	bad := func(record uint64, kind Kind, what string) {
		if !d.bad {
			d.bad, d.badRecord, d.badKind, d.badWhat = true, record, kind, what
		}
	}
	b, whole := d.unpack()
	if !whole {
		bad(d.first, Altered, fmt.Sprintf("the block of records %d to %d is not what was written and cannot be unpacked", d.first, d.last))
		return
	}
	var found []item
	for len(found) < d.items && len(b) > 0 {
		it, err := nextItem(b)
		if err != nil {
			break
		}
		b = it.rest
		found = append(found, it)
	}
	last, sound, n := uint64(0), 0, min(len(found), len(side)/sideSize)
	for i := range n {
		it := &found[i]
		salt, leaf := side[i*sideSize:i*sideSize+saltSize], digest(side[i*sideSize+saltSize:(i+1)*sideSize])
		got := leaf
		if !it.erased {
			got = leafOf(salt, it.header, it.raw)
			d.raw += int64(len(it.raw))
			if d.tally != nil {
				d.tally.add(it)
			}
		} else if !bytes.Equal(salt, zeros[:saltSize]) {
			bad(d.place(i, last, it.pos), Altered, "the salt of an erased record is not erased; the next start of wholelog finishes an erasure")
		}
		if got != leaf {
			kind, what, moved := explain(found, i, side)
			pos := it.pos
			if moved {
				pos = 0
			}
			bad(d.place(i, last, pos), kind, what)
		} else {
			sound++
		}
		if last = it.pos; it.kind == 1 {
			d.records++
		}
		d.positions, d.leaves, d.erased = append(d.positions, it.pos), append(d.leaves, got), append(d.erased, it.erased)
	}
	if len(found) < d.items && n == len(found) {
		bad(d.place(n, last, 0), Altered, "a record cannot be read")
	} else if len(found) == d.items && len(b) > 0 {
		bad(d.last, Surplus, "bytes after the last record of a block")
	}
	if !d.bad {
		if record, what := d.disorder(); what != "" {
			bad(record, Reordered, what)
		}
	}
	if !d.sound {
		// Somebody who does not know the format; which bytes of the block these
		// are its check does not tell.
		d.bad, d.badRecord, d.badKind = true, d.first, Altered
		d.badWhat = fmt.Sprintf("the block of records %d to %d is not what was written; %d of its %d records are", d.first, d.last, sound, d.items)
	}
}

// place is the position of the block's item i: what its place tells where
// positions have no gaps, else what it says of itself, pos, if that can be.
func (d *data) place(i int, before, pos uint64) uint64 {
	switch {
	case i == 0 || d.last-d.first+1 == uint64(d.items):
		return d.first + uint64(i)
	case before < pos && pos <= d.last:
		return pos
	}
	return before + 1
}

// disorder looks at the positions of a block whose items match their leaves.
func (d *data) disorder() (record uint64, what string) {
	if len(d.positions) != d.items {
		return 0, ""
	}
	sorted := slices.Clone(d.positions)
	slices.Sort(sorted)
	for i, pos := range sorted {
		switch {
		case i > 0 && pos == sorted[i-1]:
			return pos, "two items have one position"
		case pos != d.positions[i]:
			return pos, "a record's position is out of order"
		}
	}
	switch {
	case sorted[0] != d.first:
		return d.first, "a record's position is out of order"
	case sorted[len(sorted)-1] != d.last:
		return d.place(d.items-1, sorted[max(len(sorted)-2, 0)], d.last), "a record's position is out of order"
	}
	return 0, ""
}

// explain tells a record that was changed from one that stands where another
// belongs: it then matches the leaf of a place further on.
func explain(found []item, i int, side []byte) (kind Kind, what string, moved bool) {
	matches := func(it *item, j int) bool {
		s := side[j*sideSize:]
		return !it.erased && leafOf(s[:saltSize], it.header, it.raw) == digest(s[saltSize:sideSize])
	}
	n := len(side) / sideSize
	for j := i + 1; j < n; j++ {
		if !matches(&found[i], j) {
			continue
		}
		for k := i + 1; k < len(found); k++ {
			if matches(&found[k], i) {
				return Reordered, "a record stands where another belongs", true
			}
		}
		return Missing, "a record is gone from its place", true
	}
	if i+1 < len(found) && matches(&found[i+1], i) {
		return Surplus, "a record was put in", false
	}
	return Altered, "a record, or its salt or leaf, is not what was written", false
}

// positionAt is the position of the block's item i, read from the block.
func (d *data) positionAt(i int) uint64 {
	b, whole := d.unpack()
	if !whole || !d.sound {
		return d.first
	}
	last := uint64(0)
	for n := 0; len(b) > 0; n++ {
		it, err := nextItem(b)
		if err != nil {
			break
		}
		if n == i {
			return d.place(i, last, it.pos)
		}
		b, last = it.rest, it.pos
	}
	return d.place(i, last, 0)
}
