package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/backtest"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/rules"
	"github.com/wholelog/wholelog/internal/incident"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/query"
)

func newRulesBacktest(f *rulesFlags) *cobra.Command {
	var days float64
	var asJSON bool
	var labels string
	c := &cobra.Command{
		Use: "backtest RULE --data DIR [--days N]", Short: "Say what a rule would have done over past days",
		Long: `Runs a rule (an id, or a file) over the last days that the data folder holds, in
the windows in which it would have run, and raises each alert once. It shows the
alerts a day, what they are about, what an exclusion would save, and, where
incidents have been closed with a classification, how many were true. With
--labels FILE, lines such as "wholelog simulate" writes say which records are of
an attack, and all else counts as ordinary work. Nothing is
recorded and nobody is told. A running server does it if it holds the folder.`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: f.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.data == "" {
				return usageError{errors.New("--data names the data folder to run the rule over")}
			}
			if days <= 0 || days > 3650 {
				return usageError{errors.New("--days must be above 0")}
			}
			text, err := f.text(args[0])
			if err != nil {
				return err
			}
			known, err := readLabels(labels)
			if err != nil {
				return err
			}
			report, err := f.backtest(cmd.Context(), api.AskBacktest{Rule: text, Days: days}, known, bar(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(report)
			}
			return printBacktest(cmd.OutOrStdout(), report, known)
		},
	}
	c.Flags().Float64Var(&days, "days", 7, "how far back, from the newest event")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&labels, "labels", "", "file that says which records are of an attack")
	return c
}

// readLabels reads a file of labels; nil where none is named.
func readLabels(name string) (*backtest.Labels, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	defer file.Close()
	return backtest.ReadLabels(file)
}

// text is a rule as YAML: of a file, or of the rule with an id, with the
// changes of the user's folder.
func (f *rulesFlags) text(name string) (string, error) {
	if strings.ContainsAny(name, "./") {
		if b, err := os.ReadFile(name); err == nil {
			return string(b), nil
		}
	}
	r, err := f.find(name)
	if err != nil {
		return "", err
	}
	b, err := rule.Marshal(r)
	return string(b), err
}

func (f *rulesFlags) backtest(ctx context.Context, a api.AskBacktest, known *backtest.Labels, progress func(done, all, alerts int)) (*backtest.Report, error) {
	in, err := ingest.Open(ctx, f.data)
	if errors.Is(err, ingest.ErrInUse) {
		if known != nil {
			return nil, fmt.Errorf("%w: labels are read here and not by the server; stop it, or run over a copy of the folder", err)
		}
		c, derr := api.Dial(ctx, f.data)
		if derr != nil {
			return nil, err
		}
		return c.Backtest(ctx, a, progress)
	}
	if err != nil {
		return nil, err
	}
	e, err := query.New(ctx, in.Store, query.Options{Watchlists: f.data + "/watchlists", Functions: f.data + "/functions"})
	if err == nil {
		var book *incident.Book
		if book, err = incident.Open(ctx, e, incident.Options{}); err == nil {
			var report *backtest.Report
			report, err = backtestWith(ctx, e, verdicts(book, known), a, progress)
			return report, errors.Join(err, in.Close(ctx))
		}
	}
	return nil, errors.Join(err, in.Close(ctx))
}

// verdicts says what alerts were: by labels where there are some, else by closed
// incidents.
func verdicts(book *incident.Book, known *backtest.Labels) func(*detect.Alert) string {
	if known != nil {
		return known.Verdict
	}
	return func(a *detect.Alert) string { return book.Verdict(a) }
}

// runBacktest runs a backtest here.
func runBacktest(ctx context.Context, e *query.Engine, book *incident.Book, a api.AskBacktest, progress func(done, all, alerts int)) (*backtest.Report, error) {
	return backtestWith(ctx, e, verdicts(book, nil), a, progress)
}

