package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/ingest"
)

type reprocessReport struct {
	ingest.Counts
	Seconds float64 `json:"seconds"`
}

func newReprocess() *cobra.Command {
	var data, keyFile string
	var asJSON bool
	c := &cobra.Command{
		Use: "reprocess --data DIR", Short: "Try again to read records that could not be read", Args: cobra.NoArgs,
		Long: `Reads the unparsed records of a data folder again, as after an upgrade, and puts
into the store what can be read now. The ledger is not changed.`,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if data == "" {
				return usageError{errors.New("--data names the data folder")}
			}
			ctx, start := cmd.Context(), time.Now()
			in, err := ingest.OpenWith(ctx, data, ingest.Options{Key: keyFile, Notice: notice(cmd)})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, in.Close(ctx)) }()
			counts, err := in.Reprocess(ctx)
			if err != nil {
				return err
			}
			rep := reprocessReport{counts, time.Since(start).Seconds()}
			w := cmd.OutOrStdout()
			if asJSON {
				return json.NewEncoder(w).Encode(rep)
			}
			fmt.Fprintf(w, "tried %d unparsed records in %.1f s: %d accepted, %d versions of known events, %d still unparsed\n", rep.Read, rep.Seconds, rep.Accepted, rep.Versions, rep.Unparsed)
			names := make([]string, 0, len(rep.Tables))
			for n := range rep.Tables {
				names = append(names, n)
			}
			sort.Strings(names)
			for _, n := range names {
				fmt.Fprintf(w, "  %s %d\n", n, rep.Tables[n])
			}
			return nil
		},
	}
	c.Flags().StringVar(&data, "data", "", "data folder")
	c.Flags().StringVar(&keyFile, "key", "", "file of the key that signs checkpoints (default: in your configuration folder)")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}
