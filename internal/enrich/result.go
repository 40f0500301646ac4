package enrich

import (
	_ "embed"
	"strings"

	"github.com/wholelog/wholelog/internal/schema"
)

// Version grows when Row gives another answer for the same cells.
const Version = 1

// codes.tsv: error code, class and name, by Microsoft's table of AADSTS error
// codes (MicrosoftDocs/entra-docs, reference-error-codes); which codes only
// interrupt a sign-in is field use.
//
//go:embed codes.tsv
var codesText string

type code struct{ class, name string }

var codes = func() map[string]code {
	m := map[string]code{}
	for line := range strings.Lines(codesText) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		m[f[0]] = code{f[1], f[2]}
	}
	return m
}()

// Row fills ErrorClass and ErrorText of a sign-in from its ResultType. A code
// that the table lacks is a failure without a text.
func Row(row *schema.Row) {
	class, result := row.Table.Index("ErrorClass"), row.Table.Index("ResultType")
	if row.Table.Family != "signin" || class < 0 || result < 0 || row.Cells[result].S == "" {
		return
	}
	c, ok := codes[row.Cells[result].S]
	if !ok {
		c.class = "failure"
		if strings.EqualFold(row.Cells[result].S, "success") {
			c.class = "success"
		}
	}
	row.Cells[class] = schema.Str(c.class)
	if i := row.Table.Index("ErrorText"); i >= 0 {
		row.Cells[i] = schema.Str(c.name)
	}
}
