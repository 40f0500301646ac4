package duck

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/schema"
)

// TestMissingAndOldFilesAreNamed takes a file away, puts an older copy of it
// back, and takes the meta file away.
func TestMissingAndOldFilesAreNamed(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	const month = 31 * 86400 * schema.TicksPerSecond
	write := func(b Batch) {
		t.Helper()
		s := open(t, dir, Options{})
		if err := errors.Join(s.Apply(ctx, b), s.Close(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	// reopen opens the folder, looks at it beside a writer and returns the error.
	reopen := func(want ...string) {
		t.Helper()
		for _, ro := range []bool{false, true} {
			s, err := Open(ctx, dir, Options{ReadOnly: ro})
			if err == nil {
				err = s.Close(ctx)
			}
			if len(want) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				continue
			}
			if !errors.Is(err, ErrIncomplete) {
				t.Fatalf("read only %v: %v, want ErrIncomplete", ro, err)
			}
			for _, w := range want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("read only %v: %v does not say %q", ro, err, w)
				}
			}
		}
	}
	write(Batch{Changes: []Change{row(1, "ada", july), row(2, "bob", july+month)}, Last: 2})
	reopen()
	file := filepath.Join(dir, "signin-202607.duckdb")
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(Batch{Changes: []Change{row(3, "eve", july)}, Last: 3})
	second, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	reopen("signin-202607.duckdb is missing", "rebuild")
	reopen("signin-202607.duckdb is missing") // and again: looking made no new one
	if err := os.WriteFile(file, first, 0o600); err != nil {
		t.Fatal(err)
	}
	reopen("signin-202607.duckdb is an older copy (record 2 of 3")
	if err := os.WriteFile(file, second, 0o600); err != nil {
		t.Fatal(err)
	}
	reopen()
	meta := filepath.Join(dir, "meta-000000.duckdb")
	whole, err := os.ReadFile(meta)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"DROP TABLE ", "DELETE FROM "} {
		s := open(t, dir, Options{})
		f := s.files[fileKey{metaFamily, 0}]
		if err := errors.Join(s.exec(ctx, statement+f.alias+"."+manifestTable), s.Close(ctx)); err != nil {
			t.Fatal(err)
		}
		reopen("signin-202607.duckdb is not on the list")
		if err := errors.Join(os.WriteFile(meta, whole, 0o600), os.RemoveAll(meta+".wal")); err != nil {
			t.Fatal(err)
		}
	}
	reopen()
	if err := os.Remove(meta); err != nil {
		t.Fatal(err)
	}
	reopen("meta-000000.duckdb is missing")
}
