package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/schema"
)

type eraseReport struct {
	Records   int              `json:"records"`
	Tables    map[string]int   `json:"tables"` // unparsed records under ""
	Positions []event.Position `json:"positions"`
	Erased    bool             `json:"erased"`
	// Checkpoint is the signed note that commits to the erasure.
	Checkpoint string `json:"checkpoint,omitempty"`
}

func newErase() *cobra.Command {
	var data, keyFile, reason string
	var sel ingest.Selection
	var yes, dry, asJSON bool
	c := &cobra.Command{
		Use: "erase --data DIR (--id ID | --user NAME)... [--yes --reason TEXT]", Short: "Destroy records of the ledger, leaving their digests", Args: cobra.NoArgs,
		Long: `Destroys the bytes of records, and with the salts all that could show what they
were. Their digests stay, so the ledger still verifies and says that something
was erased, when and for what reason. Without --yes it only shows what would go.

--id names an event by its id; all its versions go, by whatever path they came.
--user names a person by user id or user principal name; every record that
mentions it goes, unparsed ones too. Ids that the services derive from a person,
such as a device's, are not followed.

What is erased cannot be brought back by anybody. Copies of the data folder, of
the sources and of checkpoints are not touched; the record can be imported
again from its source, as a new one.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case data == "":
				return usageError{errors.New("--data names the data folder")}
			case len(sel.IDs)+len(sel.Users) == 0:
				return usageError{errors.New("--id or --user names what is to go")}
			case yes && dry:
				return usageError{errors.New("--yes and --dry-run contradict each other")}
			case yes && reason == "":
				return usageError{errors.New("--reason says why; it is kept in the ledger, so name no person in it")}
			case sel.Table != "" && schema.Lookup(sel.Table) == nil:
				return usageError{fmt.Errorf("there is no table %q", sel.Table)}
			}
			for _, name := range append(append([]string{}, sel.IDs...), sel.Users...) {
				if len(name) < 3 {
					return usageError{fmt.Errorf("%q is too short to name anything for certain", name)}
				}
			}
			ctx, opt := cmd.Context(), ingest.Options{Key: keyFile, Notice: notice(cmd)}
			in, err := ingest.OpenWith(ctx, data, opt)
			if err != nil {
				return err
			}
			chosen, err := in.Choose(ctx, sel)
			if err = errors.Join(err, in.Close(ctx)); err != nil {
				return err
			}
			rep := eraseReport{Records: len(chosen.Positions), Tables: chosen.Tables, Positions: append([]event.Position{}, chosen.Positions...)}
			if yes && rep.Records > 0 {
				c, err := ingest.Erase(ctx, data, opt, chosen.Positions, reason)
				if err != nil {
					return err
				}
				rep.Erased, rep.Checkpoint = true, c.Text
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(rep)
			}
			return rep.print(cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&data, "data", "", "data folder")
	f.StringVar(&keyFile, "key", "", "file of the key that signs checkpoints (default: in your configuration folder)")
	f.StringArrayVar(&sel.IDs, "id", nil, "id of an event; may be repeated")
	f.StringArrayVar(&sel.Users, "user", nil, "user id or user principal name; may be repeated")
	f.StringVar(&sel.Table, "table", "", "only records of this table")
	f.StringVar(&reason, "reason", "", "why, for the ledger")
	f.BoolVar(&yes, "yes", false, "do it")
	f.BoolVar(&dry, "dry-run", false, "only show what would go; the default")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (r *eraseReport) print(w io.Writer) error {
	names := make([]string, 0, len(r.Tables))
	for n := range r.Tables {
		names = append(names, n)
	}
	sort.Strings(names)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, n := range names {
		label := n
		if n == "" {
			label = "unparsed"
		}
		fmt.Fprintf(t, "%s\t%d\n", label, r.Tables[n])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	const shown = 20
	for i, p := range r.Positions {
		if i == shown {
			fmt.Fprintf(w, "and %d more; --json lists them\n", len(r.Positions)-i)
			break
		}
		fmt.Fprintf(w, "record %d\n", p)
	}
	switch {
	case r.Records == 0:
		fmt.Fprintln(w, "no record is meant")
	case !r.Erased:
		fmt.Fprintf(w, "nothing is erased yet: %d records would go with --yes --reason TEXT\n", r.Records)
	default:
		fmt.Fprintf(w, "erased %d records; the store is made again without them\n\ncheckpoint that commits to it:\n%s", r.Records, indent(r.Checkpoint))
	}
	return nil
}
