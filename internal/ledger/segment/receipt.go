package segment

import (
	"encoding/binary"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

// Receipts are grouped by table, path and hour of event time; within a group
// each repeat is the distance to the position it repeats and a count.
func appendReceipts(dst []byte, list []event.Receipt) []byte {
	list = append([]event.Receipt(nil), list...)
	sort.SliceStable(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		switch {
		case a.Table != b.Table:
			return a.Table < b.Table
		case a.Source != b.Source:
			return a.Source < b.Source
		case !a.Seen.Equal(b.Seen):
			return a.Seen.Before(b.Seen)
		case hour(a.Time) != hour(b.Time):
			return hour(a.Time) < hour(b.Time)
		}
		return a.Of < b.Of
	})
	for len(list) > 0 {
		first, n := &list[0], 1
		for n < len(list) && list[n].Table == first.Table && list[n].Source == first.Source &&
			list[n].Seen.Equal(first.Seen) && hour(list[n].Time) == hour(first.Time) {
			n++
		}
		dst = appendString(appendString(dst, first.Table), first.Source)
		dst = appendTime(dst, first.Seen)
		dst = binary.AppendVarint(dst, hour(first.Time))
		dst = binary.AppendUvarint(dst, uint64(n))
		last := event.Position(0)
		for _, r := range list[:n] {
			dst = binary.AppendUvarint(dst, uint64(r.Of-last))
			dst = binary.AppendUvarint(dst, uint64(r.Count))
			last = r.Of
		}
		list = list[n:]
	}
	return dst
}

func readReceipts(b []byte) (out []event.Receipt, err error) {
	r := reader{b: b}
	for len(r.b) > 0 && r.err == nil {
		one := event.Receipt{Table: r.string(), Source: r.string(), Seen: r.time()}
		h, size := binary.Varint(r.b)
		if size <= 0 || h < -1<<40 || h > 1<<40 {
			return nil, errItem
		}
		r.b = r.b[size:]
		one.Time = time.Unix(h*3600, 0).UTC()
		n := r.uvarint()
		if n > uint64(len(r.b)) { // each takes two bytes and more
			return nil, errItem
		}
		for range n {
			one.Of += event.Position(r.uvarint())
			one.Count = uint32(r.uvarint())
			out = append(out, one)
		}
	}
	return out, r.err
}

// hour is the number of the hour that a time lies in, rounding down.
func hour(t time.Time) int64 {
	s := t.Unix()
	h := s / 3600
	if s%3600 < 0 {
		h--
	}
	return h
}
