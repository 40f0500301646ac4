package query

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/types"
)

// catalog is the schema's catalogue with watchlists and external data, for one
// query: the rows of those are read when the query names them.
type catalog struct {
	kql.Catalog
	opt  Options
	data map[*types.Table]string // JSON rows of watchlists and external data
}

func newCatalog(base kql.Catalog, opt Options) *catalog {
	return &catalog{Catalog: base, opt: opt, data: map[*types.Table]string{}}
}

// rows gives the rows of a table that is no stored one, as a JSON array of
// arrays of texts.
func (c *catalog) rows(t *types.Table) (string, bool) {
	s, ok := c.data[t]
	return s, ok
}

// table keeps rows under a new table.
func (c *catalog) table(name string, cols []types.Column, rows [][]string) (*types.Table, error) {
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("rows of %s: %w", name, err)
	}
	if rows == nil {
		text = []byte("[]")
	}
	t := &types.Table{Name: name, Columns: cols}
	c.data[t] = string(text)
	return t, nil
}

// column makes a header cell a column name: Kusto allows any text, but a
// blank one cannot be written.
func columnName(s string, i int) string {
	if s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff")); s == "" {
		return fmt.Sprintf("Column%d", i+1)
	}
	return s
}
