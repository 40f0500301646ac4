package eventhub

import (
	"bytes"
	"errors"
	"hash/crc32"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
)

// errLook ends a fetching because the cursor and the hub have to be compared
// anew.
var errLook = errors.New("the hub has to be looked at again")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is the mark of a message.
func sum(m *kgo.Record) uint32 {
	return crc32.Update(crc32.Checksum(m.Key, castagnoli), castagnoli, m.Value)
}

// put is when a message was put into the hub; 0 if it does not say.
func put(m *kgo.Record) millis { return millis(max(m.Timestamp.UnixMilli(), 0)) }

// by is a time until which a message was put into the hub.
func (r *run) by(m *kgo.Record) millis {
	if at := put(m); at > 0 {
		return at
	}
	return millis(r.s.o.Now().UnixMilli())
}

// take takes the messages of one partition into the page. It returns errLook
// if they are not of the hub that the cursor is of.
func (r *run) take(c catch) error {
	at := r.st.Parts[c.partition]
	if at == nil {
		return nil
	}
	for _, m := range c.messages {
		if pos := r.from[c.partition]; pos.check {
			if m.Offset < at.next-1 {
				continue
			}
			r.from[c.partition] = position{}
			if m.Offset == at.next-1 {
				if at.mark == sum(m) && at.at == put(m) {
					continue
				}
				return r.stranger(c.partition)
			}
		}
		if m.Offset < at.next {
			continue // brokers may begin with earlier ones of a batch
		}
		if at.next >= 0 && m.Offset > at.next {
			r.lost(c.partition, at, m.Offset, r.by(m), at.next < r.v.parts[c.partition].start)
		}
		r.found(r.by(m))
		if !m.Attrs.IsControl() {
			if err := r.message(m); err != nil {
				return err
			}
		}
		*at = place{next: m.Offset + 1, at: put(m), mark: sum(m), good: true}
		r.moved = true
		if r.full() {
			if err := r.give(); err != nil {
				return err
			}
		}
	}
	return nil
}

// stranger deals with another message where the last one read was.
func (r *run) stranger(p int32) error {
	if r.st.Topic != "" {
		r.note(source.Warning, Truncated, r.minute(p), "partition %d has another message where the last one was read: it is read again from its start, and what is there already is kept once", p)
		*r.st.Parts[p] = place{next: -1}
		if err := r.give(); err != nil {
			return err
		}
		return errLook
	}
	// What the page holds came from where the cursor was; it is given with the
	// cursor that begins anew.
	if err := r.renew("another message is where the last one was read"); err != nil {
		return err
	}
	return errLook
}

func (r *run) full() bool {
	return len(r.page.Records) >= r.s.o.PageRecords || r.size >= r.s.o.PageBytes
}

// small is up to what size of a message its records are copied, because they
// would keep alive a buffer that is larger by far.
const small = 128 << 10

// message cuts a message into records.
func (r *run) message(m *kgo.Record) error {
	value := bytes.TrimLeft(m.Value, " \t\r\n")
	if len(value) == 0 {
		r.empty++
		r.note(source.Info, Empty, "", "messages without content come: %d so far; they hold no records", r.empty)
		return nil
	}
	n := 0
	keep := func(rec event.Record) error {
		n++
		if len(m.Value) < small {
			rec.Raw = bytes.Clone(rec.Raw)
		}
		r.page.Records = append(r.page.Records, rec)
		r.size += len(rec.Raw) + len(rec.Context) + 256
		r.st.saw(rec.Table, rec.Time)
		if r.full() {
			// The message may hold more than a page: the cursor stays before it.
			return r.give()
		}
		return nil
	}
	at := file.Container{Name: r.s.o.Hub, Source: r.s.name, Tenant: r.s.o.Tenant, Seen: r.s.o.Now().UTC()}
	problems, err := file.Cut(r.ctx, bytes.NewReader(m.Value), at, keep)
	if err != nil {
		return err
	}
	if len(problems) == 0 {
		return nil
	}
	r.damaged++
	r.note(source.Warning, Damaged, "", "message %d of partition %d holds no records, or not to its end: what cannot be read of it is kept unparsed. There were %d such messages so far", m.Offset, m.Partition, r.damaged)
	if n > 0 && (value[0] == '{' || value[0] == '[') {
		return nil // what cannot be read of it is among the records
	}
	whole := event.Record{Raw: bytes.Clone(m.Value), Seen: at.Seen, Source: r.s.name, Tenant: r.s.o.Tenant, Line: 1}
	identify.Record(&whole)
	return keep(whole)
}
