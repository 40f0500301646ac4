package kqltest

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

//go:generate go test -run TestDocs -update .

var updateDocs = flag.Bool("update", false, "rewrite docs/kql.md")

func TestDocs(t *testing.T) {
	names := Names()
	for _, n := range names {
		if _, ok := Example(n); !ok {
			t.Errorf("%q has no example in examples.go", n)
		}
	}
	for n := range Examples {
		if !slices.Contains(names, n) {
			t.Errorf("examples.go has %q, which the compiler does not know", n)
		}
	}
	path := filepath.Join("..", "..", "docs", "kql.md")
	want := strings.TrimRight(Docs(), "\n") + "\n"
	if *updateDocs {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/kql.md is not what the tables give; run go generate ./kql/kqltest (%v)", err)
	}
}
