package duck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
)

// worn is a store of one month whose rows were replaced several times.
func worn(t *testing.T, dir string, opt Options, rows int) *Store {
	t.Helper()
	ctx, s := context.Background(), open(t, dir, opt)
	pos := 0
	for range 4 {
		var b Batch
		for i := range rows {
			pos++
			c := row(pos, fmt.Sprint("user-", i), july)
			c.Row.Cells[2] = schema.JSON(fmt.Sprintf(`{"a":"x","b":"%x"}`, pos*pos*7919))
			c.Replace = true
			c.Versions = []Version{{Position: event.Position(pos)}}
			c.Row.Misfit = 1
			b.Changes = append(b.Changes, c)
		}
		b.Last = event.Position(pos)
		if err := s.Apply(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// state is all that a store's file says, as text.
func state(t *testing.T, s *Store) []string {
	t.Helper()
	side, err := s.Side(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	f := s.files[fileKey{"signin", 202607}]
	return append(dump(t, s), fmt.Sprint(len(side.Versions), side.Misfits, f.applied, s.Applied(), s.Parts(table, 0, 0)))
}

var always = Limits{Share: 1e-9}

func TestCompactGivesDiskBack(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := worn(t, dir, Options{}, 60_000)
	if n, err := s.Compact(ctx, Limits{}); n != 0 || err != nil {
		t.Errorf("a small file is written anew: %d, %v", n, err)
	}
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "signin-202607.duckdb"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	want, before := state(t, s), size()
	if n, err := s.Compact(ctx, Limits{Share: 0.3, Rows: 50_000, Bytes: 1 << 20}); n != 1 || err != nil {
		t.Fatalf("%d files written anew, %v", n, err)
	}
	after := size()
	t.Logf("%d bytes before, %d after", before, after)
	if after > before*7/10 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	if d := cmp.Diff(want, state(t, s)); d != "" {
		t.Errorf("the store differs: %s", d)
	}
	if n, err := s.Compact(ctx, Limits{Share: 0.3, Rows: 50_000, Bytes: 1 << 20}); n != 0 || err != nil {
		t.Errorf("again %d, %v", n, err)
	}
	// It goes on to take rows, compressed as before.
	next := row(1_000_000, "eve", july)
	if err := s.Apply(ctx, Batch{Changes: []Change{next}, Last: 1_000_000}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close(ctx)
	if got := dump(t, s); len(got) != 60_001 || s.Applied() != 1_000_000 {
		t.Errorf("%d rows, applied %d", len(got), s.Applied())
	}
	var how string
	if err := s.db.QueryRow("SELECT string_agg(DISTINCT compression) FROM pragma_storage_info('signin_202607.T') WHERE column_name = 'D' AND segment_type = 'VARCHAR' AND row_group_id = 0").Scan(&how); err != nil || !strings.Contains(how, "ZSTD") {
		t.Errorf("JSON is compressed by %q, %v", how, err)
	}
}

// TestCompactSurvivesACrash looks at the folder as it is at every point.
func TestCompactSurvivesACrash(t *testing.T) {
	ctx := context.Background()
	dir, left := t.TempDir(), map[string]string{}
	armed := false
	s := worn(t, dir, Options{Fail: func(p string) error {
		if armed && left[p] == "" {
			left[p] = t.TempDir()
			return os.CopyFS(left[p], os.DirFS(dir))
		}
		return nil
	}}, 3000)
	want := state(t, s)
	armed = true
	if n, err := s.Compact(ctx, always); n == 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for _, p := range CompactPoints {
		if left[p] == "" {
			t.Fatalf("%s was not passed", p)
		}
		s := open(t, left[p], Options{})
		if d := cmp.Diff(want, state(t, s)); d != "" {
			t.Errorf("%s: %s", p, d)
		}
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		names, err := filepath.Glob(filepath.Join(left[p], "*.new*"))
		if err != nil || len(names) > 0 {
			t.Errorf("%s leaves %v", p, names)
		}
	}
}

// TestCompactThatFailsCostsNothing: an error before the names change leaves
// the store as it was, and usable.
func TestCompactThatFailsCostsNothing(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	at := ""
	s := worn(t, dir, Options{Fail: func(p string) error {
		if p == at {
			return errors.New("stopped")
		}
		return nil
	}}, 3000)
	defer s.Close(ctx)
	want := state(t, s)
	for _, at = range CompactPoints[:3] {
		if _, err := s.Compact(ctx, always); err == nil {
			t.Errorf("%s: no error", at)
		}
		if d := cmp.Diff(want, state(t, s)); d != "" {
			t.Errorf("%s: %s", at, d)
		}
	}
	at = ""
	if n, err := s.Compact(ctx, always); n == 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if d := cmp.Diff(want, state(t, s)); d != "" {
		t.Error(d)
	}
}

// TestQueriesGoOnWhileAFileIsWrittenAnew runs queries all the while, one of
// which began before.
func TestQueriesGoOnWhileAFileIsWrittenAnew(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := worn(t, dir, Options{}, 20_000)
	defer s.Close(ctx)
	before, err := s.db.Query("SELECT _wl_pos FROM signin_202607.T")
	if err != nil {
		t.Fatal(err)
	}
	before.Next()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					t.Logf("%d queries", n)
					return
				default:
				}
				var rows int
				release := s.Hold()
				err := s.db.QueryRow("SELECT count(*) FROM signin_202607.T").Scan(&rows)
				release()
				if err != nil || rows != 20_000 {
					t.Errorf("a query beside it: %d rows, %v", rows, err)
					return
				}
			}
		})
	}
	for range 3 {
		if n, err := s.Compact(ctx, always); err != nil {
			t.Errorf("%d, %v", n, err)
		}
		c := row(1_000_000, "user-1", july)
		c.Replace = true
		if err := s.Apply(ctx, Batch{Changes: []Change{c}, Last: 1_000_000, Redo: true}); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	n := 1
	for before.Next() {
		n++
	}
	if err := errors.Join(before.Err(), before.Close()); err != nil || n != 20_000 {
		t.Errorf("the query that began before: %d rows, %v", n, err)
	}
}
