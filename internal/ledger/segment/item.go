package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

// Kind says what an item is. The values are the first byte of its header.
type Kind byte

const (
	KindRecord   Kind = 1 // a record
	KindReceipts Kind = 2 // repeats of records that the ledger holds
	KindNote     Kind = 3 // something about the ledger itself: an import, a gap
)

// Item is one thing in a segment. An erased item has only its position.
type Item struct {
	Kind     Kind
	Position event.Position
	Record   *event.Record   // KindRecord
	Receipts []event.Receipt // KindReceipts, all of one tenant
	Note     *Note           // KindNote
	Erased   bool
}

// Note is what the ledger keeps about itself. Its text may hold personal data;
// the log's entry names only its leaf.
type Note struct {
	Kind string
	Time time.Time
	Text []byte // JSON
}

var (
	errHeader = errors.New("malformed item header")
	errItem   = errors.New("malformed item")
)

// parts encodes an item's header and its raw bytes.
func (it *Item) parts(header []byte) (head, raw, context []byte, err error) {
	switch it.Kind {
	case KindRecord:
		return appendHeader(header, it.Position, it.Record), it.Record.Raw, it.Record.Context, nil
	case KindReceipts:
		header = append(header, byte(KindReceipts))
		header = binary.AppendUvarint(header, uint64(it.Position))
		return header, appendReceipts(nil, it.Receipts), nil, nil
	case KindNote:
		header = append(header, byte(KindNote))
		header = binary.AppendUvarint(header, uint64(it.Position))
		header = appendTime(header, it.Note.Time)
		return appendString(header, it.Note.Kind), it.Note.Text, nil, nil
	}
	return nil, nil, nil, fmt.Errorf("%w: kind %d", errItem, it.Kind)
}

// items are framed in a block by a state byte: present, or erased.
const (
	statePresent = 0
	stateErased  = 1
)

func appendItem(dst, header, raw, context []byte) []byte {
	dst = append(dst, statePresent)
	for _, part := range [][]byte{header, raw, context} {
		dst = binary.AppendUvarint(dst, uint64(len(part)))
		dst = append(dst, part...)
	}
	return dst
}

func appendErased(dst []byte, pos event.Position) []byte {
	return binary.AppendUvarint(append(dst, stateErased), uint64(pos))
}

// nextItem decodes the item at the front of payload. The item's bytes are
// parts of payload. size is what it took.
func nextItem(payload []byte) (it Item, header, raw []byte, size int, err error) {
	r := reader{b: payload}
	switch r.byte() {
	case stateErased:
		it.Erased, it.Position = true, event.Position(r.uvarint())
	case statePresent:
		header, raw = r.bytes(r.uvarint()), r.bytes(r.uvarint())
		context := r.bytes(r.uvarint())
		if r.err == nil {
			it, err = parse(header, raw, context)
		}
	default:
		return it, nil, nil, 0, errItem
	}
	if r.err != nil {
		err = r.err
	}
	return it, header, raw, len(payload) - len(r.b), err
}

func parse(header, raw, context []byte) (it Item, err error) {
	if len(header) == 0 {
		return it, errHeader
	}
	it.Kind = Kind(header[0])
	r := reader{b: header[1:]}
	switch it.Kind {
	case KindRecord:
		it.Record = &event.Record{Raw: raw}
		it.Position, err = readHeader(header, it.Record, context)
		return it, err
	case KindReceipts:
		it.Position = event.Position(r.uvarint())
		it.Receipts, err = readReceipts(raw)
	case KindNote:
		it.Position = event.Position(r.uvarint())
		it.Note = &Note{Time: r.time(), Kind: r.string(), Text: raw}
	default:
		return it, fmt.Errorf("%w: kind %d; a newer wholelog may have written it", errHeader, it.Kind)
	}
	if err == nil && (r.err != nil || len(r.b) > 0 || len(context) > 0) {
		err = errHeader
	}
	return it, err
}

// reader takes values off the front of b; after the first failure it gives
// zero values and err says why.
type reader struct {
	b   []byte
	err error
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || size > 1 && r.b[size-1] == 0 { // a longer form of a shorter number
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0xff
}

func (r *reader) string() string { return string(r.bytes(r.uvarint())) }

func (r *reader) time() (t time.Time) {
	b := r.bytes(12)
	if b == nil {
		return t
	}
	nanos := binary.BigEndian.Uint32(b[8:])
	if nanos >= 1e9 { // another form of a later second
		r.fail()
		return t
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b)), int64(nanos)).UTC()
}

func (r *reader) fail() {
	r.b = nil
	if r.err == nil {
		r.err = errItem
	}
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Unix()))
	return binary.BigEndian.AppendUint32(dst, uint32(t.Nanosecond()))
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
