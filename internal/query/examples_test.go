package query

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/store/duck"
	"github.com/wholelog/wholelog/kql/kqltest"
)

// TestExamples runs what docs/kql.md shows.
func TestExamples(t *testing.T) {
	ctx := context.Background()
	store, err := duck.Open(ctx, "", duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(ctx)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vip.csv"), []byte("user,vip\nada,true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := New(ctx, store, Options{External: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range kqltest.Names() {
		q, ok := kqltest.Example(name)
		if !ok {
			continue // kqltest reports it
		}
		q = strings.ReplaceAll(q, `"lists/`, `"`+filepath.ToSlash(dir)+`/`)
		if _, err := e.Run(ctx, Request{Text: q}, func(*Result) error { return nil }, func(Row) error { return nil }); err != nil {
			t.Errorf("%s: %s\n\t%v", name, q, err)
		}
	}
}
