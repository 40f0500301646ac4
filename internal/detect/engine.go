package detect

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// Table is rows and their columns. A cell is as query.Row has it.
type Table struct {
	Columns []kql.Column
	Rows    []query.Row
}

// Index is the place of a column, -1 for none.
func (t *Table) Index(column string) int {
	for i, c := range t.Columns {
		if c.Name == column {
			return i
		}
	}
	return -1
}

// Text is a cell for people; "" where the table has no such column.
func (t *Table) Text(row query.Row, column string) string {
	i := t.Index(column)
	if i < 0 {
		return ""
	}
	return query.Text(t.Columns[i].Type, row[i])
}

// Engine is code that works on the rows of a rule's query, for what a query
// says badly. A rule names it. It is a function of its input: it keeps no state
// between runs, and asks for history with Query.
type Engine interface {
	Name() string
	// Run gives the rows that alerts are made of. Their columns may be others
	// than those of the input.
	Run(ctx context.Context, in Input) (*Table, error)
}

// Input is what an Engine gets. The rows are its own.
type Input struct {
	*Table
	Knobs    map[string]any // int64, float64, bool, string, rule.Duration or []string
	From, To time.Time      // the window, To exclusive
	// Query runs KQL over what the rule's query may read, with the same lets.
	Query func(ctx context.Context, text string) (*Table, error)
}

func findEngine(list []Engine, name string) (Engine, error) {
	var names []string
	for _, e := range list {
		if e.Name() == name {
			return e, nil
		}
		names = append(names, e.Name())
	}
	sort.Strings(names)
	return nil, fmt.Errorf("there is no engine %q; there are: %s", name, strings.Join(names, ", "))
}
