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

// unfinished are examples that do not run yet, with the reason. An example that
// begins to must leave the list.
var unfinished = map[string]string{}

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
		_, err := e.Run(ctx, Request{Text: q}, func(*Result) error { return nil }, func(Row) error { return nil })
		switch why, known := unfinished[name]; {
		case err != nil && !known:
			t.Errorf("%s: %s\n\t%v", name, q, err)
		case err == nil && known:
			t.Errorf("%s runs; take it off unfinished (%s)", name, why)
		}
	}
}
