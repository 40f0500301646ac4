package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/kql"
)

// batchLine is a line of a batch.
type batchLine struct {
	ID    json.RawMessage `json:"id"`
	Query string          `json:"query"`
	Now   string          `json:"now"`
}

// maxLine bounds a line of a batch; a query may have 1 MiB.
const maxLine = 4 << 20

// runBatch answers queries one by one. A bad one has its answer and stops
// nothing.
func runBatch(ctx context.Context, cmd *cobra.Command, e asker, f *queryFlags) error {
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
		if err := enc.Encode(answerLine(ctx, e, f, n, lines.Bytes())); err != nil {
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

func answerLine(ctx context.Context, e asker, f *queryFlags, n int, line []byte) api.Answer {
	start := time.Now()
	var q batchLine
	bad := api.Answer{Columns: []map[string]string{}, Diagnostics: []kql.Diagnostic{}}
	if err := json.Unmarshal(line, &q); err != nil {
		bad.ID, bad.Error = json.RawMessage(fmt.Sprint(n)), fmt.Sprintf("line %d is no JSON object: %v", n, err)
		return bad
	}
	if bad.ID = q.ID; q.ID == nil {
		bad.ID = json.RawMessage(fmt.Sprint(n))
	}
	ask := f.ask(q.Query)
	if q.Now != "" {
		ask.Now = q.Now
	}
	a := bad
	var err error
	if f.check {
		var c api.Checked
		if c, err = e.check(ctx, ask); err == nil {
			a.OK, a.Columns, a.Diagnostics = c.OK, c.Columns, c.Diagnostics
		}
		a.Seconds = time.Since(start).Seconds()
	} else if a, err = e.answer(ctx, ask); err == nil {
		a.ID = bad.ID
	}
	if err != nil {
		bad.Error, bad.Seconds = err.Error(), time.Since(start).Seconds()
		return bad
	}
	return a
}
