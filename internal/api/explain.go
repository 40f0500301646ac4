package api

import (
	"context"
	"fmt"
	"io"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/plan"
)

// Explain writes how a query would run, and returns its warnings.
func Explain(ctx context.Context, w io.Writer, e *query.Engine, r query.Request) ([]kql.Diagnostic, error) {
	r.Explain = true
	p, err := e.Prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "# plan as bound\n%s\n# plan as run\n%s\n# SQL\n%s\n", p.Before, plan.Print(p.Plan), p.SQL.SQL)
	for i, v := range p.SQL.Params {
		fmt.Fprintf(w, "$%d = %q\n", i+1, v)
	}
	fmt.Fprintln(w, "\n# files")
	for _, s := range p.Scans {
		fmt.Fprintf(w, "%s: %d of %d\n", s.Table, s.Read, s.Of)
	}
	fmt.Fprintf(w, "\ncompiled in %.2f ms\n", float64(p.Compile.Microseconds())/1000)
	return p.Diagnostics, nil
}
