package main

import (
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/config"
)

// except makes an exception of what an incident was about.
func (f *incidentsFlags) except() *cobra.Command {
	var by, entity, ruleID, life, reason string
	var columns []string
	c := &cobra.Command{Use: "except INCIDENT", Short: "Leave what an incident was about out of its rule, for a time",
		Long: `Makes an exception from a rule: result rows that have a value are left out until
it expires. It is recorded with who made it and why.

  wholelog incidents except 12 --entity ip --for 30d --reason "our scanner"
  wholelog incidents except 12 --column AppDisplayName=Nessus --for 90d --reason "scan"

Several columns must all hold. For good, write an overlay: docs/rules.md.`,
		Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
			d, err := config.ParseDuration(life)
			if err != nil {
				return usageError{fmt.Errorf("--for: %w", err)}
			}
			client, err := f.dial(cmd.Context())
			if err != nil {
				return err
			}
			in, err := client.Incident(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if ruleID == "" {
				if len(in.Rules) != 1 {
					return usageError{fmt.Errorf("the incident is of several rules; --rule says which: %s", strings.Join(in.Rules, ", "))}
				}
				ruleID = in.Rules[0]
			}
			x := api.Except{By: or(by, userName()), Rule: ruleID, Columns: map[string]string{}, Days: d.Hours() / 24, Reason: reason, Incident: in.Number}
			if entity != "" {
				kind, value, _ := strings.Cut(entity, "=")
				rules := rulesFlags{data: f.data}
				r, err := rules.find(ruleID)
				if err != nil {
					return err
				}
				if x.Columns, err = in.Columns(r, kind, value); err != nil {
					return err
				}
			}
			for _, c := range columns {
				name, value, ok := strings.Cut(c, "=")
				if !ok {
					return usageError{fmt.Errorf("--column %q: write COLUMN=VALUE", c)}
				}
				x.Columns[name] = value
			}
			if len(x.Columns) == 0 {
				return usageError{errors.New("--entity ip (or account, ...) or --column COLUMN=VALUE says what is left out")}
			}
			made, err := client.Except(cmd.Context(), x)
			if err != nil {
				return err
			}
			return f.print(cmd.OutOrStdout(), made, func(t *tabwriter.Writer) {
				fmt.Fprintf(t, "exception %s from %s holds until %s\n", made.ID, made.Rule, made.Expires.Format(time.RFC3339))
			})
		}}
	fs := c.Flags()
	fs.StringVar(&entity, "entity", "", "type of entity, or TYPE=NAME")
	fs.StringArrayVar(&columns, "column", nil, "COLUMN=VALUE of the rule's result; may be repeated")
	fs.StringVar(&ruleID, "rule", "", "rule, where the incident is of several")
	fs.StringVar(&life, "for", "30d", "how long it holds, a year at most")
	fs.StringVar(&reason, "reason", "", "why (needed)")
	fs.StringVar(&by, "by", "", "who does it (default: the user of this machine)")
	_ = c.MarkFlagRequired("reason")
	return c
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// exceptions lists exceptions, or ends one.
func (f *incidentsFlags) exceptions() *cobra.Command {
	var revoke, by string
	c := &cobra.Command{Use: "exceptions", Short: "Exceptions that hold, the next to expire first; --revoke ends one", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		client, err := f.dial(cmd.Context())
		if err != nil {
			return err
		}
		if revoke != "" {
			x, err := client.Revoke(cmd.Context(), revoke, or(by, userName()))
			if err != nil {
				return err
			}
			return f.print(cmd.OutOrStdout(), x, func(t *tabwriter.Writer) { fmt.Fprintf(t, "exception %s has ended\n", x.ID) })
		}
		list, err := client.Exceptions(cmd.Context())
		if err != nil {
			return err
		}
		return f.print(cmd.OutOrStdout(), list, func(t *tabwriter.Writer) {
			if len(list) == 0 {
				fmt.Fprintln(t, "no exceptions")
				return
			}
			fmt.Fprintln(t, "expires\trule\tcolumns\tmade by\treason\tid")
			for _, x := range list {
				var cols []string
				for c, v := range x.Columns {
					cols = append(cols, c+"="+v)
				}
				slices.Sort(cols)
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", x.Expires.Format("2006-01-02 15:04Z"), x.Rule, printable(strings.Join(cols, ", ")), printable(x.By), printable(x.Reason), x.ID)
			}
		})
	}}
	c.Flags().StringVar(&revoke, "revoke", "", "id of the exception to end")
	c.Flags().StringVar(&by, "by", "", "who does it (default: the user of this machine)")
	return c
}
