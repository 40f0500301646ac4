package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/ingest"
)

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
