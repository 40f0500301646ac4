package verify_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

var ctx = context.Background()

func rec(n int) event.Record {
	return event.Record{Table: "SigninLogs", ID: fmt.Sprint("id-", n), IDKind: event.IDNative, Time: time.Date(2026, 7, 1, 0, 0, n, 0, time.UTC),
		Seen: time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC), Tenant: fmt.Sprint("tenant-", n%2), Source: "file:x", Format: event.FormatDiagnostic,
		Raw: []byte(fmt.Sprintf(`{"n":%d,"user":"user-%d@example.org"}`, n, n)), Context: []byte("a,b"), Line: n, Content: event.Hash{byte(n)}}
}

// fixture is a ledger with all that a ledger can have: sealed, open, erased
// and expired records, a receipt and notes. early is a checkpoint from midway.
type fixture struct {
	dir   string
	early []byte
	key   string
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func build(t testing.TB) fixture {
	base := t.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key"), SegmentBytes: 120}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	var f fixture
	for i := range 6 {
		var b ledger.Batch
		for n := 8 * i; n < 8*i+8; n++ {
			b.Records = append(b.Records, rec(n))
		}
		if i == 2 {
			b.Receipts = []event.Receipt{{Table: "SigninLogs", Tenant: "tenant-0", Of: 1, Time: rec(0).Time, Seen: rec(0).Seen, Source: "file:y", Count: 3}}
		}
		must[event.Position](t)(l.Append(ctx, b))
		if i == 3 {
			ok(t, l.Note(ctx, entry.Import, []byte(`{"read":8}`)))
			c, err := l.Commit(ctx)
			ok(t, err)
			f.early = []byte(c.Text)
		}
	}
	_, err := l.Commit(ctx)
	ok(t, err)
	ok(t, l.Erase(ctx, []event.Position{18, 19}))
	if n := must[int](t)(l.Expire(ctx, "default", rec(9).Time)); n == 0 {
		t.Fatal("nothing expired")
	}
	must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(60), rec(61)}}))
	_, err = l.Commit(ctx)
	ok(t, err)
	f.dir, f.key = opt.Dir, l.VerifierKey()
	ok(t, l.Close())
	return f
}

// files lists the files of a ledger, smallest name first.
func files(t testing.TB, dir string) (out []string) {
	ok(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	}))
	sort.Strings(out)
	return out
}

func clone(t testing.TB, dir string) string {
	to := filepath.Join(t.TempDir(), "ledger")
	ok(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

func run(t testing.TB, o verify.Options) *verify.Report {
	t.Helper()
	return must[*verify.Report](t)(verify.Run(o))
}

// segmentOf finds the sealed segment that has a position in its blocks.
func segmentOf(t testing.TB, dir string, pos event.Position) string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*", "*.seg"))
	ok(t, err)
	for _, path := range list {
		found := false
		edit(t, path, func(items []segment.Item, side []byte) ([]segment.Item, []byte) {
			for _, it := range items {
				found = found || it.Position == pos
			}
			return nil, nil
		})
		if found {
			return path
		}
	}
	t.Fatalf("no sealed segment has position %d", pos)
	return ""
}

// edit rewrites the first data block of a segment as a forger would, with
// right lengths, checks and chain; fn gives nil to leave it. The side file is
// replaced when fn gives one.
func edit(t testing.TB, path string, fn func(items []segment.Item, side []byte) ([]segment.Item, []byte)) {
	t.Helper()
	sidePath := path[:len(path)-len(filepath.Ext(path))] + ".side"
	side, err := os.ReadFile(sidePath)
	if err != nil { // expired
		return
	}
	whole := must[[]byte](t)(os.ReadFile(path))
	f := must[*os.File](t)(os.Open(path))
	defer f.Close()
	var out []byte
	at := 0
	done := false
	for {
		b, err := segment.ReadBlock(f)
		if err != nil {
			break
		}
		if b.Type == segment.TypeData && !done {
			done = true
			d := must[segment.Data](t)(segment.ParseData(b.Payload))
			var items []segment.Item
			part := side[:d.Items*segment.SideSize]
			ok(t, d.Decode(nil, func(it segment.Item) error { items = append(items, it); return nil }))
			items, newSide := fn(items, part)
			if items == nil {
				return
			}
			p := must[*segment.Packed](t)(segment.Pack(items, part))
			p.Chain = d.Chain
			out = p.Data.Append(out)
			if newSide != nil {
				ok(t, os.WriteFile(sidePath, append(newSide, side[len(part):]...), 0o600))
			}
		} else {
			out = append(out, whole[at:at+int(b.Size)]...)
		}
		at += int(b.Size)
	}
	ok(t, os.WriteFile(path, append(out, whole[at:]...), 0o600))
}
