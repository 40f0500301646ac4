package ledger_test

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/verify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
)

// signIns are varied user sign-ins of a simulated tenant.
func signIns(b *testing.B, want int) (out []event.Record, bytes int64) {
	b.Helper()
	dir := b.TempDir()
	if _, err := sim.Run(context.Background(), sim.Options{Users: 400, Days: 4, Seed: 2, Out: dir}); err != nil {
		b.Fatal(err)
	}
	paths, err := file.Paths([]string{dir})
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range paths {
		if _, err := file.Read(context.Background(), p, nil, time.Now, func(r event.Record) error {
			if len(out) < want && strings.Contains(r.Table, "SignInLogs") || r.Table == "SigninLogs" && len(out) < want {
				out = append(out, r)
				bytes += int64(len(r.Raw))
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	return out, bytes
}

// BenchmarkLedger appends sign-ins until they are acknowledged (hashed,
// compressed, synced), verifies what was written, and measures in the same run
// what this machine gives for compression and hashing alone, on one core.
func BenchmarkLedger(b *testing.B) {
	records, bytes := signIns(b, 8000)
	if len(records) == 0 {
		b.Fatal("no sign-ins")
	}
	rate := func(b *testing.B, rounds int) (events float64) {
		events = float64(rounds*len(records)) / b.Elapsed().Seconds()
		b.ReportMetric(events, "events/s")
		b.ReportMetric(events*float64(bytes)/float64(len(records))/1e6, "rawMB/s")
		return events
	}
	var pack, hash float64
	b.Run("yardstick-zstd1", func(b *testing.B) {
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err != nil {
			b.Fatal(err)
		}
		var in, out []byte
		for _, r := range records {
			in = append(in, r.Raw...)
		}
		n := 0
		for b.Loop() {
			for at := 0; at < len(in); at += 4 << 20 {
				out = enc.EncodeAll(in[at:min(at+4<<20, len(in))], out[:0])
			}
			n++
		}
		pack = rate(b, n)
	})
	b.Run("yardstick-sha256", func(b *testing.B) {
		n := 0
		for b.Loop() {
			for i := range records {
				sha256.Sum256(records[i].Raw)
			}
			n++
		}
		hash = rate(b, n)
	})
	base := b.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key")}
	b.Run("append", func(b *testing.B) {
		ctx := context.Background()
		l, err := ledger.Open(ctx, opt)
		if err != nil {
			b.Fatal(err)
		}
		before := l.Stats()
		n := 0
		for b.Loop() {
			for at := 0; at < len(records); at += 2000 {
				if _, err := l.Append(ctx, ledger.Batch{Records: records[at:min(at+2000, len(records))]}); err != nil {
					b.Fatal(err)
				}
			}
			n++
		}
		events := rate(b, n)
		b.ReportMetric(events/pack, "of-zstd1")
		b.ReportMetric(events/hash, "of-sha256")
		b.ReportMetric(100*float64(l.Stats().Bytes-before.Bytes)/float64(int64(n)*bytes), "%raw")
		if _, err := l.Commit(ctx); err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("verify", func(b *testing.B) {
		var raw int64
		for b.Loop() {
			r, err := verify.Run(verify.Options{Dir: opt.Dir})
			if err != nil || !r.OK {
				b.Fatal(err, r.Findings)
			}
			raw += r.Bytes
		}
		mb := float64(raw) / 1e6 / b.Elapsed().Seconds()
		b.ReportMetric(mb, "rawMB/s")
		b.ReportMetric(mb/(hash*float64(bytes)/float64(len(records))/1e6), "of-sha256")
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			l, err := ledger.Open(context.Background(), opt)
			if err != nil {
				b.Fatal(err)
			}
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/open")
	})
}
