package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/incident"
)

// incidentsFlags are those of all incidents commands.
type incidentsFlags struct {
	data string
	json bool
}

func newIncidents() *cobra.Command {
	var f incidentsFlags
	c := &cobra.Command{
		Use: "incidents", Short: "Look at incidents and work on them",
		Long: `Talks to the server that runs on a data folder. Every state of an incident is
a row of SecurityIncident and in the ledger.

  wholelog incidents list
  wholelog incidents show 12
  wholelog incidents assign 12 ada@example.org
  wholelog incidents close 12 --as FalsePositive --comment "our scanner"
  wholelog incidents risk`,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.PersistentFlags().StringVar(&f.data, "data", "wholelog-data", "data folder")
	c.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	_ = c.MarkPersistentFlagDirname("data")
	c.AddCommand(f.list(), f.show(), f.risk(), f.except(), f.exceptions(), f.change("assign", "Give an incident to somebody"), f.change("comment", "Write a comment"),
		f.change("close", "Close an incident with a classification"), f.change("reopen", "Open a closed incident again"), f.change("activate", "Say that somebody works on it"),
		f.change("label", "Put a label on (-LABEL takes it away)"))
	return c
}

// dial finds the running server.
func (f *incidentsFlags) dial(ctx context.Context) (*api.Client, error) {
	c, err := api.Dial(ctx, f.data)
	if err != nil {
		return nil, fmt.Errorf("%w; incidents are worked on through a running server: wholelog serve. What there was, a query tells: wholelog query --data %s 'SecurityIncident | summarize arg_max(LastModifiedTime, *) by IncidentName'", err, f.data)
	}
	return c, nil
}

func (f *incidentsFlags) print(w io.Writer, v any, text func(*tabwriter.Writer)) error {
	if f.json {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	text(t)
	return t.Flush()
}

func (f *incidentsFlags) list() *cobra.Command {
	var all bool
	c := &cobra.Command{Use: "list", Short: "Open incidents, the newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		client, err := f.dial(cmd.Context())
		if err != nil {
			return err
		}
		list, err := client.Incidents(cmd.Context(), all)
		if err != nil {
			return err
		}
		return f.print(cmd.OutOrStdout(), list, func(t *tabwriter.Writer) {
			if len(list) == 0 {
				fmt.Fprintln(t, "no open incidents")
				return
			}
			fmt.Fprintln(t, "number\tseverity\tstatus\talerts\tlast activity\towner\ttitle")
			for _, i := range list {
				fmt.Fprintf(t, "#%d\t%s\t%s\t%d\t%s\t%s\t%s\n", i.Number, i.Severity, i.Status, len(i.Alerts), i.Last.Format("2006-01-02 15:04Z"), i.Owner, printable(i.Title))
			}
		})
	}}
	c.Flags().BoolVar(&all, "all", false, "closed ones too")
	return c
}

func (f *incidentsFlags) show() *cobra.Command {
	return &cobra.Command{Use: "show INCIDENT", Short: "One incident, whole", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		client, err := f.dial(cmd.Context())
		if err != nil {
			return err
		}
		i, err := client.Incident(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return f.print(cmd.OutOrStdout(), i, func(t *tabwriter.Writer) { showIncident(t, &i) })
	}}
}

func showIncident(t *tabwriter.Writer, i *incident.Incident) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, printable(value))
		}
	}
	line("incident", fmt.Sprintf("#%d %s", i.Number, i.Title))
	line("", i.Description)
	line("severity", string(i.Severity))
	status := string(i.Status)
	if i.Classification != "" {
		status += ", " + i.Classification
	}
	line("status", status)
	line("owner", i.Owner)
	line("activity", i.First.Format(time.RFC3339)+" to "+i.Last.Format(time.RFC3339))
	if i.Late {
		line("late hit", "an alert came of records that arrived late")
	}
	line("rules", strings.Join(i.Rules, ", "))
	line("tactics", strings.Join(i.Tactics, ", "))
	line("techniques", strings.Join(i.Techniques, ", "))
	line("labels", strings.Join(i.Labels, ", "))
	for n, e := range i.Entities {
		if n == 20 {
			line("", fmt.Sprintf("and %d more", len(i.Entities)-n))
			break
		}
		line(strings.ToLower(e.Type), incident.Name(e))
	}
	for n, task := range i.Tasks {
		line(fmt.Sprintf("step %d", n+1), task)
	}
	for _, c := range i.Comments {
		line(c.At.Format("2006-01-02 15:04Z"), c.By+": "+c.Text)
	}
	line("alerts", fmt.Sprintf("%d: wholelog query 'SecurityAlert | where SystemAlertId in (%s)'", len(i.Alerts), `"`+strings.Join(i.Alerts[:min(3, len(i.Alerts))], `", "`)+`"`))
}