func backtestWith(ctx context.Context, e *query.Engine, verdict func(*detect.Alert) string, a api.AskBacktest, progress func(done, all, alerts int)) (*backtest.Report, error) {
	r, _, err := rule.Read([]byte(a.Rule), "rule", importers()...)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errors.New("the text changes a rule and is none: it has no query")
	}
	run := &detect.Runner{Query: e, Engines: rules.Engines()}
	to := time.Now()
	p, err := run.Prepare(ctx, r, to)
	if err != nil {
		return nil, err
	}
	if last := newest(ctx, e, p.Tables()); !last.IsZero() && last.Before(to) {
		to = last.Add(r.Every.Std())
	}
	return backtest.Run(ctx, run, r, backtest.Options{From: to.Add(-time.Duration(a.Days * 24 * float64(time.Hour))), To: to, Progress: progress, Verdict: verdict})
}

// newest is the time of the newest event of some tables.
func newest(ctx context.Context, e *query.Engine, tables []string) (t time.Time) {
	if len(tables) == 0 {
		return t
	}
	_, err := e.Run(ctx, query.Request{Text: "union isfuzzy=true " + strings.Join(tables, ", ") + " | where TimeGenerated < now() + 1d | summarize format_datetime(max(TimeGenerated), 'yyyy-MM-dd HH:mm:ss')"},
		func(*query.Result) error { return nil }, func(r query.Row) error {
			s, _ := r[0].(string)
			if v, err := time.Parse("2006-01-02 15:04:05", s); err == nil {
				t = v
			}
			return nil
		})
	if err != nil {
		return time.Time{} // then it ends now
	}
	return t
}

// bar shows progress on a terminal.
func bar(w io.Writer) func(done, all, alerts int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int, int, int) {}
	}
	return func(done, all, alerts int) {
		const width = 30
		n := width * done / max(all, 1)
		fmt.Fprintf(f, "\r[%s%s] %d of %d windows, %d alerts ", strings.Repeat("=", n), strings.Repeat(" ", width-n), done, all, alerts)
		if done == all {
			fmt.Fprint(f, "\r\x1b[K")
		}
	}
}

func printBacktest(w io.Writer, r *backtest.Report, known *backtest.Labels) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	days := r.To.Sub(r.From).Hours() / 24
	fmt.Fprintf(t, "%s %s\n%s to %s: %d windows in %s, the slowest %s\n", r.Rule, r.Title, r.From.Format("2006-01-02 15:04Z"), r.To.Format("2006-01-02 15:04Z"), r.Windows,
		r.Took.Round(time.Millisecond), r.Slowest.Round(time.Millisecond))
	fmt.Fprintf(t, "%d alerts, %.2f a day; %d more were silent, as their key had been raised\n", r.Alerts, float64(r.Alerts)/days, r.Silent)
	switch {
	case known != nil:
		found, all := known.Campaigns(r.From, r.To)
		if r.Known > 0 {
			fmt.Fprintf(t, "of %d, %d are about an attack by the labels: precision %.2f\n", r.Known, r.True, float64(r.True)/float64(r.Known))
		}
		fmt.Fprintf(t, "%d of the %d attacks in that time are found\n", found, all)
	case r.Known > 0:
		fmt.Fprintf(t, "of %d that closed incidents tell about, %d were true: precision %.2f\n", r.Known, r.True, float64(r.True)/float64(r.Known))
	}
	for _, n := range r.Notices {
		fmt.Fprintln(t, "note:", n)
	}
	most := 1
	for _, d := range r.Days {
		most = max(most, d.Alerts)
	}
	fmt.Fprintln(t, "\nday\talerts")
	for _, d := range r.Days {
		fmt.Fprintf(t, "%s\t%d\t%s\n", d.Day, d.Alerts, strings.Repeat("#", 40*d.Alerts/most))
	}
	if len(r.Entities) > 0 {
		fmt.Fprintln(t, "\nabout\tname\talerts\tan exclusion saves")
		for _, e := range r.Entities {
			fmt.Fprintf(t, "%s\t%s\t%d\t%d by exclude: [{%s: %s}]\n", e.Type, printable(e.Name), e.Alerts, e.Saved, e.Column, printable(e.Name))
		}
	}
	if len(r.Examples) > 0 {
		fmt.Fprintln(t, "\nexamples")
		for _, a := range r.Examples {
			fmt.Fprintf(t, "%s\t%s\t%s\n", a.From.Format("2006-01-02 15:04Z"), a.Severity, printable(a.Title))
		}
	}
	return t.Flush()
}
