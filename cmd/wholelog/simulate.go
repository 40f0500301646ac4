package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/attack"
)

func newSimulate() *cobra.Command {
	var o sim.Options
	var end, attacks string
	var confusers bool
	c := &cobra.Command{
		Use: "simulate --tenant-users N --days D --out DIR", Short: "Write the records of a tenant that does not exist", Args: cobra.NoArgs,
		Long: `Writes the history of a simulated tenant as native records: interactive and
non-interactive sign-ins, service principals, managed identities, audits,
provisioning, risk and AKS audit. The same flags give the same bytes.

With --attacks and --confusers, campaigns and work that looks like them stand in
the second half of the history; labels.jsonl beside the records says which
record belongs to which.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Out == "" {
				return usageError{errors.New("--out names the folder to write to")}
			}
			if end != "" {
				t, err := time.Parse(time.DateOnly, end)
				if err != nil {
					return usageError{fmt.Errorf("--end %q: want a day such as 2026-11-01", end)}
				}
				o.End = t
			}
			switch o.Format {
			case "eventhub", "graph", "blob":
			default:
				return usageError{fmt.Errorf("--format %q: use eventhub, graph or blob", o.Format)}
			}
			if o.Users < 1 || o.Days < 1 {
				return usageError{errors.New("--tenant-users and --days must be at least 1")}
			}
			plan, err := campaigns(attacks, confusers, o)
			if err != nil {
				return err
			}
			if term.IsTerminal(int(os.Stderr.Fd())) {
				o.Progress = func(done, total int) {
					fmt.Fprintf(os.Stderr, "\rday %d of %d", done, total)
					if done == total {
						fmt.Fprintln(os.Stderr)
					}
				}
			}
			res, err := sim.Run(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("simulate: %w", err)
			}
			out := struct {
				sim.Result
				Campaigns *attack.Added `json:"campaigns,omitempty"`
			}{Result: res}
			if plan != nil {
				added, err := attack.Folder(cmd.Context(), o.Out, *plan)
				if err != nil {
					return fmt.Errorf("simulate: %w", err)
				}
				out.Campaigns = &added
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(out)
		},
	}
	f := c.Flags()
	f.IntVar(&o.Users, "tenant-users", 500, "people in the tenant")
	f.IntVar(&o.Days, "days", 30, "days of history")
	f.Uint64Var(&o.Seed, "seed", 1, "seed; the same seed gives the same records")
	f.StringVar(&o.Out, "out", "", "folder to write to, made if missing")
	f.StringVar(&o.Format, "format", "eventhub", "eventhub, graph or blob")
	f.StringVar(&end, "end", "", "day after the last one, such as 2026-11-01")
	f.StringVar(&attacks, "attacks", "", "put attacks in: easy, realistic or evasive")
	f.BoolVar(&confusers, "confusers", false, "put in work that looks like an attack")
	c.AddCommand(newSimulateLive())
	return c
}

// campaigns says what to put into a history, nil for nothing.
func campaigns(level string, confusers bool, o sim.Options) (*attack.Options, error) {
	if level == "" && !confusers {
		return nil, nil
	}
	if o.Format == "graph" {
		return nil, usageError{errors.New("--attacks and --confusers need --format eventhub or blob")}
	}
	p := &attack.Options{Seed: o.Seed, Confusers: confusers}
	if level != "" {
		l, ok := attack.ParseLevel(level)
		if !ok {
			return nil, usageError{fmt.Errorf("--attacks %q: use easy, realistic or evasive", level)}
		}
		p.Levels = []attack.Level{l}
	}
	return p, nil
}
