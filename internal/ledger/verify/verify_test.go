package verify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

func TestWholeLedgerVerifies(t *testing.T) {
	f := build(t)
	r := run(t, verify.Options{Dir: f.dir, Key: f.key, Against: f.early})
	if !r.OK || len(r.Notes) > 0 || r.Erased != 2 || r.Expired == 0 || r.Open == 0 || r.Segments < 4 || r.Against == "" || !r.Pinned {
		t.Errorf("%+v", r)
	}
	if r := run(t, verify.Options{Dir: f.dir, Against: []byte(r.Checkpoint)}); !r.OK {
		t.Errorf("against its own checkpoint: %v", r.Findings)
	}
	if _, err := verify.Run(verify.Options{Dir: f.dir + "x"}); err == nil {
		t.Error("a folder that is not there is no error")
	}
	if _, err := verify.Run(verify.Options{Dir: f.dir, Key: "x"}); err == nil {
		t.Error("a malformed key is no error")
	}
}

// forgeries are what somebody may do who knows the format, each with what has
// to be said about it. They work on a copy; record is the position to name.
var forgeries = []struct {
	name   string
	kind   verify.Kind
	record uint64 // 0: any
	forge  func(t *testing.T, dir string)
}{
	{"changed bytes", verify.Altered, 37, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 37), func(items []segment.Item, _ []byte) ([]segment.Item, []byte) {
			for i := range items {
				if items[i].Position == 37 {
					items[i].Record.Raw = bytes.Replace(items[i].Record.Raw, []byte("user-"), []byte("eve--"), 1)
				}
			}
			return items, nil
		})
	}},
	{"changed header", verify.Altered, 38, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 38), func(items []segment.Item, _ []byte) ([]segment.Item, []byte) {
			for i := range items {
				if items[i].Position == 38 {
					items[i].Record.Tenant = "other"
				}
			}
			return items, nil
		})
	}},
	{"removed record", verify.Missing, 0, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 37), func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			return append(items[:1], items[2:]...), nil
		})
	}},
	{"removed record with its leaf", verify.Missing, 0, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 37), func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			return append(items[:1], items[2:]...), append(bytes.Clone(side[:segment.SideSize]), side[2*segment.SideSize:]...)
		})
	}},
	{"swapped records", verify.Reordered, 0, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 37), func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			items[0], items[1] = items[1], items[0]
			return items, nil
		})
	}},
	{"changed record with its leaf", verify.Altered, 0, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 37), func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			items[0].Record.Raw = []byte(`{"forged":true}`)
			p := must[*segment.Packed](t)(segment.Pack(items, nil))
			return items, p.Side
		})
	}},
	{"tombstone without a deletion", verify.Missing, 37, func(t *testing.T, dir string) {
		edit(t, segmentOf(t, dir, 37), func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			side = bytes.Clone(side)
			for i := range items {
				if items[i].Position == 37 {
					items[i] = segment.Item{Position: 37, Erased: true}
					clear(side[i*segment.SideSize : i*segment.SideSize+segment.SaltSize])
				}
			}
			return items, side
		})
	}},
	{"removed segment", verify.Missing, 0, func(t *testing.T, dir string) {
		path := segmentOf(t, dir, 37)
		ok(t, os.Remove(path))
	}},
	{"removed stream", verify.Missing, 0, func(t *testing.T, dir string) {
		ok(t, os.RemoveAll(filepath.Dir(segmentOf(t, dir, 37))))
	}},
	{"exchanged segments", verify.Reordered, 0, func(t *testing.T, dir string) {
		a := segmentOf(t, dir, 37)
		b := filepath.Join(filepath.Dir(a), "00000002.seg")
		if a == b {
			b = filepath.Join(filepath.Dir(a), "00000003.seg")
		}
		for _, ext := range []string{".seg", ".side"} {
			x, y := strings.TrimSuffix(a, ".seg")+ext, strings.TrimSuffix(b, ".seg")+ext
			ok(t, os.Rename(x, x+"x"))
			ok(t, os.Rename(y, x))
			ok(t, os.Rename(x+"x", y))
		}
	}},
	{"cut tail", verify.CutOff, 0, func(t *testing.T, dir string) {
		list, err := filepath.Glob(filepath.Join(dir, "*", "*.open"))
		ok(t, err)
		b := must[[]byte](t)(os.ReadFile(list[0]))
		ok(t, os.WriteFile(list[0], b[:len(b)-10], 0o600))
	}},
	{"another ledger's key", verify.BadLog, 0, func(t *testing.T, dir string) {
		other := build(t)
		ok(t, os.WriteFile(filepath.Join(dir, "vkey"), []byte(other.key+"\n"), 0o600))
	}},
	{"removed log", verify.BadLog, 0, func(t *testing.T, dir string) { ok(t, os.RemoveAll(filepath.Join(dir, "log"))) }},
	{"removed everything", verify.BadLog, 0, func(t *testing.T, dir string) {
		ok(t, os.RemoveAll(dir))
		ok(t, os.Mkdir(dir, 0o700))
	}},
}

