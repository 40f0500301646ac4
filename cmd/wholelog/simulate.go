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
)

func newSimulate() *cobra.Command {
	var o sim.Options
	var end string
	c := &cobra.Command{
		Use: "simulate --tenant-users N --days D --out DIR", Short: "Write the records of a tenant that does not exist", Args: cobra.NoArgs,
		Long: `Writes the history of a simulated tenant as native records: interactive and
non-interactive sign-ins, service principals, managed identities, audits,
provisioning, risk and AKS audit. The same flags give the same bytes.`,
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
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(res)
		},
	}
	f := c.Flags()
	f.IntVar(&o.Users, "tenant-users", 500, "people in the tenant")
	f.IntVar(&o.Days, "days", 30, "days of history")
	f.Uint64Var(&o.Seed, "seed", 1, "seed; the same seed gives the same records")
	f.StringVar(&o.Out, "out", "", "folder to write to, made if missing")
	f.StringVar(&o.Format, "format", "eventhub", "eventhub, graph or blob")
	f.StringVar(&end, "end", "", "day after the last one, such as 2026-11-01")
	c.AddCommand(newSimulateLive())
	return c
}
