package ingest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// gen is record k of an endless delivery: sign-ins of two tenants over two
// months, now and then a newer version of the one before, an exact repeat of
// an earlier one, and one that cannot be read.
func gen(k int) event.Record {
	id, app := k, "a"
	switch k % 10 {
	case 4:
		id, app = k-1, "b"
	case 7:
		if k > 40 {
			return gen(k - 37)
		}
	}
	raw := fmt.Sprintf(`{"category":"SignInLogs","tenantId":"t%d","properties":{"id":"id-%d","createdDateTime":"2026-%02d-03T00:00:00Z","appId":"%s","note":"%s"}}`,
		id%2, id, 5+id/20%2, app, strings.Repeat("x", id%200))
	if k%10 == 9 {
		raw = fmt.Sprintf(`{"cut %d`, k)
	}
	path := []string{"file:gen", "hub:a", "hub:b"}[k%3]
	rec := event.Record{Raw: []byte(raw), Source: path, Seen: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}
	identify.Record(&rec)
	return rec
}

// deliver takes the records from up to before to, committing every few.
func deliver(in *Ingest, from, to int, acked func(n int, checkpoint string)) error {
	for k := from; k < to; k++ {
		if err := in.Add(ctx, gen(k)); err != nil {
			return err
		}
		if k%15 == 14 {
			if err := in.Flush(ctx); err != nil {
				return err
			}
		}
		if k%60 == 59 || k == to-1 {
			c, err := in.Commit(ctx, in.Counts)
			if err != nil {
				return err
			}
			acked(k+1, c.Text)
		}
	}
	return nil
}

// settled checks a data folder that got the records 0 to n-1: each content
// once, the ledger verifies, the store is what a rebuild makes.
func settled(t *testing.T, dir string, opt Options, n int, checkpoint string) {
	t.Helper()
	want := map[string]int{}
	for k := range n {
		want[string(gen(k).Raw)] = 1
	}
	in, err := OpenWith(ctx, dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	if err := in.Ledger.Read(ctx, 0, func(_ event.Position, r *event.Record) error {
		got[string(r.Raw)]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("records: %s", d)
	}
	verified(t, dir, checkpoint)
	rebuilt(t, dir, opt, in)
}

type crash struct{}

// TestCrashAtEveryFailpoint ends the work at every named point between a page
// and its published checkpoint, as a crash does, and starts again.
func TestCrashAtEveryFailpoint(t *testing.T) {
	const n = 75
	passes := map[string][]int{}
	for _, point := range ledger.Failpoints { // the ledger's own tests have more of them
		passes[point] = []int{2}
	}
	for _, point := range duck.Failpoints {
		passes[point] = []int{1, 3}
	}
	for point, list := range passes {
		for _, pass := range list {
			t.Run(fmt.Sprint(point, "-", pass), func(t *testing.T) {
				base := t.TempDir()
				dir := filepath.Join(base, "data")
				opt := Options{Key: filepath.Join(base, "key")}
				opt.Ledger.SegmentBytes = 4000
				armed, left := opt, pass
				fail := func(p string) error {
					if p == point {
						if left--; left == 0 {
							panic(crash{})
						}
					}
					return nil
				}
				armed.Ledger.Fail, armed.Store.Fail = fail, fail
				in, err := OpenWith(ctx, dir, armed)
				if err != nil {
					t.Fatal(err)
				}
				checkpoint := ""
				func() {
					defer func() {
						if e := recover(); e != nil && e != (crash{}) {
							panic(e)
						}
					}()
					if err := deliver(in, 0, n, func(_ int, c string) { checkpoint = c }); err != nil {
						t.Error(err)
					}
				}()
				if left > 0 {
					t.Fatal("the point was never passed")
				}
				in.abandon()
				if in, err = OpenWith(ctx, dir, opt); err != nil {
					t.Fatal(err)
				}
				if err := deliver(in, 0, n, func(_ int, c string) { checkpoint = c }); err != nil {
					t.Fatal(err)
				}
				if err := in.Close(ctx); err != nil {
					t.Fatal(err)
				}
				settled(t, dir, opt, n, checkpoint)
			})
		}
	}
}

// abandon drops a data folder as the end of a process does.
func (in *Ingest) abandon() {
	in.Ledger.Abandon()
	_ = in.Store.Close(ctx) // what was not committed is rolled back
	_ = in.lock.Close()
}
