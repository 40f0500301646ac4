package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/disk/disktest"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// crash is thrown at a failpoint: nothing after it runs, no cleanup either.
type crash struct{ point string }

// until runs do up to a crash and reports whether there was one.
func until(do func()) (crashed bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, ok := e.(crash); !ok {
				panic(e)
			}
			crashed = true
		}
	}()
	do()
	return false
}

// life runs a ledger through appends, seals, notes and commits: batch n holds
// the records 4n to 4n+3. It begins behind what is there already, as a source
// does that was not acknowledged.
func life(t *testing.T, l *Ledger, batches int, acked func(records int)) {
	have := map[string]bool{}
	for _, r := range all(t, l) {
		if have[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		have[r.ID] = true
	}
	for n := range batches {
		var b Batch
		for _, r := range recs(4*n, 4*n+4).Records {
			if !have[r.ID] {
				b.Records = append(b.Records, r)
			}
		}
		if len(b.Records) == 0 {
			continue
		}
		b.Receipts = []event.Receipt{{Table: "SigninLogs", Tenant: "tenant-0", Of: 1, Time: rec(0).Time, Seen: rec(0).Seen, Source: "file:y", Count: 1}}
		add(t, l, b)
		acked(4*n + 4)
		if n%3 == 2 {
			if err := l.Note(ctx, entry.Import, []byte(`{}`)); err != nil {
				t.Fatal(err)
			}
			commit(t, l)
		}
	}
	commit(t, l)
}

// TestPowerCutAtEveryFailpoint cuts the power at every failpoint, the first
// and a later time it is passed. What was acknowledged is there afterwards,
// a second run adds the rest, and the ledger verifies, against every
// checkpoint that was published.
func TestPowerCutAtEveryFailpoint(t *testing.T) {
	for _, point := range Failpoints {
		for _, pass := range []int{1, 2, 5} {
			t.Run(fmt.Sprint(point, "-", pass), func(t *testing.T) {
				t.Parallel()
				seed := rand.New(rand.NewPCG(uint64(pass), uint64(len(point))))
				opt := options(t)
				opt.SegmentBytes = 40
				if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
					t.Fatal(err)
				}
				disk, err := disktest.New(opt.Dir, seed)
				if err != nil {
					t.Fatal(err)
				}
				left := pass
				opt.FS = disk
				opt.Fail = func(p string) error {
					if p == point {
						if left--; left == 0 {
							panic(crash{p})
						}
					}
					return nil
				}
				acked, published := 0, ""
				l := start(t, opt)
				if !until(func() { life(t, l, 8, func(n int) { acked = n }) }) {
					if pass == 1 {
						t.Fatal("the point was never passed")
					}
					return // not as often as this
				}
				if c, err := l.Checkpoint(); err == nil {
					published = c.Text
				}
				l.Abandon()
				// The log keeps its own files and may have kept everything:
				// the worst case for a ledger that lost something.
				if err := disk.PowerCut(); err != nil {
					t.Fatal(err)
				}
				opt.FS, opt.Fail = nil, nil
				l = start(t, opt)
				got := map[string]bool{}
				for _, r := range all(t, l) {
					got[r.ID] = true
				}
				for n := range acked {
					if !got[rec(n).ID] {
						t.Errorf("record %d was acknowledged and is gone", n)
					}
				}
				life(t, l, 8, func(int) {})
				if n := len(all(t, l)); n != 32 {
					t.Errorf("%d records after a second run, want 32", n)
				}
				stop(t, l)
				r, err := verify.Run(verify.Options{Dir: opt.Dir, Against: []byte(published)})
				if err != nil || !r.OK || r.Records != 32 {
					t.Errorf("verify: %v, %d records, %v", err, r.Records, r.Findings)
				}
			})
		}
	}
}

// TestErrorsCostOnlyTheBatch lets every failpoint fail instead: the running
// ledger goes on.
func TestErrorsCostOnlyTheBatch(t *testing.T) {
	fault := errors.New("fault")
	for _, point := range Failpoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			armed := false
			opt := options(t)
			opt.SegmentBytes = 40
			opt.Fail = func(p string) error {
				if armed && p == point {
					armed = false
					return fault
				}
				return nil
			}
			l := start(t, opt)
			failed := 0
			for n := range 6 {
				armed = n == 2
				_, err := l.Append(ctx, recs(4*n, 4*n+4))
				if err == nil {
					_, err = l.Commit(ctx)
				}
				if err != nil && !errors.Is(err, fault) {
					t.Fatal(err)
				}
				if err != nil {
					failed++
				}
			}
			if failed != 1 {
				t.Fatalf("%d batches failed", failed)
			}
			commit(t, l)
			got := all(t, l)
			if len(got) < 20 || got[len(got)-1].ID != rec(23).ID {
				t.Errorf("%d records", len(got))
			}
			stop(t, l)
			verified(t, opt)
			l = start(t, opt)
			defer stop(t, l)
			if again := all(t, l); len(again) != len(got) {
				t.Errorf("%d records after a restart, %d before", len(again), len(got))
			}
		})
	}
}

