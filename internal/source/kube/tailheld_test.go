package kube

import (
	"encoding/json"
	"os"
	"testing"
)

// TestAnOlderFileThatTurnsUpIsRead: rotated between a look and the opening of
// the current file, or put back by somebody. The current file goes on where it
// was afterwards.
func TestAnOlderFileThatTurnsUpIsRead(t *testing.T) {
	f := newFollower(t)
	f.write(3, false)
	f.during = func(n int) {
		switch n {
		case 2:
			f.must(os.WriteFile(f.rotated(), []byte(logged(100)+logged(101)), 0o600))
		case 25:
			f.write(1, false)
		}
	}
	same(t, "all, and each once", f.run(t, 40), []string{"a0", "a1", "a2", "a100", "a101", "a3"})

	// The same over a restart.
	f.during = nil
	f.must(os.WriteFile(f.rotated(), []byte(logged(102)), 0o600))
	f.write(1, false)
	same(t, "after a restart", f.run(t, 20), []string{"a102", "a4"})
	same(t, "nothing new", f.run(t, 20), nil)
	if len(f.claims) != 0 || f.has(Vanished) {
		t.Errorf("claims %v, notices %v", f.claims, f.notices)
	}
}

// TestCursorForgetsFilesThatAreGone, or it would grow with every rotation.
func TestCursorForgetsFilesThatAreGone(t *testing.T) {
	f := newFollower(t)
	for range 30 {
		f.write(2, false)
		last := f.rotate()
		f.write(1, false)
		f.run(t, 12)
		f.must(os.Remove(last))
	}
	f.write(1, false)
	f.run(t, 12)
	var st state
	if err := json.Unmarshal(f.cursor, &st); err != nil || len(st.Read) > 1 {
		t.Errorf("%d files are remembered, error %v", len(st.Read), err)
	}
	if n := len(f.records); n != 91 {
		t.Errorf("%d records, want 91", n)
	}
}
