package ledger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/translog"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

var ctx = context.Background()

func rec(n int) event.Record {
	return event.Record{Table: "SigninLogs", ID: fmt.Sprint("id-", n), IDKind: event.IDNative, Time: time.Date(2026, 7, 1, 0, 0, n, 533926200, time.UTC),
		Seen: time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC), Tenant: fmt.Sprint("tenant-", n%2), Source: "file:x", Format: event.FormatDiagnostic,
		Raw: []byte(fmt.Sprintf(`{"n":%d}`, n)), Context: []byte("a,b"), Line: n, Content: event.Hash{byte(n), byte(n >> 8)}}
}

func recs(from, to int) (b Batch) {
	for n := from; n < to; n++ {
		b.Records = append(b.Records, rec(n))
	}
	return b
}

// options are those of a ledger in a new folder, with a key beside it.
func options(t testing.TB) Options {
	dir := t.TempDir()
	return Options{Dir: filepath.Join(dir, "ledger"), Key: filepath.Join(dir, "key")}
}

func start(t testing.TB, opt Options) *Ledger {
	t.Helper()
	l, err := Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t testing.TB, l *Ledger, b Batch) event.Position {
	t.Helper()
	first, err := l.Append(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func commit(t testing.TB, l *Ledger) translog.Checkpoint {
	t.Helper()
	c, err := l.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stop(t testing.TB, l *Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// all reads every record and checks that positions grow.
func all(t testing.TB, l *Ledger) (out []event.Record) {
	t.Helper()
	last := event.Position(0)
	err := l.Read(ctx, 0, func(p event.Position, r *event.Record) error {
		if p <= last {
			t.Errorf("position %d after %d", p, last)
		}
		last = p
		out = append(out, *r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func verified(t testing.TB, opt Options) *verify.Report {
	t.Helper()
	r, err := verify.Run(verify.Options{Dir: opt.Dir})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK {
		t.Fatalf("verify: %v", r.Findings)
	}
	return r
}

func TestWhatIsAppendedIsReadAndProven(t *testing.T) {
	opt := options(t)
	opt.SegmentBytes = 16
	var want []event.Record
	for i := range 6 {
		l := start(t, opt)
		b := recs(5*i, 5*i+5)
		if i == 3 {
			b.Receipts = []event.Receipt{{Table: "SigninLogs", Tenant: "tenant-1", Of: 2, Time: rec(1).Time, Seen: rec(1).Seen, Source: "file:y", Count: 3}}
		}
		add(t, l, b)
		want = append(want, b.Records...)
		if i%2 == 1 {
			if err := l.Note(ctx, entry.Import, []byte(`{"n":1}`)); err != nil {
				t.Fatal(err)
			}
			if c := commit(t, l); c.Size == 0 {
				t.Error("no checkpoint")
			}
			verified(t, opt)
		}
		stop(t, l)
	}
	l := start(t, opt)
	defer stop(t, l)
	got := all(t, l)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s := l.Stats(); s.Segments < 3 || s.Records != 30 {
		t.Errorf("%+v", s)
	}
	r := verified(t, opt)
	if r.Records != 30 || r.Items != 34 || r.Streams != 3 {
		t.Errorf("verified %d records, %d items, %d streams", r.Records, r.Items, r.Streams)
	}
	var some []event.Record
	if err := l.Get(ctx, []event.Position{3, 21, 999}, func(_ event.Position, r *event.Record) error {
		some = append(some, *r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(some) != 2 {
		t.Errorf("got %d of 2 records by position", len(some))
	}
}

func TestReceiptsAndCompletenessAreRebuiltFromTheFiles(t *testing.T) {
	opt := options(t)
	opt.SegmentBytes = 16
	l := start(t, opt)
	late := rec(2)
	late.Source = "graph:signIns"
	add(t, l, Batch{Records: []event.Record{rec(0), late}})
	add(t, l, Batch{Records: []event.Record{rec(4)}})
	receipts := []event.Receipt{
		{Table: "SigninLogs", Tenant: "tenant-0", Of: 1, Time: rec(0).Time.Truncate(time.Hour), Seen: rec(0).Seen, Source: "file:y", Count: 2},
		{Table: "SigninLogs", Tenant: "tenant-0", Of: 3, Time: rec(0).Time.Truncate(time.Hour), Seen: rec(0).Seen, Source: "file:y", Count: 1},
	}
	add(t, l, Batch{Receipts: receipts})
	hour := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	want := []Hour{{Tenant: "tenant-0", Table: "SigninLogs", Hour: hour, Received: 6, Unique: 3, Duplicate: 3, Late: 1, Verdict: VerdictOpen}}
	for range 2 {
		got, err := l.Completeness()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		stop(t, l)
		l = start(t, opt)
	}
	defer stop(t, l)
	var back []event.Receipt
	if err := l.Items(ctx, 0, func(it *segment.Item) error {
		for _, r := range it.Receipts {
			r.Tenant = "tenant-0"
			back = append(back, r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(receipts, back); d != "" {
		t.Error(d)
	}
}

func TestSmallSegmentsStayOpenUntilTheyAreADayOld(t *testing.T) {
	opt := options(t)
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	opt.Now = func() time.Time { return now }
	f := func(age time.Duration, want int) {
		t.Helper()
		now = now.Add(age)
		l := start(t, opt)
		defer stop(t, l)
		add(t, l, recs(0, 1))
		commit(t, l)
		if got := l.Stats().Segments; got != want {
			t.Errorf("%d segments are sealed, want %d", got, want)
		}
		verified(t, opt)
	}
	f(0, 0)
	f(time.Hour, 0)
	f(24*time.Hour, 1)
	f(time.Hour, 1)
}

func TestErasedAndExpiredVerifyAndStayGone(t *testing.T) {
	opt := options(t)
	opt.SegmentBytes = 16
	l := start(t, opt)
	for i := range 5 {
		add(t, l, recs(4*i, 4*i+4))
	}
	commit(t, l)
	if err := l.Erase(ctx, []event.Position{99}); err == nil {
		t.Error("a position that is not there was erased")
	}
	if err := l.Erase(ctx, []event.Position{2, 6, 19}); err != nil {
		t.Fatal(err)
	}
	if err := l.Erase(ctx, []event.Position{2, 8}); err != nil {
		t.Fatal(err)
	}
	f := func(records, erased, expired int) {
		t.Helper()
		if got := all(t, l); len(got) != records {
			t.Errorf("%d records are left, want %d", len(got), records)
		}
		if r := verified(t, opt); int(r.Erased) != erased || int(r.Expired) != expired || len(r.Notes) != 0 {
			t.Errorf("erased %d, expired %d, notes %q", r.Erased, r.Expired, r.Notes)
		}
		for _, gone := range []string{`{"n":1}`, `{"n":18}`} {
			if holds(t, opt.Dir, gone) {
				t.Errorf("%s is still in the files", gone)
			}
		}
	}
	f(16, 4, 0)
	stop(t, l)
	l = start(t, opt)
	defer func() { stop(t, l) }()
	f(16, 4, 0)
	n, err := l.Expire(ctx, "default", rec(9).Time)
	if err != nil || n == 0 {
		t.Fatalf("%d segments expired: %v", n, err)
	}
	left := len(all(t, l))
	if left >= 16 {
		t.Error("nothing expired")
	}
	r := verified(t, opt)
	if r.Expired == 0 {
		t.Error("verify counts nothing as expired")
	}
	stop(t, l)
	l = start(t, opt)
	if got := len(all(t, l)); got != left {
		t.Errorf("%d records after a restart, want %d", got, left)
	}
}

// holds reports whether any segment of a ledger unpacks to something that
// contains text.
func holds(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := segment.ReadBlock(f)
			if err != nil {
				break
			}
			if b.Type != segment.TypeData {
				continue
			}
			d, err := segment.ParseData(b.Payload)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Decode(nil, func(it segment.Item) error {
				if it.Record != nil && string(it.Record.Raw) == text {
					t.Log(name)
					return os.ErrExist
				}
				return nil
			}); err != nil {
				return true
			}
		}
		f.Close()
	}
	return false
}

func TestFoldersThatCannotBeUsedSaySo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Options{Dir: filepath.Join(file, "ledger")}); err == nil {
		t.Error("a folder that cannot be made is no error")
	}
}

func TestTheLogRestsAndGoesOn(t *testing.T) {
	l := start(t, options(t))
	defer l.Close()
	var sizes []uint64
	for n := range 3 {
		r := event.Record{Table: "SigninLogs", Tenant: "t", Source: "hub:a", Raw: fmt.Appendf(nil, "%d", n), Content: event.Hash{byte(n)}}
		if _, err := l.Append(ctx, Batch{Records: []event.Record{r}}); err != nil {
			t.Fatal(err)
		}
		if err := l.Note(ctx, "finding", []byte("{}")); err != nil { // not published yet
			t.Fatal(err)
		}
		if n == 1 { // without a commit
			if err := l.Rest(ctx); err != nil {
				t.Fatal(err)
			}
		}
		c, err := l.Commit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, c.Size)
		if err := l.Rest(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if sizes[0] == 0 || sizes[1] <= sizes[0] || sizes[2] <= sizes[1] {
		t.Errorf("checkpoints of sizes %v", sizes)
	}
}