// TestFullDiskCostsOnlyTheBatch fills the disk at every size in a range, so
// that each kind of write meets it.
func TestFullDiskCostsOnlyTheBatch(t *testing.T) {
	for space := int64(0); space < 4000; space += 97 {
		opt := options(t)
		opt.SegmentBytes = 100
		if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		disk, err := disktest.New(opt.Dir, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		opt.FS = disk
		l := start(t, opt)
		if err := l.Ready(); err != nil {
			t.Fatal(err)
		}
		disk.Space = space
		acked := 0
		for n := 0; ; n++ {
			if _, err := l.Append(ctx, recs(4*n, 4*n+4)); err != nil {
				if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "nothing of this batch was kept") {
					t.Fatalf("a full disk says: %v", err)
				}
				break
			}
			acked = 4*n + 4
		}
		disk.Space = -1
		add(t, l, recs(100, 104)) // there is room again
		commit(t, l)
		if got := all(t, l); len(got) != acked+4 {
			t.Errorf("space %d: %d records, want %d", space, len(got), acked+4)
		}
		stop(t, l)
		verified(t, opt)
	}
}

func TestReadOnlyFolderSaysSo(t *testing.T) {
	if os.Getuid() == 0 {
		readOnlyMount(t)
		return
	}
	opt := options(t)
	l := start(t, opt)
	add(t, l, recs(0, 4))
	commit(t, l)
	stop(t, l)
	if err := os.Chmod(opt.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(opt.Dir, 0o700)
	l = start(t, opt)
	defer stop(t, l)
	if _, err := l.Append(ctx, Batch{Records: []event.Record{{Tenant: "new", Raw: []byte("{}")}}}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("%v", err)
	}
}

// readOnlyMount uses a small file system of its own, which root needs to meet
// a read-only folder and a disk that is really full.
func readOnlyMount(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=256k"); err != nil {
		t.Logf("cannot run here: no right to mount: %v", err)
		t.SkipNow()
	}
	defer syscall.Unmount(mount, syscall.MNT_DETACH)
	opt := options(t)
	opt.Dir = filepath.Join(mount, "ledger")
	l := start(t, opt)
	add(t, l, recs(0, 4))
	commit(t, l)
	filler := filepath.Join(mount, "filler")
	_ = os.WriteFile(filler, make([]byte, 1<<20), 0o600) // fails when it is full
	acked := 4
	for {
		if _, err := l.Append(ctx, recs(acked, acked+4)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			break
		}
		acked += 4
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	add(t, l, recs(acked, acked+4))
	commit(t, l)
	stop(t, l)
	if err := syscall.Mount("", mount, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	verified(t, opt)
	if _, err := Open(ctx, opt); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a read-only ledger opens for writing: %v", err)
	}
}

// TestEveryCutOfTheOpenSegmentIsRecovered cuts the open segment at every
// length: what was there before the last append stays, and the ledger goes on.
func TestEveryCutOfTheOpenSegmentIsRecovered(t *testing.T) {
	opt := options(t)
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	opt.Now = func() time.Time { return now }
	l := start(t, opt)
	add(t, l, Batch{Records: []event.Record{rec(0)}})
	add(t, l, Batch{Records: []event.Record{rec(2)}})
	var s *stream
	for _, s = range l.streams {
	}
	path, before := s.path(1, extOpen), s.open.size
	add(t, l, Batch{Records: []event.Record{rec(4)}})
	stop(t, l)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := before; n < int64(len(whole)); n++ {
		for _, fill := range []int64{0, int64(len(whole)) - n} { // cut, or never filled
			b := append(append([]byte(nil), whole[:n]...), make([]byte, fill)...)
			if fill > 0 && (n+511)/512*512 >= int64(len(whole)) {
				continue // what was never written begins with a sector
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			l := start(t, opt)
			if l.Last() != 2 {
				t.Fatalf("cut at %d: last is %d", n, l.Last())
			}
			add(t, l, Batch{Records: []event.Record{rec(8)}})
			if got := all(t, l); len(got) != 3 || got[2].ID != "id-8" {
				t.Fatalf("cut at %d: %d records", n, len(got))
			}
			stop(t, l)
		}
	}
}
