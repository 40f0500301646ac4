package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/event"
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
	Records     event.Position `json:"records"`
	Unparsed    int            `json:"unparsed"`
	LedgerBytes int64          `json:"ledgerBytes"`
	StoreBytes  int64          `json:"storeBytes"`
	Tables      []tableStatus  `json:"tables"`
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
			s := status{Records: in.Ledger.Last(), Unparsed: len(unparsed), LedgerBytes: in.Ledger.Bytes(), StoreBytes: bytes, Tables: []tableStatus{}}
			for _, t := range tables {
				const form = "2006-01-02T15:04:05.0000000Z"
				s.Tables = append(s.Tables, tableStatus{t.Table, t.Rows, schema.Time(t.From).Format(form), schema.Time(t.To).Format(form), t.Files})
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(w, "ledger\t%d records, %.1f MB\nstore\t%.1f MB\nunparsed\t%d\n\n", s.Records, float64(s.LedgerBytes)/1e6, float64(s.StoreBytes)/1e6, s.Unparsed)
			fmt.Fprintln(w, "table\trows\tfrom\tto\tfiles")
			for _, t := range s.Tables {
				fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\n", t.Table, t.Rows, t.From, t.To, t.Files)
			}
			return w.Flush()
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