// printable takes out what a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}

func (f *incidentsFlags) risk() *cobra.Command {
	since := "30d"
	c := &cobra.Command{Use: "risk", Short: "Incidents rolled up by person, the riskiest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		d, err := config.ParseDuration(since)
		if err != nil {
			return usageError{fmt.Errorf("--since: %w", err)}
		}
		client, err := f.dial(cmd.Context())
		if err != nil {
			return err
		}
		list, err := client.Risks(cmd.Context(), d)
		if err != nil {
			return err
		}
		return f.print(cmd.OutOrStdout(), list, func(t *tabwriter.Writer) {
			fmt.Fprintln(t, "score\tperson\tincidents\tlast activity")
			for _, r := range list {
				fmt.Fprintf(t, "%d\t%s\t%s\t%s\n", r.Score, printable(r.Account), strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Incidents), " ", ", #"), "[]"), r.Last.Format("2006-01-02 15:04Z"))
			}
		})
	}}
	c.Flags().StringVar(&since, "since", since, "how far back")
	return c
}

// change makes the command that does one thing to an incident.
func (f *incidentsFlags) change(verb, short string) *cobra.Command {
	var by, as, reason, comment string
	args, use := 1, verb+" INCIDENT"
	switch verb {
	case "assign":
		args, use = 2, use+" PERSON"
	case "comment":
		args, use = 2, use+" TEXT"
	case "label":
		args, use = 2, use+" LABEL"
	}
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(args), RunE: func(cmd *cobra.Command, args []string) error {
		ch := api.Change{By: by, Comment: comment}
		ch.By = or(ch.By, userName())
		switch verb {
		case "assign":
			ch.Owner = &args[1]
		case "comment":
			ch.Comment = args[1]
		case "label":
			ch.Label = args[1]
		case "close":
			if as == "" {
				return usageError{errors.New("--as says what it was: " + strings.Join(incident.Classifications, ", "))}
			}
			ch.Status, ch.Classification, ch.Reason = string(incident.Closed), as, reason
		case "reopen":
			ch.Status = string(incident.New)
		case "activate":
			ch.Status = string(incident.Active)
		}
		client, err := f.dial(cmd.Context())
		if err != nil {
			return err
		}
		i, err := client.ChangeIncident(cmd.Context(), args[0], ch)
		if err != nil {
			return err
		}
		return f.print(cmd.OutOrStdout(), i, func(t *tabwriter.Writer) { fmt.Fprintf(t, "#%d is %s\n", i.Number, i.Status) })
	}}
	c.Flags().StringVar(&by, "by", "", "who does it (default: the user of this machine)")
	if verb != "comment" {
		c.Flags().StringVar(&comment, "comment", "", "why")
	}
	if verb == "close" {
		c.Flags().StringVar(&as, "as", "", strings.Join(incident.Classifications, ", "))
		c.Flags().StringVar(&reason, "reason", "", "SuspiciousActivity, SuspiciousButExpected, IncorrectAlertLogic, InaccurateData")
		_ = c.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(incident.Classifications, cobra.ShellCompDirectiveNoFileComp))
	}
	return c
}
