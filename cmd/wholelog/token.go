package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
)

func newToken() *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "Make, list and revoke API tokens", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(newTokenAdd(), newTokenList(), newTokenRevoke())
	return c
}

// tokenStore opens the tokens of a data folder: the one named, or the
// configuration's.
func tokenStore(data, path string) (*auth.Tokens, error) {
	data, err := dataFolder(data, path)
	if err != nil {
		return nil, err
	}
	return auth.Open(tokensPath(data))
}

// dataFolder is the folder named, or the configuration's.
func dataFolder(data, path string) (string, error) {
	if data != "" {
		return data, nil
	}
	c, err := config.Load(configPath(path))
	if err != nil {
		return "", fmt.Errorf("--data names the data folder, -c a configuration that does: %w", err)
	}
	return c.Data, nil
}

func tokenFlags(c *cobra.Command, data, path *string) {
	c.Flags().StringVar(data, "data", "", "data folder (default: the configuration's)")
	configFlag(c, path)
}

func newTokenAdd() *cobra.Command {
	var data, path, expires string
	var scopes []string
	c := &cobra.Command{
		Use: "add NAME --scope SCOPE", Short: "Make a token and print it once", Args: cobra.ExactArgs(1),
		Long: `Makes an API token. It is printed once; only its digest is kept.

  wholelog token add forwarder --scope ingest
  wholelog token add grafana --scope query --scope metrics --expires 90d

Scopes: query (queries and status), export (files of results), ingest (deliver
records), metrics, triage (work on incidents), rules (change rules and saved
queries), admin.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			life, err := config.ParseDuration(expires)
			if err != nil {
				return usageError{fmt.Errorf("--expires: %w", err)}
			}
			var list []auth.Scope
			for _, s := range scopes {
				list = append(list, auth.Scope(s))
			}
			t, err := tokenStore(data, path)
			if err != nil {
				return err
			}
			text, tok, err := t.Add(args[0], list, life, time.Now())
			if err != nil {
				return usageError{err}
			}
			end := "does not expire"
			if tok.Expires != nil {
				end = "expires " + tok.Expires.Format(time.DateTime)
			}
			fmt.Fprintf(os.Stderr, "token %s %s; it is shown only now\n", tok.ID, end)
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	tokenFlags(c, &data, &path)
	c.Flags().StringArrayVar(&scopes, "scope", nil, "query, export, ingest, metrics, triage, rules or admin; may be given again")
	c.Flags().StringVar(&expires, "expires", "90d", "life of the token, 0d for no end")
	_ = c.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions([]string{"query", "export", "ingest", "metrics", "triage", "rules", "admin"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func newTokenList() *cobra.Command {
	var data, path string
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List tokens, without what they are", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := tokenStore(data, path)
			if err != nil {
				return err
			}
			list, err := t.List()
			if err != nil {
				return err
			}
			if asJSON {
				for i := range list {
					list[i].Digest = ""
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "id\tname\tscopes\tcreated\texpires")
			for _, k := range list {
				end := "never"
				if k.Expires != nil {
					if end = k.Expires.Format(time.DateTime); time.Now().After(*k.Expires) {
						end += " (expired)"
					}
				}
				var scopes []string
				for _, s := range k.Scopes {
					scopes = append(scopes, string(s))
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, strings.Join(scopes, " "), k.Created.Format(time.DateTime), end)
			}
			return w.Flush()
		}}
	tokenFlags(c, &data, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func newTokenRevoke() *cobra.Command {
	var data, path string
	c := &cobra.Command{Use: "revoke ID", Short: "End a token at once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := tokenStore(data, path)
			if err == nil {
				err = t.Revoke(args[0])
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "revoked", args[0])
			return err
		}}
	tokenFlags(c, &data, &path)
	return c
}

func newReload() *cobra.Command {
	var data, path string
	c := &cobra.Command{Use: "reload", Short: "Let the running server read its configuration again", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := dataFolder(data, path)
			if err != nil {
				return err
			}
			c, err := api.Dial(cmd.Context(), folder)
			if err != nil {
				return errors.Join(err, errors.New("is `wholelog serve` running?"))
			}
			if err := c.Reload(cmd.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "the configuration was taken over")
			return err
		}}
	tokenFlags(c, &data, &path)
	return c
}
