package enrich

import (
	"testing"

	"github.com/wholelog/wholelog/internal/schema"
)

func TestErrorClass(t *testing.T) {
	f := func(result, want string) {
		t.Helper()
		tab := schema.Lookup("SigninLogs")
		row := &schema.Row{Table: tab, Cells: make([]schema.Cell, len(tab.Columns))}
		row.Cells[tab.Index("ResultType")] = schema.Str(result)
		Row(row)
		if got := row.Cells[tab.Index("ErrorClass")].S; got != want {
			t.Errorf("ResultType %q: class %q, want %q", result, got, want)
		}
	}
	f("", "")
	f("0", "success")
	f("Success", "success")
	f("Interrupted", "interrupt")
	f("50126", "failure")
	f("50074", "interrupt")
	f("50140", "interrupt")
	f("987654321", "failure")
}
