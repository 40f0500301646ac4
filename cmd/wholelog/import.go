package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/source/file"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// maxProblems bounds the list in a report; the count of what is left out is
// shown, and every unparsed record is in the ledger.
const maxProblems = 1000

type problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type importReport struct {
	ingest.Counts
	Rejected int64     `json:"rejected"`
	Seconds  float64   `json:"seconds"`
	Problems []problem `json:"problems"`
	LeftOut  int64     `json:"problemsLeftOut,omitempty"`
	// Checkpoint is the signed note that commits to the ledger after the run.
	Checkpoint string `json:"checkpoint,omitempty"`
}

func (r *importReport) problem(p problem) {
	if len(r.Problems) >= maxProblems {
		r.LeftOut++
		return
	}
	r.Problems = append(r.Problems, p)
}

func newImport() *cobra.Command {
	var data, keyFile string
	var asJSON bool
	c := &cobra.Command{
		Use: "import --data DIR PATH...", Short: "Read exports into the ledger and the store",
		Long: `Reads files, folders and globs, or standard input as "-": Event Hubs messages,
blobs of JSON lines, Graph pages and objects, portal downloads as JSON or CSV,
Log Analytics answers, rows and CSV, Kubernetes audit events; gzip, zstd, zip
and tar; UTF-8 and UTF-16. What they are is told by their content. A record
that cannot be read is kept and reported, and costs none of its neighbours.
Importing the same file twice changes nothing.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if data == "" {
				return usageError{errors.New("--data names the data folder")}
			}
			paths, err := file.Paths(args)
			if err != nil {
				return err
			}
			ctx, start := cmd.Context(), time.Now()
			in, err := ingest.OpenWith(ctx, data, ingest.Options{Key: keyFile, Notice: notice(cmd)})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, in.Close(ctx)) }()
			if err := in.Ledger.Ready(); err != nil {
				return err
			}
			rep := importReport{Problems: []problem{}}
			show := progress(os.Stderr, len(paths))
			for i, p := range paths {
				count := int64(0)
				said, err := file.Read(ctx, p, cmd.InOrStdin(), time.Now, func(r event.Record) error {
					if r.Table == "" {
						name := p
						if _, inside, ok := strings.Cut(r.Source, "!"); ok {
							name += "!" + inside // a member of an archive
						}
						rep.problem(problem{name, r.Line, r.Problem})
					}
					if count++; count%4096 == 0 {
						show(i, in.Counts.Read)
					}
					return in.Add(ctx, r)
				})
				for _, s := range said {
					if s.Rejected {
						rep.Rejected++
					}
					rep.problem(problem{s.File, s.Line, s.Reason})
				}
				if err != nil {
					return errors.Join(err, in.Flush(context.WithoutCancel(ctx)))
				}
				show(i+1, in.Counts.Read)
			}
			if err := in.Flush(ctx); err != nil {
				return err
			}
			rep.Counts, rep.Seconds = in.Counts, time.Since(start).Seconds()
			note := rep
			note.Problems = nil // each is a record of the ledger, or was no record
			checkpoint, err := in.Commit(ctx, note)
			if err != nil {
				return err
			}
			if _, err := in.Store.Compact(ctx, duck.Limits{}); err != nil { // costs disk, and no record
				notice(cmd)("store files with many dead rows stay as they are: " + err.Error())
			}
			rep.Checkpoint, rep.Seconds = checkpoint.Text, time.Since(start).Seconds()
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(rep)
			}
			return rep.print(cmd.OutOrStdout())
		},
	}
	c.Flags().StringVar(&data, "data", "", "data folder")
	c.Flags().StringVar(&keyFile, "key", "", "file of the key that signs checkpoints (default: in your configuration folder)")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// notice prints what a person should know beside a command's result.
func notice(cmd *cobra.Command) func(string) {
	return func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), "wholelog: "+text) }
}

func (r *importReport) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "read\t%d records, %.1f MB in %.1f s\n", r.Read, float64(r.Bytes)/1e6, r.Seconds)
	fmt.Fprintf(t, "accepted\t%d\nversions\t%d of events already known\nduplicates\t%d\nunparsed\t%d, kept in the ledger\nrejected\t%d files\n", r.Accepted, r.Versions, r.Duplicates, r.Unparsed, r.Rejected)
	names := make([]string, 0, len(r.Tables))
	for n := range r.Tables {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintf(t, "  %s\t%d\n", n, r.Tables[n])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, p := range r.Problems {
		if p.Line == 0 {
			fmt.Fprintf(w, "%s: %s\n", p.File, p.Reason)
			continue
		}
		fmt.Fprintf(w, "%s:%d: %s\n", p.File, p.Line, p.Reason)
	}
	if r.LeftOut > 0 {
		fmt.Fprintf(w, "and %d more problems\n", r.LeftOut)
	}
	_, err := fmt.Fprintf(w, "\ncheckpoint that commits to all of it:\n%s", indent(r.Checkpoint))
	return err
}

// indent sets a checkpoint apart from what is around it.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
}

// progress shows how far a run is, on a terminal only.
func progress(w *os.File, files int) func(done int, records int64) {
	if !term.IsTerminal(int(w.Fd())) {
		return func(int, int64) {}
	}
	const width = 30
	return func(done int, records int64) {
		n := width * done / files
		fmt.Fprintf(w, "\r[%-*s] %d of %d files, %d records", width, "##############################"[:n], done, files, records)
		if done == files {
			fmt.Fprintln(w)
		}
	}
}
