package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/verify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/source"
)

var day = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// counted is a source of sign-ins with numbers, a few to a page. trouble, if
// set, is called before every page.
type counted struct {
	name       string
	first, end int
	page       int
	trouble    func(at int) error
}

func (s *counted) Name() string { return s.name }

func (s *counted) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	at := s.first
	if from != nil {
		if err := json.Unmarshal(from, &at); err != nil {
			return err
		}
	}
	for at < s.end {
		if s.trouble != nil {
			if err := s.trouble(at); err != nil {
				return err
			}
		}
		p := source.Page{}
		for range min(s.page, s.end-at) {
			p.Records = append(p.Records, signIn(s.name, at))
			at++
		}
		p.Next, _ = json.Marshal(at)
		p.Claims = []source.Claim{{Kind: source.Polled, Path: s.name, Table: "SigninLogs", From: day, To: day.Add(time.Hour), Count: int64(len(p.Records))}}
		taken, err := yield(p)
		if err != nil {
			return err
		}
		if taken.Read != len(p.Records) || taken.Read != taken.New()+taken.Versions+taken.Duplicates {
			return fmt.Errorf("taken %+v of %d records", taken, len(p.Records))
		}
	}
	return nil
}

func signIn(name string, n int) event.Record {
	at := day.Add(time.Duration(n) * time.Second).Format(time.RFC3339)
	r := event.Record{Seen: day.Add(time.Hour), Source: name, Raw: fmt.Appendf(nil,
		`{"time":%q,"category":"SignInLogs","tenantId":"11111111-2222-4333-8444-555555555555","properties":{"id":"%08d-0000-4000-8000-000000000000","createdDateTime":%q,"userPrincipalName":"u%d@example.com"}}`, at, n, at, n%7)}
	identify.Record(&r)
	return r
}

// open opens the data folder in dir.
func open(t *testing.T, dir string) *ingest.Ingest {
	t.Helper()
	in, err := ingest.OpenWith(context.Background(), filepath.Join(dir, "data"), ingest.Options{Key: filepath.Join(dir, "key"), Notice: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// rows counts the sign-ins in the store and those that differ.
func rows(t *testing.T, in *ingest.Ingest) (n, distinct int) {
	t.Helper()
	for _, p := range in.Store.Parts(schema.Lookup("SigninLogs"), 0, 0) {
		if err := in.Store.DB().QueryRow(`SELECT count(*), count(DISTINCT "Id") FROM `+p.SQL).Scan(&n, &distinct); err != nil {
			t.Fatal(err)
		}
	}
	return n, distinct
}

func TestSourcesAreCollectedOnceAndTheLedgerVerifies(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	in := open(t, dir)
	c, err := New(in, filepath.Join(dir, "cursors"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(ctx, &counted{name: "graph:a", end: 40, page: 7}, &counted{name: "eventhub:b/x", first: 20, end: 60, page: 9}); err != nil {
		t.Fatal(err)
	}
	if n, distinct := rows(t, in); n != 60 || distinct != 60 {
		t.Errorf("%d rows of %d sign-ins, want 60", n, distinct)
	}
	if in.Counts.Read != 80 || in.Counts.Duplicates != 20 {
		t.Errorf("counts %+v", in.Counts)
	}
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := verify.Run(verify.Options{Dir: ingest.LedgerDir(filepath.Join(dir, "data"))})
	if err != nil || len(r.Findings) > 0 {
		t.Errorf("the ledger does not verify: %v %+v", err, r.Findings)
	}
}

// TestCrashAtEveryStep stops at each failpoint, some pages in, and goes on as
// after a crash: nothing is lost, nothing is there twice.
func TestCrashAtEveryStep(t *testing.T) {
	for _, point := range Failpoints {
		t.Run(point, func(t *testing.T) {
			dir, ctx := t.TempDir(), context.Background()
			crash := errors.New("crash")
			for run := range 4 {
				in := open(t, dir)
				count := 0
				c, err := New(in, filepath.Join(dir, "cursors"), Options{Fail: func(p string) error {
					if p != point || run == 3 {
						return nil
					}
					if count++; count > 2 {
						return crash
					}
					return nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				err = c.Run(ctx, &counted{name: "s", end: 50, page: 4})
				if run < 3 && !errors.Is(err, crash) || run == 3 && err != nil {
					t.Fatalf("run %d: %v", run, err)
				}
				if err := in.Close(ctx); err != nil {
					t.Fatal(err)
				}
			}
			in := open(t, dir)
			defer in.Close(ctx)
			if n, distinct := rows(t, in); n != 50 || distinct != 50 {
				t.Errorf("%d rows of %d sign-ins, want 50", n, distinct)
			}
		})
	}
}

func TestASourceThatFailsIsCalledAgain(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	in := open(t, dir)
	defer in.Close(ctx)
	var mu sync.Mutex
	var told []string
	c, err := New(in, filepath.Join(dir, "cursors"), Options{Pause: time.Millisecond, Observer: Observer{Notice: func(name string, n source.Notice) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, name+" "+n.Code+" "+strings.SplitN(n.Text, "\n", 2)[0])
	}}})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	s := &counted{name: "s", end: 30, page: 5, trouble: func(at int) error {
		switch calls++; {
		case calls == 2:
			return errors.New("the service is away")
		case calls == 4:
			panic("a bug")
		}
		return nil
	}}
	if err := c.Run(ctx, s, &counted{name: "other", first: 100, end: 110, page: 5}); err != nil {
		t.Fatal(err)
	}
	if n, _ := rows(t, in); n != 40 {
		t.Errorf("%d rows, want 40", n)
	}
	if all := strings.Join(told, "\n"); len(told) != 2 || !strings.Contains(all, "the service is away") || !strings.Contains(all, "panic: a bug") {
		t.Errorf("notices: %s", all)
	}
}

func TestRunEndsWhenAskedTo(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	defer in.Close(context.Background())
	c, err := New(in, filepath.Join(dir, "cursors"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	pages := 0
	if err := c.Run(ctx, &counted{name: "endless", end: 1 << 30, page: 3, trouble: func(int) error {
		if pages++; pages == 5 {
			cancel()
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	point, err := in.Ledger.Checkpoint()
	if err != nil || point.Size == 0 {
		t.Errorf("no checkpoint commits to what came: %+v %v", point, err)
	}
	n, _ := rows(t, in)
	cursor, err := c.cursors.load("endless")
	if err != nil || string(cursor) != fmt.Sprint(n) {
		t.Errorf("%d rows, cursor %s (%v)", n, cursor, err)
	}
}

func TestCursorsAreTheirSourcesOwn(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	defer in.Close(context.Background())
	c, err := New(in, filepath.Join(dir, "cursors"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(context.Background(), &counted{name: "a"}, &counted{name: "a"}); err == nil || !strings.Contains(err.Error(), "another name") {
		t.Errorf("two sources of one name: %v", err)
	}
	if err := c.cursors.save("a/../b", source.Cursor(`{"n":1}`)); err != nil {
		t.Fatal(err)
	}
	if got, err := c.cursors.load("a/../b"); err != nil || string(got) != `{"n":1}` {
		t.Errorf("%s %v", got, err)
	}
	if list, _ := filepath.Glob(filepath.Join(dir, "b*")); len(list) != 0 {
		t.Errorf("a name left the folder: %v", list)
	}
	for _, text := range []string{"", "{", `{"source":"other","cursor":1}`} {
		if err := os.WriteFile(c.cursors.file("a"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.Run(context.Background(), &counted{name: "a"}); err == nil || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("cursor %q: %v", text, err)
		}
	}
}
