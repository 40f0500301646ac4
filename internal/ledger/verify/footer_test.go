package verify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// unlogged is a ledger whose newest segment is sealed and not in the log, as a
// crash leaves it: its footer is not signed, so a forger can make all hashes
// fit, and only counting again tells.
func unlogged(t *testing.T) (dir, path string) {
	t.Helper()
	base := t.TempDir()
	crash := errors.New("crash")
	armed := false
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key"), SegmentBytes: 120, Fail: func(p string) error {
		if armed && p == "seal.renamed" {
			return crash
		}
		return nil
	}}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	_, err := l.Commit(ctx)
	ok(t, err)
	var b ledger.Batch
	for n := range 12 {
		r := rec(2 * n) // of one tenant
		r.Time = time.Date(2026, 7, 1, n/4, 0, n, 1000*n, time.UTC)
		if n%3 == 0 {
			r.Source = "graph:signIns"
			r.Seen = r.Time.Add(time.Duration(n) * 20 * time.Minute)
		}
		if n == 5 {
			r.Table = "AuditLogs"
		}
		b.Records = append(b.Records, r)
	}
	b.Records[7].Time = time.Time{} // which records do state
	b.Receipts = []event.Receipt{
		{Table: "SigninLogs", Tenant: "tenant-0", Of: 1, Time: b.Records[0].Time, Seen: rec(0).Seen, Source: "file:y", Count: 3},
		{Table: "SigninLogs", Tenant: "tenant-0", Of: 2, Time: b.Records[1].Time, Seen: rec(0).Seen, Source: "file:x", Count: 1},
		{Table: "SigninLogs", Tenant: "tenant-0", Of: 3, Time: b.Records[2].Time, Seen: rec(0).Seen, Source: "file:x", Count: 2}}
	must[event.Position](t)(l.Append(ctx, b))
	armed = true
	if _, err := l.Commit(ctx); !errors.Is(err, crash) {
		t.Fatal(err)
	}
	l.Abandon()
	list, err := filepath.Glob(filepath.Join(opt.Dir, "*", "*.seg"))
	ok(t, err)
	if len(list) != 1 {
		t.Fatal(list)
	}
	return opt.Dir, list[0]
}

// forgeFooter writes a segment's footer anew, with lengths and checks that fit.
func forgeFooter(t *testing.T, path string, whole []byte, change func(*segment.Footer)) {
	t.Helper()
	ok(t, os.WriteFile(path, whole, 0o600))
	f := must[*os.File](t)(os.Open(path))
	defer f.Close()
	b := must[segment.Block](t)(segment.ReadFooterBlock(f, int64(len(whole))))
	foot := must[segment.Footer](t)(segment.ParseFooter(b.Payload))
	change(&foot)
	payload := must[[]byte](t)(json.Marshal(foot))
	out := segment.AppendBlock(nil, segment.TypeFooter, payload)
	out = append(append([]byte{}, whole[:int64(len(whole))-b.Size-8]...), segment.AppendTrailer(out, len(out))...)
	ok(t, os.WriteFile(path, out, 0o600))
}

