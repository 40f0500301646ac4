package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/event"
)

var ctx = context.Background()

func rec(n int) event.Record {
	return event.Record{Table: "SigninLogs", ID: fmt.Sprint("id-", n), IDKind: event.IDNative, Time: time.Date(2026, 7, 1, 0, 0, n, 533926200, time.UTC),
		Seen: time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC), Tenant: "t", Source: "file:x", Format: event.FormatDiagnostic,
		Raw: []byte(fmt.Sprintf(`{"n":%d}`, n)), Context: []byte("a,b"), Line: n, Content: event.Hash{byte(n)}}
}

func open(t testing.TB, opt Options) *Ledger {
	t.Helper()
	l, err := Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func all(t *testing.T, l *Ledger) (out []event.Record) {
	t.Helper()
	want := event.Position(1)
	err := l.Read(ctx, 0, func(p event.Position, r *event.Record) error {
		if p != want {
			t.Errorf("position %d, want %d", p, want)
		}
		want++
		out = append(out, *r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsAppendedIsRead(t *testing.T) {
	opt := Options{Dir: t.TempDir(), FileSize: 200}
	var want []event.Record
	for i := range 5 {
		l := open(t, opt)
		batch := []event.Record{rec(2 * i), rec(2*i + 1)}
		first, err := l.Append(ctx, batch)
		if err != nil || first != event.Position(2*i+1) {
			t.Fatalf("position %d: %v", first, err)
		}
		want = append(want, batch...)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, opt)
	if d := cmp.Diff(want, all(t, l)); d != "" {
		t.Error(d)
	}
	if files, _ := l.files(); len(files) < 2 {
		t.Error("no second file was begun")
	}
}

// TestEveryCutIsRecovered cuts the last file at every length: what was
// acknowledged before the last batch is there, and the journal goes on.
func TestEveryCutIsRecovered(t *testing.T) {
	opt := Options{Dir: t.TempDir()}
	l := open(t, opt)
	for i := range 2 {
		if _, err := l.Append(ctx, []event.Record{rec(i)}); err != nil {
			t.Fatal(err)
		}
	}
	before := l.size
	if _, err := l.Append(ctx, []event.Record{rec(2)}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	whole, err := os.ReadFile(l.path(1))
	if err != nil {
		t.Fatal(err)
	}
	for n := before; n < int64(len(whole)); n++ {
		if err := os.WriteFile(l.path(1), whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, opt)
		if l.Last() != 2 {
			t.Fatalf("cut at %d: last is %d", n, l.Last())
		}
		if _, err := l.Append(ctx, []event.Record{rec(9)}); err != nil {
			t.Fatal(err)
		}
		if got := all(t, l); len(got) != 3 || got[2].ID != "id-9" {
			t.Fatalf("cut at %d: %d records", n, len(got))
		}
		l.Close()
	}
}

// TestEveryFlippedBitIsFound flips each bit of a journal in turn.
func TestEveryFlippedBitIsFound(t *testing.T) {
	opt := Options{Dir: t.TempDir()}
	l := open(t, opt)
	for i := range 2 {
		if _, err := l.Append(ctx, []event.Record{rec(2 * i), rec(2*i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	whole, err := os.ReadFile(l.path(1))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(whole) * 8 {
		bad := bytes.Clone(whole)
		bad[i/8] ^= 1 << (i % 8)
		if err := os.WriteFile(l.path(1), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := l.Read(ctx, 0, func(event.Position, *event.Record) error { n++; return nil }); err == nil {
			t.Fatalf("bit %d of byte %d: nothing noticed", i%8, i/8)
		}
	}
	if err := os.Remove(l.path(1)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.path(2), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, opt); err == nil {
		t.Error("a missing file is not noticed")
	}
}

func TestFailuresCostOnlyTheBatch(t *testing.T) {
	stop := errors.New("stop")
	for _, point := range Failpoints {
		dir, armed := t.TempDir(), false
		l := open(t, Options{Dir: dir, Fail: func(p string) error {
			if armed && p == point {
				return stop
			}
			return nil
		}})
		if _, err := l.Append(ctx, []event.Record{rec(0)}); err != nil {
			t.Fatal(err)
		}
		armed = true
		if _, err := l.Append(ctx, []event.Record{rec(1)}); !errors.Is(err, stop) {
			t.Fatalf("%s: %v", point, err)
		}
		armed = false
		if _, err := l.Append(ctx, []event.Record{rec(2)}); err != nil {
			t.Fatalf("%s: no append after a failure: %v", point, err)
		}
		l.Close()
		again := open(t, Options{Dir: dir})
		got := all(t, again)
		if got[0].ID != "id-0" || got[len(got)-1].ID != "id-2" {
			t.Errorf("%s: records %d", point, len(got))
		}
	}
}

func TestReadOnlyFolderSaysSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Options{Dir: filepath.Join(file, "ledger")}); err == nil {
		t.Error("a folder that cannot be made is no error")
	}
}

func FuzzReadFrame(f *testing.F) {
	good, _, err := encodeFrame(nil, 1, []event.Record{rec(1)}, [32]byte{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := readFrame(bytes.NewReader(b), [32]byte{})
		if err == nil && fr.size > int64(len(b)) {
			t.Fatal("a frame larger than its bytes")
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	raw := bytes.Repeat([]byte(`{"displayName":"CA001: Block legacy authentication","result":"notApplied","id":"0f9a"},`), 76)
	batch := make([]event.Record, 2000)
	for i := range batch {
		batch[i] = rec(i)
		batch[i].Raw = append([]byte(fmt.Sprintf(`{"n":"%x"}`, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))), raw...)
	}
	b.Run("ledger", func(b *testing.B) {
		l := open(b, Options{Dir: b.TempDir()})
		for b.Loop() {
			if _, err := l.Append(ctx, batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("yardstick-zstd", func(b *testing.B) {
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			b.Fatal(err)
		}
		var buf []byte
		for b.Loop() {
			for i := range batch {
				buf = enc.EncodeAll(batch[i].Raw, buf[:0])
			}
		}
		b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("yardstick-sha256", func(b *testing.B) {
		for b.Loop() {
			for i := range batch {
				sha256.Sum256(batch[i].Raw)
			}
		}
		b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "events/s")
	})
}
