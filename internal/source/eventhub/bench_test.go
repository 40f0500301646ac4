package eventhub

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
)

// values are messages of so many records each.
func values(b *testing.B, per, total int) (out [][]byte, size int) {
	live := sim.NewLive(sim.LiveOptions{Users: 50, Seed: 1, Start: start})
	var raws []string
	for _, e := range live.Delivered(start, start.AddDate(0, 0, 2)) {
		raws = append(raws, string(e.Diagnostic()))
	}
	for n := 0; n < total; n += per {
		var list []string
		for i := range per {
			list = append(list, raws[(n+i)%len(raws)])
		}
		v := message(list...)
		size += len(v)
		out = append(out, v)
	}
	return out, size
}

// BenchmarkRead reads a hub of four partitions from its beginning, without
// anything that keeps the records. Compare it with BenchmarkCut.
func BenchmarkRead(b *testing.B) {
	for _, per := range []int{1, 20} {
		b.Run(fmt.Sprintf("%d records a message", per), func(b *testing.B) {
			const total = 20_000
			list, size := values(b, per, total)
			h := newHub(b, 4, kfake.NumBrokers(1))
			p, err := kgo.NewClient(kgo.SeedBrokers(h.c.ListenAddrs()...), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.DefaultProduceTopic(hubName), kgo.ProducerBatchCompression(kgo.NoCompression()))
			if err != nil {
				b.Fatal(err)
			}
			for _, v := range list {
				p.Produce(context.Background(), &kgo.Record{Value: v}, func(_ *kgo.Record, err error) {
					if err != nil {
						b.Error(err)
					}
				})
			}
			if err := p.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
			p.Close()
			o := h.options()
			o.Group = "-"
			s := newSource(b, o)
			var peak uint64
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				ctx, cancel := context.WithCancel(context.Background())
				n := 0
				err := s.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
					if n += len(p.Records); n >= total {
						cancel()
					}
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapInuse)
					return source.Taken{}, nil
				})
				cancel()
				if n != total {
					b.Fatalf("%d records, %v", n, err)
				}
			}
			b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(peak)/(1<<20), "MiB-heap")
		})
	}
}

// BenchmarkCut is the share of cutting and identifying in it.
func BenchmarkCut(b *testing.B) {
	for _, per := range []int{1, 20} {
		b.Run(fmt.Sprintf("%d records a message", per), func(b *testing.B) {
			const total = 20_000
			list, size := values(b, per, total)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, v := range list {
					_, err := file.Cut(context.Background(), bytes.NewReader(v), file.Container{Name: hubName, Source: "eventhub:h", Seen: start}, func(event.Record) error { n++; return nil })
					if err != nil {
						b.Fatal(err)
					}
				}
				if n != total {
					b.Fatal(strings.Repeat("!", 3), n)
				}
			}
			b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
