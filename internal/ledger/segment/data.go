package segment

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/event"
)

// A data block's payload is: length unpacked, number of items, index of its
// first item in the segment, first and last position, chain digest after its
// last item, items packed by zstd.
const dataHead = 4 + 4 + 4 + 8 + 8 + 32

var (
	encoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(4<<20), zstd.WithEncoderCRC(false))
	decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPayload))
)

// Data is the head of a data block and its packed items.
type Data struct {
	Unpacked    int
	Items       int
	Index       int
	First, Last event.Position
	Chain       Hash
	Packed      []byte
}

// Packed is a data block whose place in the chain is not known yet: what can
// be computed on all cores.
type Packed struct {
	Data
	Raw  int64  // raw bytes of the items
	Side []byte // salt and leaf of each item, as the side file holds them
}

// Pack compresses items and computes their leaves under fresh salts. Side,
// when not nil, holds the salts and leaves to use instead: of items that were
// packed before.
func Pack(items []Item, side []byte) (*Packed, error) {
	p := &Packed{Data: Data{Items: len(items), First: items[0].Position, Last: items[len(items)-1].Position}, Side: side}
	if side == nil {
		salts := make([]byte, SaltSize*len(items))
		if _, err := rand.Read(salts); err != nil {
			return nil, fmt.Errorf("salts: %w", err)
		}
		p.Side = make([]byte, SideSize*len(items))
		for i := range items {
			copy(p.Side[i*SideSize:], salts[i*SaltSize:(i+1)*SaltSize])
		}
	}
	size := 0
	for i := range items {
		if items[i].Record != nil {
			size += len(items[i].Record.Raw) + 320
		}
	}
	payload, header, buf := make([]byte, 0, size), make([]byte, 0, 256), make([]byte, 0, 16<<10)
	for i := range items {
		if items[i].Erased {
			payload = appendErased(payload, items[i].Position)
			continue
		}
		head, raw, context, err := items[i].parts(header[:0])
		if err != nil {
			return nil, err
		}
		header = head
		payload = appendItem(payload, head, raw, context)
		p.Raw += int64(len(raw))
		if side == nil {
			l := leaf(buf, p.Side[i*SideSize:i*SideSize+SaltSize], head, raw)
			copy(p.Side[i*SideSize+SaltSize:], l[:])
		}
	}
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("%d bytes in %d items are more than a block can hold (%d)", len(payload), len(items), maxPayload)
	}
	p.Unpacked = len(payload)
	p.Data.Packed = encoder.EncodeAll(payload, make([]byte, 0, len(payload)/6))
	return p, nil
}

// Leaf is the leaf of the i-th item of a side file.
func Leaf(side []byte, i int) (h Hash) {
	copy(h[:], side[i*SideSize+SaltSize:])
	return h
}

// Append encodes the block; Index and Chain have been set.
func (d *Data) Append(dst []byte) []byte {
	head := make([]byte, 0, dataHead)
	for _, n := range []int{d.Unpacked, d.Items, d.Index} {
		head = binary.BigEndian.AppendUint32(head, uint32(n))
	}
	head = binary.BigEndian.AppendUint64(head, uint64(d.First))
	head = binary.BigEndian.AppendUint64(head, uint64(d.Last))
	head = append(head, d.Chain[:]...)
	return AppendBlock(dst, TypeData, head, d.Packed)
}

// ParseData decodes the payload of a data block.
func ParseData(payload []byte) (d Data, err error) {
	if len(payload) < dataHead {
		return d, ErrDamaged
	}
	d.Unpacked = int(binary.BigEndian.Uint32(payload))
	d.Items = int(binary.BigEndian.Uint32(payload[4:]))
	d.Index = int(binary.BigEndian.Uint32(payload[8:]))
	d.First = event.Position(binary.BigEndian.Uint64(payload[12:]))
	d.Last = event.Position(binary.BigEndian.Uint64(payload[20:]))
	copy(d.Chain[:], payload[28:])
	d.Packed = payload[dataHead:]
	if d.Unpacked > maxPayload || d.Items < 1 || d.Items > d.Unpacked {
		return d, ErrDamaged
	}
	return d, nil
}

// Decode calls fn for every item of the block. With the items' part of the
// side file it also checks each item against its leaf; nil leaves that out.
func (d *Data) Decode(side []byte, fn func(Item) error) error {
	payload, err := decoder.DecodeAll(d.Packed, make([]byte, 0, min(d.Unpacked, 1<<10+64*len(d.Packed))))
	if err != nil || len(payload) != d.Unpacked {
		return fmt.Errorf("unpack: %w", ErrDamaged)
	}
	var buf []byte
	last := event.Position(0)
	for i := range d.Items {
		it, header, raw, size, err := nextItem(payload)
		if err != nil {
			return fmt.Errorf("%w: item %d: %w", ErrDamaged, d.Index+i, err)
		}
		if it.Position <= last || i == 0 && it.Position != d.First || i == d.Items-1 && it.Position != d.Last {
			return fmt.Errorf("%w: position %d of item %d is out of order", ErrDamaged, it.Position, d.Index+i)
		}
		last = it.Position
		if side != nil && !it.Erased {
			want := Leaf(side, i)
			if leaf(buf, side[i*SideSize:i*SideSize+SaltSize], header, raw) != want {
				return fmt.Errorf("%w: item at position %d does not match its leaf", ErrDamaged, it.Position)
			}
		}
		if err := fn(it); err != nil {
			return err
		}
		payload = payload[size:]
	}
	if len(payload) > 0 {
		return fmt.Errorf("%w: bytes after its last item", ErrDamaged)
	}
	return nil
}

// PeekData reads the first and last position of the data block at off.
func PeekData(r io.ReaderAt, off int64) (first, last event.Position, err error) {
	var b [16]byte
	if _, err := r.ReadAt(b[:], off+blockHead+12); err != nil {
		return 0, 0, cut(err)
	}
	return event.Position(binary.BigEndian.Uint64(b[:])), event.Position(binary.BigEndian.Uint64(b[8:])), nil
}
