package eventhub

import (
	"context"
	"hash/crc32"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

// canned is a batch of so many messages of one record each.
func canned(n int) []byte {
	var records []byte
	for i := range n {
		r := kmsg.NewRecord()
		r.OffsetDelta, r.Value = int32(i), message(signIn(i))
		body := r.AppendTo(nil)[1:] // a length of 0 is one byte
		r.Length = int32(len(body))
		records = r.AppendTo(records)
	}
	b := kmsg.NewRecordBatch()
	b.Magic, b.LastOffsetDelta, b.NumRecords, b.Records = 2, int32(n-1), int32(n), records
	b.FirstTimestamp, b.MaxTimestamp = start.UnixMilli(), start.UnixMilli()
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	out := b.AppendTo(nil)
	b.CRC = int32(crc32.Checksum(out[21:], castagnoli))
	return b.AppendTo(nil)
}

// TestMemory reads from a hub that never runs dry into a ledger that is slow:
// what is held does not grow.
func TestMemory(t *testing.T) {
	h := newHub(t, 8, kfake.SyntheticFetch(kfake.SyntheticBatch{Batch: canned(500)}))
	o := h.options()
	o.Group, o.FetchBytes, o.PageRecords = "-", 1<<20, 500
	s := newSource(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var peak uint64
	pages, n := 0, 0
	err := s.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
		n += len(p.Records)
		if len(p.Records) > 500 {
			t.Errorf("a page of %d records", len(p.Records))
		}
		if pages++; pages%4 == 0 { // fetchers fill what they may meanwhile
			for range 20 {
				runtime.Gosched()
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		if pages == 30 {
			cancel()
		}
		return source.Taken{}, nil
	})
	if pages < 30 {
		t.Fatalf("%d pages: %v", pages, err)
	}
	t.Logf("%d records, %d MiB held at most", n, peak>>20)
	if peak > 32<<20 {
		t.Errorf("%d MiB are held", peak>>20)
	}
}
