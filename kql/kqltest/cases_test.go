package kqltest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/kql/types"
)

func TestCases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.json")
	text := `[{"page":"query/x.md","section":"Example","query":"print a=1, b=dynamic([1]) | sort by a","columns":["a","b"],` +
		`"rows":[["1","[ 1 ]"],["null",""]],"types":["long","dynamic"],"class":"exact","entra_relevant":true}]`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cases, err := Cases(path)
	if err != nil {
		t.Fatal(err)
	}
	c := cases[0]
	if !c.Entra || !c.Want.Ordered || c.Want.Sets || c.Want.Columns[1].Type != types.Dynamic {
		t.Errorf("case: %+v", c)
	}
	if err := Equal(c.Want, Rows{Columns: c.Want.Columns, Rows: [][]any{{int64(1), "[1]"}, {nil, nil}}}); err != nil {
		t.Error(err)
	}
	bad := strings.Replace(text, `["1",`, `["one",`, 1)
	if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Cases(path); err == nil || !strings.Contains(err.Error(), `no long: "one"`) {
		t.Errorf("bad cell: %v", err)
	}
	if _, err := Cases(path + "x"); err == nil {
		t.Error("no error for a missing file")
	}
}