// TestEachNumberOfAFooterIsCountedAgain changes one of them at a time.
func TestEachNumberOfAFooterIsCountedAgain(t *testing.T) {
	dir, path := unlogged(t)
	whole := must[[]byte](t)(os.ReadFile(path))
	if r := run(t, verify.Options{Dir: dir}); !r.OK {
		t.Fatalf("as it was: %v", r.Findings)
	}
	py := ""
	t.Run("second verifier", func(t *testing.T) {
		py = python(t)
		if code, out := second(t, py, dir); code != 0 {
			t.Errorf("as it was: %s", out)
		}
	})
	n := 0
	f := func(name string, change func(*segment.Footer)) {
		t.Helper()
		n++
		forgeFooter(t, path, whole, change)
		r := run(t, verify.Options{Dir: dir})
		if r.OK || !strings.Contains(r.Findings[0].What, "footer") {
			t.Errorf("%s: %v", name, r.Findings)
		}
		if py != "" && n%5 == 1 {
			if code, out := second(t, py, dir); code != 1 || !strings.Contains(out, "footer") {
				t.Errorf("%s: the second verifier says %s", name, out)
			}
		}
	}
	forgeFooter(t, path, whole, func(foot *segment.Footer) {
		if len(foot.Counts) < 7 || len(foot.Watermarks) != 2 {
			t.Fatalf("the segment is too simple: %+v", foot)
		}
	})
	if r := run(t, verify.Options{Dir: dir}); !r.OK {
		t.Fatalf("written again: %v", r.Findings)
	}
	f("records", func(f *segment.Footer) { f.Records++ })
	f("raw", func(f *segment.Footer) { f.Raw-- })
	f("from", func(f *segment.Footer) { at := f.From.Add(100); f.From = &at })
	f("to", func(f *segment.Footer) { at := f.To.Add(time.Hour); f.To = &at })
	f("no from", func(f *segment.Footer) { f.From = nil })
	f("no times", func(f *segment.Footer) { f.From, f.To = nil, nil })
	f("a watermark", func(f *segment.Footer) { f.Watermarks["file:x"] = f.Watermarks["file:x"].Add(1) })
	f("no watermark", func(f *segment.Footer) { delete(f.Watermarks, "file:x") })
	f("surplus watermark", func(f *segment.Footer) { f.Watermarks["file:z"] = *f.To })
	f("surplus hour", func(f *segment.Footer) {
		f.Counts = append(f.Counts, segment.Count{Table: "SigninLogs", Source: "file:z", Hour: 1})
	})
	f("an hour twice", func(f *segment.Footer) { f.Counts = append(f.Counts, f.Counts[0]) })
	dirty := func(i int) {
		f(fmt.Sprint("hour left out ", i), func(f *segment.Footer) { f.Counts = append(f.Counts[:i:i], f.Counts[i+1:]...) })
		for name, change := range map[string]func(c *segment.Count){
			"records": func(c *segment.Count) { c.Records++ }, "repeats": func(c *segment.Count) { c.Repeats++ }, "late": func(c *segment.Count) { c.Late++ },
			"hour": func(c *segment.Count) { c.Hour-- }, "table": func(c *segment.Count) { c.Table += "x" }, "path": func(c *segment.Count) { c.Source += "x" },
		} {
			f(fmt.Sprint(name, " ", i), func(f *segment.Footer) { change(&f.Counts[i]) })
		}
	}
	for i := range 7 {
		dirty(i)
	}
	f("a record moved to another hour", func(f *segment.Footer) {
		last := len(f.Counts) - 1
		f.Counts[last].Records--
		f.Counts[last-1].Records++
	})
	t.Logf("%d forgeries", n)
}

// TestAPositionBelongsToOneItem gives an item that nothing signs yet the
// position of one of another stream.
func TestAPositionBelongsToOneItem(t *testing.T) {
	base := t.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key")}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(0)}}))
	_, err := l.Commit(ctx)
	ok(t, err)
	must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(1)}}))
	ok(t, l.Close())
	stream := segment.StreamID("tenant-1", "default")
	path := filepath.Join(opt.Dir, stream, "00000001.open")
	for pos, want := range map[event.Position]string{1: "finding", 2: "", 4: "note"} {
		edit(t, path, func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			items[0].Position = pos
			p := must[*segment.Packed](t)(segment.Pack(items, nil))
			return items, p.Side
		})
		rechain(t, path, stream)
		r := run(t, verify.Options{Dir: opt.Dir})
		switch {
		case want == "finding" && (r.OK || r.Findings[0].Kind != verify.Reordered || r.Findings[0].Record != uint64(pos)):
			t.Errorf("position %d: %v", pos, r.Findings)
		case want != "finding" && !r.OK || want == "note" && !strings.Contains(strings.Join(r.Notes, "\n"), "2 of the positions 1 to 4"):
			t.Errorf("position %d: %v %v", pos, r.Findings, r.Notes)
		}
		if py := second; want == "finding" {
			if code, out := py(t, python(t), opt.Dir); code != 1 || !strings.Contains(out, fmt.Sprintf("[record %d]", pos)) {
				t.Errorf("the second verifier: %s", out)
			}
		}
	}
}

// rechain makes the chain of a segment of one block and item fit its side file.
func rechain(t *testing.T, path, stream string) {
	t.Helper()
	side := must[[]byte](t)(os.ReadFile(strings.TrimSuffix(path, ".open") + ".side"))
	whole := must[[]byte](t)(os.ReadFile(path))
	f := must[*os.File](t)(os.Open(path))
	defer f.Close()
	head := must[segment.Block](t)(segment.ReadBlock(f))
	d := must[segment.Data](t)(segment.ParseData(must[segment.Block](t)(segment.ReadBlock(f)).Payload))
	d.Chain = segment.ChainNext(segment.ChainStart(stream, 1, segment.Hash{}), segment.Leaf(side, 0))
	ok(t, os.WriteFile(path, d.Append(whole[:head.Size:head.Size]), 0o600))
}
