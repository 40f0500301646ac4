package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCatalogueIsComplete(t *testing.T) {
	if n := len(Tables()); n != 23 {
		t.Fatalf("%d tables, want 23", n)
	}
	for _, table := range Tables() {
		if table.Index("TimeGenerated") < 0 || table.Index("AdditionalFields") < 0 || table.Family == "" || table.Category == "" {
			t.Errorf("%s lacks what every table has", table.Name)
		}
		if table.Description == "" {
			t.Errorf("%s is not described", table.Name)
		}
		for _, c := range table.Columns {
			if c.Description == "" || len(c.Description) > 100 {
				t.Errorf("%s.%s is described as %q", table.Name, c.Name, c.Description)
			}
		}
		if len(table.Promoted) > 64 {
			t.Errorf("%s has more promoted paths than misfit bits", table.Name)
		}
	}
	if ByCategory("kube-APIserver") != Lookup("AKSControlPlane") || ByCategory("signinlogs") != Lookup("SigninLogs") {
		t.Error("categories are not found in any letter case")
	}
	if e, ok := Catalog().Table("AzureActivity"); !ok || !e.NoSource {
		t.Error("AzureActivity is not there as a table without a source")
	}
}

// TestColumnsEqualReference compares with the reference files, which are not
// part of the project.
func TestColumnsEqualReference(t *testing.T) {
	shared := os.Getenv("WHOLELOG_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	names, err := filepath.Glob(filepath.Join(shared, "reference/entra/schemas/*.json"))
	if err != nil || len(names) == 0 {
		t.Skipf("cannot run here: no reference schemas under %s (set WHOLELOG_SHARED)", shared)
	}
	for _, name := range names {
		var ref struct {
			Table   string
			Columns []struct{ Name, Type string }
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &ref); err != nil {
			t.Fatal(err)
		}
		table := Lookup(ref.Table)
		if table == nil {
			t.Errorf("no table %s", ref.Table)
			continue
		}
		visible := 0
		for _, c := range table.Columns {
			if !c.Hidden {
				visible++
			}
		}
		if visible != len(ref.Columns) {
			t.Errorf("%s: %d columns, want %d", ref.Table, visible, len(ref.Columns))
			continue
		}
		for i, c := range ref.Columns {
			if got := table.Columns[i]; got.Name != c.Name || got.Type != types[c.Type] {
				t.Errorf("%s column %d: %s %s, want %s %s", ref.Table, i, got.Name, got.Type, c.Name, c.Type)
			}
		}
	}
}

// TestDescriptionsAreAllUsed finds the text of what is not there.
func TestDescriptionsAreAllUsed(t *testing.T) {
	for name := range describe() {
		table, column, ok := strings.Cut(name, ".")
		used := Lookup(name) != nil
		for _, tab := range Tables() {
			if ok && tab.Name == table {
				used = used || tab.Index(column) >= 0
			} else if !ok {
				used = used || tab.Index(name) >= 0
			}
		}
		if !used {
			t.Errorf("%q is no table or column", name)
		}
	}
}

func TestTicksAndTimeAreInverse(t *testing.T) {
	for _, s := range []string{"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.9999999Z", "2026-07-16T15:34:08.5339262Z", "9999-12-31T23:59:59.9999999Z"} {
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := Time(TicksOf(want)); !got.Equal(want) {
			t.Errorf("%s came back as %s", s, got)
		}
	}
	if n := TicksOf(time.Time{}); n != 0 {
		t.Errorf("0001-01-01 is tick %d, want 0", n)
	}
}
