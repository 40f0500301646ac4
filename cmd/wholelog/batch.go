package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// batchLine is a line of a batch.
type batchLine struct {
	ID    json.RawMessage `json:"id"`
	Query string          `json:"query"`
	Now   string          `json:"now"`
}

// batchAnswer is a line of its answer.
type batchAnswer struct {
	ID          json.RawMessage     `json:"id"`
	OK          bool                `json:"ok"`
	Columns     []map[string]string `json:"columns"`
	Rows        []json.RawMessage   `json:"rows,omitempty"`
	Notices     []string            `json:"notices,omitempty"`
	Diagnostics []kql.Diagnostic    `json:"diagnostics"`
	Error       string              `json:"error,omitempty"`
	Seconds     float64             `json:"seconds"`
}

// maxLine bounds a line of a batch; a query may have 1 MiB.
const maxLine = 4 << 20

// runBatch answers queries one by one. A bad one has its answer and stops
// nothing.
func runBatch(ctx context.Context, cmd *cobra.Command, e *query.Engine, f *queryFlags, now time.Time) error {
	var in io.Reader = cmd.InOrStdin()
	if f.batch != "-" {
		file, err := os.Open(f.batch)
		if err != nil {
			return fmt.Errorf("batch: %w", err)
		}
		defer file.Close()
		in = file
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := enc.Encode(answer(ctx, e, f, now, n, lines.Bytes())); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	return nil
}

func answer(ctx context.Context, e *query.Engine, f *queryFlags, now time.Time, n int, line []byte) batchAnswer {
	start := time.Now()
	var q batchLine
	a := batchAnswer{Columns: []map[string]string{}, Diagnostics: []kql.Diagnostic{}}
	if err := json.Unmarshal(line, &q); err != nil {
		a.ID, a.Error = json.RawMessage(fmt.Sprint(n)), fmt.Sprintf("line %d is no JSON object: %v", n, err)
		return a
	}
	a.ID = q.ID
	if a.ID == nil {
		a.ID = json.RawMessage(fmt.Sprint(n))
	}
	if q.Now != "" {
		t, err := parseNow(q.Now)
		if err != nil {
			a.Error = err.Error()
			return a
		}
		now = t
	}
	req := query.Request{Text: q.Query, Now: now, Limits: f.limits}
	if f.check {
		c, err := check(ctx, e, req)
		if err != nil {
			a.Error = err.Error()
		} else {
			a.OK, a.Columns, a.Diagnostics = c.OK, c.Columns, c.Diagnostics
		}
		a.Seconds = time.Since(start).Seconds()
		return a
	}
	var cols []kql.Column
	res, err := e.Run(ctx, req, func(r *query.Result) error {
		cols = r.Columns
		return nil
	}, func(r query.Row) error {
		row := []byte{'['}
		for i, v := range r {
			if i > 0 {
				row = append(row, ',')
			}
			row = query.AppendJSON(row, cols[i].Type, v)
		}
		a.Rows = append(a.Rows, append(row, ']'))
		return nil
	})
	a.Seconds = time.Since(start).Seconds()
	var qe *query.Error
	switch {
	case errors.As(err, &qe):
		a.Diagnostics, a.Error = qe.Diagnostics, qe.Error()
		a.Rows = nil
	case err != nil:
		a.Error, a.Rows = err.Error(), nil
	default:
		a.OK, a.Columns, a.Notices = true, query.ColumnsJSON(res.Columns), res.Notices
		if res.Diagnostics != nil {
			a.Diagnostics = res.Diagnostics
		}
	}
	return a
}
