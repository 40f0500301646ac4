package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/schema"
)

type tableStatus struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	From  string `json:"from"`
	To    string `json:"to"`
	Files int    `json:"files"`
}

type status struct {
	Records     int64         `json:"records"`
	Unparsed    int           `json:"unparsed"`
	LedgerBytes int64         `json:"ledgerBytes"`
	StoreBytes  int64         `json:"storeBytes"`
	Tables      []tableStatus `json:"tables"`
	// Segments counts sealed segments, Open those that still grow.
	Segments     int            `json:"segments"`
	Open         int            `json:"open"`
	Completeness []completeness `json:"completeness"`
	Checkpoint   string         `json:"checkpoint,omitempty"`  // the newest signed note
	VerifierKey  string         `json:"verifierKey,omitempty"` // that checks it
}

func newStatus() *cobra.Command {
	var data string
	var asJSON bool
	c := &cobra.Command{
		Use: "status --data DIR", Short: "Show tables, rows, times and sizes of a data folder", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if data == "" {
				return usageError{errors.New("--data names the data folder")}
			}
			ctx := cmd.Context()
			in, err := ingest.Open(ctx, data)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, in.Close(ctx)) }()
			tables, err := in.Store.Stats(ctx, schema.Tables())
			if err != nil {
				return err
			}
			unparsed, err := in.Store.Unparsed(ctx)
			if err != nil {
				return err
			}
			bytes, err := in.Store.Bytes()
			if err != nil {
				return err
			}
			stats := in.Ledger.Stats()
			s := status{Records: stats.Records, Unparsed: len(unparsed), LedgerBytes: stats.Bytes, StoreBytes: bytes, Tables: []tableStatus{}}
			hours, err := in.Ledger.Completeness()
			if err != nil {
				return err
			}
			checkpoint, err := in.Ledger.Checkpoint()
			if err != nil {
				return err
			}
			s.Segments, s.Open, s.Completeness = stats.Segments, stats.Open, completenessOf(hours)
			s.Checkpoint, s.VerifierKey = checkpoint.Text, in.Ledger.VerifierKey()
			for _, t := range tables {
				const form = "2006-01-02T15:04:05.0000000Z"
				s.Tables = append(s.Tables, tableStatus{t.Table, t.Rows, schema.Time(t.From).Format(form), schema.Time(t.To).Format(form), t.Files})
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(w, "ledger\t%d records, %.1f MB, %d sealed and %d open segments\nstore\t%.1f MB\nunparsed\t%d\n\n", s.Records, float64(s.LedgerBytes)/1e6, s.Segments, s.Open, float64(s.StoreBytes)/1e6, s.Unparsed)
			fmt.Fprintln(w, "table\trows\tfrom\tto\tfiles")
			for _, t := range s.Tables {
				fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\n", t.Table, t.Rows, t.From, t.To, t.Files)
			}
			if len(s.Tables) > 0 {
				fmt.Fprintln(w)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if err := printCompleteness(cmd.OutOrStdout(), s.Completeness); err != nil {
				return err
			}
			if s.Checkpoint == "" {
				return nil
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "\ncheckpoint, for %s:\n%s", s.VerifierKey, indent(s.Checkpoint))
			return err
		},
	}
	c.Flags().StringVar(&data, "data", "", "data folder")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func newRebuild() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use: "rebuild --data DIR", Short: "Make the store again from the ledger", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" {
				return usageError{errors.New("--data names the data folder")}
			}
			if err := ingest.Rebuild(cmd.Context(), data); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "store made again from the ledger")
			return err
		},
	}
	c.Flags().StringVar(&data, "data", "", "data folder")
	return c
}
