package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/alert/silences"
	"github.com/wholelog/wholelog/internal/config"
)

func newAlertSilence() *cobra.Command {
	c := &cobra.Command{Use: "silence", Short: "Keep alerts back for a time", Args: cobra.NoArgs,
		Long: `Silences hold alerts that match; what is still open when the silence ends is
told then. A running server takes changes over by itself.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(newSilenceAdd(), newSilenceList(), newSilenceEnd())
	return c
}

func silenceStore(data, path string) (*silences.Silences, error) {
	folder, err := dataFolder(data, path)
	if err != nil {
		return nil, err
	}
	return silences.Open(silencesPath(folder), time.Now)
}

func newSilenceAdd() *cobra.Command {
	var data, path, length, author, comment, approver string
	c := &cobra.Command{Use: "add MATCHER... --for 2h --comment WHY", Short: "Add a silence", Args: cobra.MinimumNArgs(1),
		Long: `Adds a silence of alerts whose labels match every matcher.

  wholelog alert silence add 'rule="impossible-travel"' 'account=~"ada@.*"' --for 8h --comment 'travels until Friday'

What is urgent (break-glass accounts) is silenced only by a silence that names
urgent="true" and that a second person approved (--approver).`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := config.ParseDuration(length)
			if err != nil {
				return usageError{fmt.Errorf("--for: %w", err)}
			}
			if author == "" {
				author = whoami()
			}
			s, err := silenceStore(data, path)
			if err != nil {
				return err
			}
			now := time.Now()
			id, err := s.Add(cmd.Context(), silences.Silence{Matchers: args, Ends: now.Add(d), Author: author, Comment: comment, Approver: approver})
			if err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s until %s\n", id, now.Add(d).UTC().Format(time.DateTime))
			return err
		}}
	tokenFlags(c, &data, &path)
	c.Flags().StringVar(&length, "for", "2h", "how long: 30m, 8h, 2d")
	c.Flags().StringVar(&author, "author", "", "who silences (default: the user of this machine)")
	c.Flags().StringVar(&comment, "comment", "", "why")
	c.Flags().StringVar(&approver, "approver", "", "second person, for what is urgent")
	return c
}

func newSilenceList() *cobra.Command {
	var data, path string
	var all, asJSON bool
	c := &cobra.Command{Use: "list", Short: "List silences", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := silenceStore(data, path)
			if err != nil {
				return err
			}
			every, err := s.List(cmd.Context())
			if err != nil {
				return err
			}
			list := []silences.Silence{}
			for _, x := range every {
				if all || x.State != "expired" {
					list = append(list, x)
				}
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "id\tstate\tends\tauthor\tmatchers\tcomment")
			for _, x := range list {
				who := x.Author
				if x.Approver != "" {
					who += " and " + x.Approver
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.State, x.Ends.UTC().Format(time.DateTime), who, strings.Join(x.Matchers, " "), x.Comment)
			}
			return w.Flush()
		}}
	tokenFlags(c, &data, &path)
	c.Flags().BoolVar(&all, "all", false, "also those that have ended")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func newSilenceEnd() *cobra.Command {
	var data, path string
	c := &cobra.Command{Use: "end ID...", Short: "End silences now", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := silenceStore(data, path)
			if err != nil {
				return err
			}
			var errs []error
			for _, id := range args {
				if err := s.Expire(cmd.Context(), id); err != nil {
					errs = append(errs, err)
					continue
				}
				fmt.Fprintln(cmd.OutOrStdout(), "ended", id)
			}
			return errors.Join(errs...)
		}}
	tokenFlags(c, &data, &path)
	return c
}
