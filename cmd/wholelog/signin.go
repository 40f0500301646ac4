package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
)

func newSignin() *cobra.Command {
	var data, path, role string
	c := &cobra.Command{Use: "signin [--data DIR]", Short: "Print a link by which to sign in to the running server, once", Args: cobra.NoArgs,
		Long: `Asks the running server for a link to its page. Whoever opens it first, within
15 minutes, is signed in with the role. Only who can open the data folder's
socket can make one.

  wholelog signin --data DIR
  wholelog signin --data DIR --role viewer`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := dataFolder(data, path)
			if err != nil {
				return err
			}
			c, err := api.Dial(cmd.Context(), folder)
			if err != nil {
				return errors.Join(err, errors.New("is `wholelog serve` running?"))
			}
			l, err := c.SignIn(cmd.Context(), role)
			if err != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, "works once, until", l.Expires.Local().Format("15:04:05"))
			_, err = fmt.Fprintln(cmd.OutOrStdout(), l.URL)
			return err
		}}
	tokenFlags(c, &data, &path)
	c.Flags().StringVar(&role, "role", "admin", "viewer, analyst, auditor or admin")
	_ = c.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"viewer", "analyst", "auditor", "admin"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}
