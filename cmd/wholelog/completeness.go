package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/schema"
)

// completeness is what arrived of one category of one tenant in one hour.
type completeness struct {
	Tenant    string `json:"tenant"`
	Category  string `json:"category"` // diagnostic category; "" for records that could not be parsed
	Hour      string `json:"hour"`
	Received  int64  `json:"received"`
	Unique    int64  `json:"unique"`
	Duplicate int64  `json:"duplicate"`
	Late      int64  `json:"late"`
	Reswept   int64  `json:"reswept"`
	Recount   *int64 `json:"recount"` // null: the service was not asked again
	Verdict   string `json:"verdict"`
}

func completenessOf(hours []ledger.Hour) []completeness {
	out := make([]completeness, 0, len(hours))
	for _, h := range hours {
		category := h.Table
		if t := schema.Lookup(h.Table); t != nil {
			category = t.Category
		}
		out = append(out, completeness{h.Tenant, category, h.Hour.Format(time.RFC3339), h.Received, h.Unique, h.Duplicate, h.Late, h.Reswept, h.Recount, string(h.Verdict)})
	}
	return out
}

// printCompleteness sums the hours of each category up; --json has them all.
func printCompleteness(w io.Writer, rows []completeness) error {
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "tenant\tcategory\thours\tfrom\tto\treceived\tunique\tduplicate\tlate\tverdict")
	for i := 0; i < len(rows); {
		sum, n := rows[i], 0
		sum.Received, sum.Unique, sum.Duplicate, sum.Late = 0, 0, 0, 0
		var last completeness
		for ; i < len(rows) && rows[i].Tenant == sum.Tenant && rows[i].Category == sum.Category; i++ {
			last = rows[i]
			n++
			sum.Received += last.Received
			sum.Unique += last.Unique
			sum.Duplicate += last.Duplicate
			sum.Late += last.Late
			if last.Verdict != sum.Verdict {
				sum.Verdict = "mixed"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", or(sum.Tenant, "(not stated)"), or(sum.Category, "(unparsed)"), n, sum.Hour, last.Hour,
			sum.Received, sum.Unique, sum.Duplicate, sum.Late, sum.Verdict)
	}
	return t.Flush()
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
