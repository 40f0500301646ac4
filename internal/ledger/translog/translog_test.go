package translog

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func signer(t testing.TB) note.Signer {
	t.Helper()
	private, _, err := note.GenerateKey(rand.Reader, "test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEntriesAreThereWhenWaitReturns(t *testing.T) {
	ctx, dir, s := context.Background(), filepath.Join(t.TempDir(), "log"), signer(t)
	want := 0
	for _, n := range []int{1, 300, 3} {
		l, err := Open(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			l.Add(ctx, []byte(fmt.Sprint("entry ", want)))
			want++
		}
		if err := l.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{} // within one batch the log promises no order
		if err := Entries(dir, func(_ uint64, e []byte) error { got[string(e)] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != want {
			t.Fatalf("%d entries are there, want %d", len(got), want)
		}
		if err := l.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// What a crash left behind, and partial files of a full bundle, go.
	stray := filepath.Join(dir, "tile", "entries", "001.p", "200")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(ctx)
	for _, gone := range []string{stray, filepath.Join(dir, "tile", "entries", "000.p")} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
}

// TestNothingIsWrittenAfterClose: what was added and not waited for is there
// when Close returns, so that nothing writes to the folder any more.
func TestNothingIsWrittenAfterClose(t *testing.T) {
	ctx, s := context.Background(), signer(t)
	for n := range 20 {
		dir := filepath.Join(t.TempDir(), "log")
		l, err := Open(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		l.Add(ctx, []byte(fmt.Sprint("entry ", n)))
		if err := l.Close(ctx); err != nil {
			t.Fatal(err)
		}
		found := 0
		if err := Entries(dir, func(uint64, []byte) error { found++; return nil }); err != nil || found != 1 {
			t.Fatalf("%d entries after Close, want 1: %v", found, err)
		}
	}
}

func TestCovers(t *testing.T) {
	f := func(rel string, want uint64) {
		t.Helper()
		if got, ok := covers(rel); got != want || ok != (want > 0) {
			t.Errorf("%s covers %d entries, %v; want %d", rel, got, ok, want)
		}
	}
	f("entries/000", 256)
	f("entries/000.p/7", 7)
	f("entries/x001/002.p/7", 1002*256+7)
	f("0/001", 512)
	f("1/000.p/2", 512)
	f("2/000.p/1", 65536)
	for _, bad := range []string{"", "entries", "entries/1", "entries/000.p/256", "entries/000.p/0", "0/000.tmp", "x/000", "0/001/002"} {
		f(bad, 0)
	}
}

// FuzzCovers: any name is told or refused without a panic, and one that is
// told covers at least one entry.
func FuzzCovers(f *testing.F) {
	f.Add("entries/x001/002.p/7")
	f.Fuzz(func(t *testing.T, rel string) {
		if n, ok := covers(rel); ok && n == 0 {
			t.Fatalf("%q covers nothing", rel)
		}
	})
}

// FuzzCheckpoint: a checkpoint's text is read or refused, never a panic.
func FuzzCheckpoint(f *testing.F) {
	f.Add([]byte("log\n5\nroot\n\nsignature\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseCheckpoint(b); err == nil && c.Text != string(b) {
			t.Fatal("the text is another one")
		}
	})
}

func TestAFolderThatCannotBeLockedIsAnError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	// A folder in the place of the lock file stands for one that cannot be made.
	if err := os.MkdirAll(filepath.Join(dir, ".state", "treeState.lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, signer(t)); err == nil {
		t.Error("opened without its lock")
	}
}
