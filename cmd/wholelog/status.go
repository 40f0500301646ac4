package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ops"
)

func newStatus() *cobra.Command {
	var data, since string
	var asJSON, hours bool
	c := &cobra.Command{
		Use: "status --data DIR", Short: "Show sources, tables, completeness and sizes of a data folder", Args: cobra.NoArgs,
		Long: `Shows what a data folder holds and how complete it is. A server that has the
folder open is asked for it, and tells the state of its sources too.

  wholelog status --data DIR
  wholelog status --data DIR --since 2d --hours   every hour, with its reason
  wholelog status --data DIR --json`,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if data == "" {
				return usageError{errors.New("--data names the data folder")}
			}
			var from time.Time
			if since != "" {
				d, err := config.ParseDuration(since)
				if err != nil {
					return usageError{fmt.Errorf("--since: %w", err)}
				}
				from = time.Now().Add(-d)
			}
			s, err := statusOf(cmd.Context(), data, from)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
			}
			return printStatus(cmd.OutOrStdout(), s, hours)
		},
	}
	c.Flags().StringVar(&data, "data", "", "data folder")
	c.Flags().StringVar(&since, "since", "", "completeness of this long back, such as 2d (default all)")
	c.Flags().BoolVar(&hours, "hours", false, "show every hour that is not proven, single path or imported, with its reason")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// statusOf looks at a data folder, or asks the server that has it open.
func statusOf(ctx context.Context, data string, from time.Time) (s *ops.Status, err error) {
	if _, err := os.Stat(data); err != nil {
		return nil, fmt.Errorf("data folder: %w; make one with wholelog import --data %s, or wholelog serve", err, data)
	}
	in, err := ingest.Open(ctx, data)
	if errors.Is(err, ingest.ErrInUse) {
		c, derr := api.Dial(ctx, data)
		if derr != nil {
			return nil, err
		}
		return c.Status(ctx, from)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	return ops.Of(ctx, in, from)
}

func printStatus(out io.Writer, s *ops.Status, hours bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "ledger\t%d records, %.1f MB, %d sealed and %d open segments\nstore\t%.1f MB\nunparsed\t%d\n\n", s.Records, float64(s.LedgerBytes)/1e6, s.Segments, s.Open, float64(s.StoreBytes)/1e6, s.Unparsed)
	if len(s.Sources) > 0 {
		fmt.Fprintln(w, "source\tstate\trecords\tnew\tlast page\tread to\tlast notice")
		for _, r := range s.Sources {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", r.Name, r.State, r.Taken.Read, r.Taken.New(), when(r.LastPage), when(r.ReadTo), lastNotice(r))
		}
		fmt.Fprintln(w)
	}
	if len(s.Findings) > 0 {
		fmt.Fprintln(w, "finding\tsince\tabout\twhat")
		for _, f := range s.Findings {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Kind, f.Since.Format("01-02 15:04"), f.Subject, f.Text)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "table\trows\tfrom\tto\tfiles")
	for _, t := range s.Tables {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\n", t.Table, t.Rows, t.From, t.To, t.Files)
	}
	if len(s.Tables) > 0 {
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := printCompleteness(out, s.Completeness); err != nil {
		return err
	}
	if err := printHours(out, s.Completeness, hours); err != nil {
		return err
	}
	if err := printLateness(out, s.Lateness); err != nil {
		return err
	}
	if s.Checkpoint == "" {
		return nil
	}
	_, err := fmt.Fprintf(out, "\ncheckpoint, for %s:\n%s", s.VerifierKey, indent(s.Checkpoint))
	return err
}

func when(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("01-02 15:04:05")
}

func lastNotice(s ops.Source) string {
	for _, n := range s.Notices {
		if n.Level == "failure" && s.State == "following" {
			continue // it is over
		}
		text := n.Text
		if len(text) > 100 {
			text = text[:100] + "..."
		}
		return string(n.Level) + " " + n.Code + ": " + text
	}
	return ""
}
