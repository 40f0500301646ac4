package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
)

func newPeople() *cobra.Command {
	c := &cobra.Command{Use: "people", Short: "Give roles to people who sign in at the issuer", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(newPeopleAdd(), newPeopleList(), newPeopleRemove())
	return c
}

// peopleStore opens the assignments of a data folder.
func peopleStore(data, path string) (*auth.People, error) {
	data, err := dataFolder(data, path)
	if err != nil {
		return nil, err
	}
	return auth.OpenPeople(peoplePath(data))
}

func newPeopleAdd() *cobra.Command {
	var data, path, role, kind, expires string
	c := &cobra.Command{Use: "add WHO --role ROLE", Short: "Give a role to a person or to a group", Args: cobra.ExactArgs(1),
		Long: `Gives a role to whoever the issuer says has this name, subject or group.
What is added here is also seen by a running server at once.

  wholelog people add ada@example.org --role analyst
  wholelog people add auditor@example.com --role auditor --expires 30d
  wholelog people add 5d1f...-... --kind group --role viewer`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p := auth.Person{Kind: kind, Value: args[0], Role: auth.Role(role), By: whoami() + " on the command line"}
			now := time.Now()
			if expires != "" {
				d, err := config.ParseDuration(expires)
				if err != nil {
					return usageError{fmt.Errorf("--expires: %w", err)}
				}
				at := now.Add(d).UTC()
				p.Expires = &at
			}
			l, err := peopleStore(data, path)
			if err != nil {
				return err
			}
			if p, err = l.Add(p, now); err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s is %s\n", p.ID, p.Value, p.Role)
			return err
		}}
	tokenFlags(c, &data, &path)
	c.Flags().StringVar(&role, "role", "", "viewer, analyst, auditor or admin")
	c.Flags().StringVar(&kind, "kind", auth.ByName, "what WHO is: name, subject or group")
	c.Flags().StringVar(&expires, "expires", "", "such as 30d; an auditor's access must end")
	_ = c.MarkFlagRequired("role")
	return c
}

func newPeopleList() *cobra.Command {
	var data, path string
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List who has which role", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := peopleStore(data, path)
			if err != nil {
				return err
			}
			list, err := l.List()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(append([]auth.Person{}, list...))
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "id\tkind\twho\trole\texpires\tby")
			for _, p := range list {
				end := "never"
				if p.Expires != nil {
					if end = p.Expires.Format(time.DateTime); time.Now().After(*p.Expires) {
						end += " (over)"
					}
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Kind, p.Value, p.Role, end, p.By)
			}
			return w.Flush()
		}}
	tokenFlags(c, &data, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func newPeopleRemove() *cobra.Command {
	var data, path string
	c := &cobra.Command{Use: "remove ID", Short: "Take a role away", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := peopleStore(data, path)
			if err == nil {
				_, err = l.Remove(args[0])
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "removed", args[0])
			return err
		}}
	tokenFlags(c, &data, &path)
	return c
}
