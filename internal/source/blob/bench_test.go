package blob

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/blob/azuritetest"
)

// BenchmarkThousandBlobs lists and reads 1,000 blobs, and goes on from the
// cursor when one of them has grown.
func BenchmarkThousandBlobs(b *testing.B) {
	const blobs, records = 1000, 20
	a := newAccount(b, time.Now)
	start := time.Now().UTC()
	// By the service's clock they were written a while ago, as they are in life.
	a.now = func() time.Time { return start.Add(-time.Minute) }
	names := make([]string, blobs)
	for i := range names {
		names[i] = "tenantId=11111111-2222-4333-8444-555555555555" + start.Add(-time.Duration(i)*time.Hour).Format("/y=2006/m=01/d=02/h=15/m=00/") + "PT1H.json"
		text := ""
		for k := range records {
			text += line(fmt.Sprintf("%d-%d", i, k))
		}
		a.append(box, names[i], []byte(text))
	}
	a.now = time.Now
	var cursor source.Cursor
	read := func(want int) (first time.Duration) {
		s, err := New(Options{Account: a.address, SharedKey: azuritetest.Key})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		n, began := 0, time.Now()
		s.o.Sleep = func(ctx context.Context, d time.Duration) error { // everything has been listed
			cancel()
			return ctx.Err()
		}
		err = s.Read(ctx, cursor, func(p source.Page) (source.Taken, error) {
			if n += len(p.Records); first == 0 && len(p.Records) > 0 {
				first = time.Since(began)
			}
			if p.Next != nil {
				cursor = p.Next
			}
			return source.Taken{Read: len(p.Records)}, nil
		})
		if !errors.Is(err, context.Canceled) || n != want {
			b.Fatalf("%d records, want %d: %v", n, want, err)
		}
		return first
	}
	var fresh, again, first, full time.Duration
	for i := range b.N {
		cursor = nil
		at := time.Now()
		read(blobs*records + i)
		fresh += time.Since(at)
		a.append(box, names[3], []byte(line(fmt.Sprintf("new-%d", i))))
		at = time.Now()
		first += read(1)
		again += time.Since(at)
		st, err := load(cursor)
		if err != nil {
			b.Fatal(err)
		}
		st.Full, st.dirty = 0, true // a full pass is due
		cursor = st.pack()
		at = time.Now()
		read(0)
		full += time.Since(at)
	}
	n := float64(b.N)
	b.ReportMetric(fresh.Seconds()/n, "s/first-reading")
	b.ReportMetric(again.Seconds()/n, "s/resume")
	b.ReportMetric(first.Seconds()/n, "s/resume-to-first-page")
	b.ReportMetric(full.Seconds()/n, "s/resume-with-full-pass")
	b.ReportMetric(float64(len(cursor)), "cursor-bytes")
}
