package enrich

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/wholelog/wholelog/internal/schema"
)

// codes.tsv: error code, class, name and sentence. Codes and names are those
// of Microsoft's table of AADSTS error codes (MicrosoftDocs/entra-docs,
// reference-error-codes) and a few more from use in the field; which codes
// only interrupt a sign-in is field use.
//
//go:embed codes.tsv
var codesText string

type code struct{ class, name, text string }

var codes = sync.OnceValue(func() map[string]code {
	m := map[string]code{}
	for line := range strings.Lines(codesText) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		m[f[0]] = code{f[1], f[2], f[3]}
	}
	return m
})

// classes are the results that are no code: collectors and portal downloads
// write the outcome instead.
var classes = map[string]string{"success": "success", "failure": "failure", "interrupted": "interrupt"}

// result fills ErrorClass, ErrorName and ErrorText of a sign-in from its
// ResultType. A code that the table lacks is a failure without a text.
func result(row *schema.Row, at *places) {
	if at.result < 0 || row.Cells[at.result].S == "" {
		return
	}
	value := row.Cells[at.result].S
	c, ok := codes()[value]
	if !ok {
		if c.class = classes[strings.ToLower(value)]; c.class == "" {
			c.class = "failure"
		}
	}
	row.Cells[at.class], row.Cells[at.name], row.Cells[at.text] = schema.Str(c.class), schema.Str(c.name), schema.Str(c.text)
}
