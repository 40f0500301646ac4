package push_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
	"github.com/wholelog/wholelog/internal/source/push"
)

// BenchmarkPush delivers bodies of JSON lines over the loopback, with a ledger
// that costs nothing, in turns with the yardstick: the same bodies cut in
// memory. Both use as many goroutines.
func BenchmarkPush(b *testing.B) {
	raws, _ := records(5, 72)
	for len(raws) < 4000 {
		raws = append(raws, raws...)
	}
	var bodies [][]byte
	for i := 0; i+500 <= len(raws); i += 500 {
		bodies = append(bodies, bytes.Join(raws[i:i+500], []byte("\n")))
	}
	b.Run("large", func(b *testing.B) { bench(b, bodies, 500, 2) })
	bodies = nil
	bodies = append(bodies, raws[:4000]...)
	b.Run("single", func(b *testing.B) { bench(b, bodies, 1, 16) })
}

func bench(b *testing.B, bodies [][]byte, each, workers int) {
	in, address := serve(b, push.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	var n, pages atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = in.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
			n.Add(int64(len(p.Records)))
			pages.Add(1)
			return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
		})
	}()
	defer func() { cancel(); <-done }()
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}}
	defer c.CloseIdleConnections()
	all := func(f func(body []byte)) time.Duration {
		start := time.Now()
		var next atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(bodies)); i = next.Add(1) - 1 {
					f(bodies[i])
				}
			})
		}
		wg.Wait()
		return time.Since(start)
	}
	var ours, theirs time.Duration
	for b.Loop() {
		ours += all(func(body []byte) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+push.Prefix+"auto", bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+token)
			resp, err := c.Do(req)
			if err != nil || resp.StatusCode != http.StatusOK {
				b.Error(resp, err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		})
		theirs += all(func(body []byte) {
			if _, err := file.Cut(ctx, bytes.NewReader(body), file.Container{Name: "body"}, func(event.Record) error { return nil }); err != nil {
				b.Error(err)
			}
		})
	}
	count := float64(len(bodies) * each * b.N)
	if float64(n.Load()) < count {
		b.Errorf("%d records, want %v", n.Load(), count)
	}
	b.ReportMetric(count/ours.Seconds(), "records/s")
	b.ReportMetric(count/theirs.Seconds(), "cut-alone/s")
	b.ReportMetric(float64(theirs)/float64(ours), "x-cut")
	b.ReportMetric(float64(n.Load())/float64(pages.Load()), "records/page")
}