func TestForgeriesAreNamed(t *testing.T) {
	f := build(t)
	for _, c := range forgeries {
		t.Run(c.name, func(t *testing.T) {
			dir := clone(t, f.dir)
			c.forge(t, dir)
			r := run(t, verify.Options{Dir: dir, Key: f.key})
			if r.OK {
				t.Fatal("nothing was found")
			}
			first := r.Findings[0]
			if first.Kind != c.kind || c.record > 0 && first.Record != c.record {
				t.Errorf("%v, want %s of record %d", r.Findings, c.kind, c.record)
			}
		})
	}
}

func TestRollbackShowsAgainstACheckpoint(t *testing.T) {
	base := t.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key")}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	add := func() string {
		must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(0), rec(2)}}))
		c, err := l.Commit(ctx)
		ok(t, err)
		return c.Text
	}
	add()
	old := clone(t, opt.Dir)
	late := add()
	ok(t, l.Close())
	if r := run(t, verify.Options{Dir: old}); !r.OK {
		t.Fatalf("an older state is not whole in itself: %v", r.Findings)
	}
	r := run(t, verify.Options{Dir: old, Against: []byte(late)})
	if r.OK || r.Findings[0].Kind != verify.CutOff || r.Findings[0].Record != 3 {
		t.Errorf("rolled back: %v", r.Findings)
	}
	if r := run(t, verify.Options{Dir: opt.Dir, Against: bytes.Replace([]byte(late), []byte("2"), []byte("3"), 1)}); r.OK {
		t.Error("a forged checkpoint is taken")
	}
	// The same key, another history.
	other := opt
	other.Dir = filepath.Join(base, "other")
	l = must[*ledger.Ledger](t)(ledger.Open(ctx, other))
	add()
	add()
	ok(t, l.Close())
	if r := run(t, verify.Options{Dir: other.Dir, Against: []byte(late)}); r.OK || r.Findings[0].Kind != verify.BadLog {
		t.Errorf("another history: %v", r.Findings)
	}
}

func TestCutAfterTheLastSealIsASetBackLog(t *testing.T) {
	// The log alone is set back to the early checkpoint: segments are there
	// that it does not name.
	f := build(t)
	dir := clone(t, f.dir)
	ok(t, os.WriteFile(filepath.Join(dir, "log", "checkpoint"), f.early, 0o600))
	if r := run(t, verify.Options{Dir: dir}); r.OK {
		t.Error("a log that was set back is not noticed")
	}
}

// flip changes single bits of every file of a ledger: every strideth, each
// byte when it is 8.
func flip(t *testing.T, dir string, stride int) {
	n := 0
	for _, path := range files(t, dir) {
		whole := must[[]byte](t)(os.ReadFile(path))
		for bit := n % stride; bit < 8*len(whole); bit += stride {
			whole[bit/8] ^= 1 << (bit % 8)
			ok(t, os.WriteFile(path, whole, 0o600))
			if r := run(t, verify.Options{Dir: dir}); r.OK {
				t.Errorf("%s: bit %d of byte %d: nothing was found", strings.TrimPrefix(path, dir), bit%8, bit/8)
			}
			whole[bit/8] ^= 1 << (bit % 8)
			n++
		}
		ok(t, os.WriteFile(path, whole, 0o600))
	}
	if r := run(t, verify.Options{Dir: dir}); !r.OK {
		t.Fatalf("put back: %v", r.Findings)
	}
	t.Logf("%d flips", n)
}

// TestEveryFlippedBitIsFound changes a bit of each byte of a small ledger, and
// samples one that has everything; with WHOLELOG_LONG every bit of the one and
// a bit of each byte of the other.
func TestEveryFlippedBitIsFound(t *testing.T) {
	base := t.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key"), SegmentBytes: 30}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	for i := range 2 {
		must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(4 * i), rec(4*i + 2)}}))
	}
	_, err := l.Commit(ctx)
	ok(t, err)
	must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(20)}}))
	_, err = l.Commit(ctx)
	ok(t, err)
	ok(t, l.Close())
	if os.Getenv("WHOLELOG_LONG") != "" {
		flip(t, opt.Dir, 1)
		flip(t, build(t).dir, 9)
		return
	}
	flip(t, opt.Dir, 9)
	flip(t, build(t).dir, 223)
}

func TestVerifyBesideAWriter(t *testing.T) {
	base := t.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key"), SegmentBytes: 2000}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(0)}}))
	_, err := l.Commit(ctx)
	ok(t, err)
	done := make(chan error)
	go func() {
		var err error
		for i := 0; i < 200 && err == nil; i++ {
			var b ledger.Batch
			for n := range 8 {
				b.Records = append(b.Records, rec(8*i+n))
			}
			if _, err = l.Append(ctx, b); err == nil && i%10 == 0 {
				_, err = l.Commit(ctx)
			}
		}
		done <- err
	}()
	for n := 0; ; n++ {
		select {
		case err := <-done:
			ok(t, err)
			ok(t, l.Close())
			t.Logf("%d runs beside the writer", n)
			if r := run(t, verify.Options{Dir: opt.Dir}); !r.OK {
				t.Errorf("%v", r.Findings)
			}
			return
		default:
			if r := run(t, verify.Options{Dir: opt.Dir}); !r.OK {
				t.Error(r.Findings)
				ok(t, <-done)
				return
			}
		}
	}
}
