package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// queryFlags are the flags of query.
type queryFlags struct {
	data, file, format, now, batch, watchlists, saved, library string
	external, params                                           []string
	explain, check, text                                       bool
	limits                                                     query.Limits
}

func newQuery() *cobra.Command {
	var f queryFlags
	c := &cobra.Command{
		Use: "query [--data DIR] 'KQL' | -f FILE", Short: "Answer a KQL query",
		Long: `Runs a query over a data folder, or over an empty store without --data.

  wholelog query --data DIR 'SigninLogs | summarize count() by ResultType'
  wholelog query --data DIR -f hunt.kql --format csv > hunt.csv
  wholelog query --check -f rule.kql             is it understood?
  wholelog query --data DIR --explain 'KQL'      plan, SQL, and files read
  wholelog query --data DIR --batch queries.ndjson
  wholelog query --saved list                    the saved queries
  wholelog query --data DIR --saved sign-in-success-rate --param lookback=7d

A batch is a line of JSON per query, {"id":..., "query":..., "now":...}; so is
its answer. --now gives now() another time, for example to ask old data as
if it were fresh.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runQuery(cmd, &f, args) },
	}
	fs := c.Flags()
	fs.StringVar(&f.data, "data", "", "data folder")
	fs.StringVarP(&f.file, "file", "f", "", `file with the query, "-" for standard input`)
	fs.StringVar(&f.format, "format", "table", strings.Join(query.Formats, ", "))
	fs.StringVar(&f.now, "now", "", "the time that now() gives, RFC 3339")
	fs.StringVar(&f.batch, "batch", "", `file of queries, a JSON object per line, "-" for standard input`)
	fs.StringVar(&f.watchlists, "watchlists", "", "folder of watchlists, NAME.csv each (default: DIR/watchlists)")
	fs.StringVar(&f.saved, "saved", "", "name of a saved query, \"list\" for all")
	fs.StringArrayVar(&f.params, "param", nil, "name=value for a saved query; may be given again")
	fs.BoolVar(&f.text, "text", false, "with --saved: print the query and do not run it")
	fs.StringVar(&f.library, "library", "", "folder of saved queries, NAME.kql each (default: DIR/queries)")
	fs.StringArrayVar(&f.external, "external", nil, "folder that externaldata may read; may be given again")
	fs.BoolVar(&f.explain, "explain", false, "show plan, SQL and what was pruned, and do not run")
	fs.BoolVar(&f.check, "check", false, "only say whether the query is understood, as JSON")
	fs.Int64Var(&f.limits.Rows, "max-rows", 0, "largest result, -1 for no limit (default 500000)")
	fs.Int64Var(&f.limits.Bytes, "max-bytes", 0, "largest result in bytes, -1 for no limit (default 64 MiB)")
	fs.DurationVar(&f.limits.Timeout, "timeout", 0, "longest run, -1s for no limit (default 4m)")
	_ = c.RegisterFlagCompletionFunc("saved", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		list, _ := query.Library(f.library)
		var names []string
		for _, s := range list {
			names = append(names, s.Name+"\t"+s.Title)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(query.Formats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runQuery(cmd *cobra.Command, f *queryFlags, args []string) (err error) {
	if _, err := parseNow(f.now); err != nil {
		return usageError{err}
	}
	if f.saved == "list" || f.text {
		return showSaved(cmd.OutOrStdout(), f)
	}
	if !slices.Contains(query.Formats, f.format) {
		return usageError{fmt.Errorf("--format %q: use %s", f.format, strings.Join(query.Formats, ", "))}
	}
	ctx := cmd.Context()
	e, done, err := openAsker(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if f.batch != "" {
		return runBatch(ctx, cmd, e, f)
	}
	text, err := queryText(cmd, f, args)
	if err != nil {
		return err
	}
	a := f.ask(text)
	switch {
	case f.check:
		return checkQuery(ctx, cmd.OutOrStdout(), e, a)
	case f.explain:
		a.Format = "explain"
	}
	notices, diags, err := e.query(ctx, a, cmd.OutOrStdout())
	if err != nil {
		return shown(cmd, err)
	}
	show(cmd.ErrOrStderr(), text, diags)
	if f.format != "table" && f.format != "json" {
		for _, n := range notices {
			fmt.Fprintln(cmd.ErrOrStderr(), "note:", n)
		}
	}
	return nil
}

// ask is the request that the flags mean.
func (f *queryFlags) ask(text string) api.Ask {
	return api.Ask{Query: text, Now: f.now, Format: f.format, Rows: f.limits.Rows, Bytes: f.limits.Bytes, Seconds: f.limits.Timeout.Seconds()}
}

func parseNow(s string) (time.Time, error) {
	if s == "" {
		return time.Now(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("--now %q is no RFC 3339 time such as 2026-07-01T00:00:00Z", s)
	}
	return t, nil
}

func queryText(cmd *cobra.Command, f *queryFlags, args []string) (string, error) {
	switch {
	case f.saved != "" && (f.file != "" || len(args) > 0), f.file != "" && len(args) > 0:
		return "", usageError{errors.New("give one of a query, a file with -f and --saved")}
	case f.saved != "":
		return savedText(f)
	case f.file == "-":
		b, err := io.ReadAll(cmd.InOrStdin())
		return string(b), err
	case f.file != "":
		b, err := os.ReadFile(f.file)
		if err != nil {
			return "", fmt.Errorf("query file: %w", err)
		}
		return string(b), nil
	case len(args) == 0:
		return "", usageError{errors.New("give a query, for example 'SigninLogs | count', or a file with -f")}
	}
	return args[0], nil
}

// shown prints a query's problems with their lines and gives an error without
// them.
func shown(cmd *cobra.Command, err error) error {
	var qe *query.Error
	if !errors.As(err, &qe) {
		return err
	}
	show(cmd.ErrOrStderr(), qe.Text, qe.Diagnostics)
	n := 0
	for _, d := range qe.Diagnostics {
		if d.Severity == "error" {
			n++
		}
	}
	if n == 1 {
		return errors.New("the query has an error")
	}
	return fmt.Errorf("the query has %d errors", n)
}

func show(w io.Writer, text string, list []kql.Diagnostic) {
	for _, d := range list {
		fmt.Fprintf(w, "%d:%d: %s %s: %s\n", d.Line, d.Column, d.Severity, d.Code, d.Message)
		if u := kql.Underline(text, d); u != "" {
			fmt.Fprintln(w, "    "+strings.ReplaceAll(u, "\n", "\n    "))
		}
		if d.Hint != "" {
			fmt.Fprintln(w, "    "+d.Hint)
		}
	}
}

func checkQuery(ctx context.Context, w io.Writer, e asker, a api.Ask) error {
	c, err := e.check(ctx, a)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		return err
	}
	if !c.OK {
		return errors.New("the query is not understood")
	}
	return nil
}
