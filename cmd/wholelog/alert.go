package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

func newAlert() *cobra.Command {
	c := &cobra.Command{Use: "alert", Short: "Test, check and look after the delivery of alerts", Args: cobra.NoArgs,
		Long: `Who is told of incidents, and how, stands in a file in Alertmanager's format
(docs/alerting.md). check reads it, test sends through it, queue shows what
waits or was given up, silence keeps alerts back for a time.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(newAlertTest(), newAlertCheck(), newAlertQueue(), newAlertSilence())
	return c
}

func newAlertCheck() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "check FILE", Short: "Check a file of routes and receivers without any request", Args: cobra.ExactArgs(1),
		Long: `Reads the file as serve would, and says what is done otherwise than Alertmanager
would. Nothing is asked over the network; whether a receiver takes what it is
sent, alert test says.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			list, ok := checkAlerts(args[0])
			out := cmd.OutOrStdout()
			if asJSON {
				if err := json.NewEncoder(out).Encode(struct {
					File     string    `json:"file"`
					OK       bool      `json:"ok"`
					Findings []finding `json:"findings"`
				}{args[0], ok, list}); err != nil {
					return err
				}
			} else {
				for _, f := range list {
					fmt.Fprintf(out, "%-8s%s\n", f.Level, strings.ReplaceAll(f.Text, "\n", "\n        "))
				}
			}
			if !ok {
				return fmt.Errorf("%s: there are errors to mend", args[0])
			}
			return nil
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func checkAlerts(path string) (list []finding, ok bool) {
	say := func(level, format string, args ...any) {
		list = append(list, finding{level, fmt.Sprintf(format, args...)})
	}
	cfg, err := setup.Load(path)
	if err != nil {
		say("error", "%v", err)
		return list, false
	}
	set, err := channel.Build(cfg)
	if err != nil {
		say("error", "%v", err)
		return list, false
	}
	say("ok", "%s is understood", path)
	for _, r := range cfg.Alertmanager.Receivers {
		var names []string
		for _, t := range set.Targets(r.Name) {
			names = append(names, fmt.Sprintf("%s[%d]", t.Channel, t.Index))
		}
		if len(names) > 0 {
			say("ok", "receiver %s: %s", r.Name, strings.Join(names, ", "))
		}
	}
	for _, err := range each(channel.Rehearse(cfg, set)) {
		say("error", "%v", err)
	}
	for _, w := range cfg.Warnings {
		say("warning", "%s", w)
	}
	for _, f := range list {
		if f.Level == "error" {
			return list, false
		}
	}
	return list, true
}
