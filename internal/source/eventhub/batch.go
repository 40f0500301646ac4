package eventhub

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/source"
)

// batch is a batch of messages that arrived whole and cannot be unpacked: too
// large, or packed in a way that is not known.
type batch struct {
	raw         []byte // with its header
	first, next int64  // offset of its first message, and the one after its last
}

// Places in a record batch of Kafka, which its protocol guide defines.
const (
	batchLength = 8 // of what follows
	batchMagic  = 16
	batchCRC    = 17 // of what follows
	batchBody   = 21
	batchLast   = 23 // offset of the last message, from the first's
	batchHeader = 61
)

// unreadable finds the batch at an offset. It is nil if that is not there, or
// not whole: then its header is not to be believed, and it may come whole when
// it is fetched again.
func unreadable(in []byte, at int64) *batch {
	for len(in) >= batchHeader {
		n := int64(int32(binary.BigEndian.Uint32(in[batchLength:]))) + batchMagic - 4
		if n < batchHeader || n > int64(len(in)) || in[batchMagic] != 2 {
			return nil
		}
		one := in[:n]
		first := int64(binary.BigEndian.Uint64(one))
		next := first + int64(int32(binary.BigEndian.Uint32(one[batchLast:]))) + 1
		if next > at {
			if crc32.Checksum(one[batchBody:], castagnoli) != binary.BigEndian.Uint32(one[batchCRC:]) || next <= first {
				return nil
			}
			return &batch{raw: one, first: first, next: next}
		}
		in = in[n:]
	}
	return nil
}

// poison is a batch that was met again and again.
type poison struct {
	at    int64
	times int
}

// step goes past a batch that cannot be unpacked however often it is fetched,
// so that it does not hold up its partition until it expires: it is kept as it
// is, as an unparsed record. It reports whether it did.
func (r *run) step(c catch) (bool, error) {
	at := r.st.Parts[c.partition]
	if c.batch == nil || at == nil || c.batch.next <= at.next {
		return false, nil
	}
	p := r.poison[c.partition]
	if p.at != c.batch.first {
		p = poison{at: c.batch.first}
	}
	if p.times++; p.times < sayAfter {
		r.poison[c.partition] = p
		return false, nil
	}
	delete(r.poison, c.partition)
	r.bad = 0 // it goes on
	r.note(source.Failure, DamagedBatch, fmt.Sprint(c.partition), "a batch of messages in partition %d, from offset %d to %d, cannot be unpacked: it is larger than the limit of %d MiB, or packed in an unknown way. It is kept as it is, as one unparsed record, and reading goes on behind it", c.partition, c.batch.first, c.batch.next-1, r.s.o.MaxBatch>>20)
	whole := event.Record{Raw: bytes.Clone(c.batch.raw), Seen: r.s.o.Now().UTC(), Source: r.s.name, Tenant: r.s.o.Tenant, Line: 1}
	identify.Record(&whole)
	r.page.Records = append(r.page.Records, whole)
	*at = place{next: c.batch.next}
	return true, r.give()
}
