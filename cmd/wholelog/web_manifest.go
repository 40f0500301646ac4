package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/export"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// errExport ends a check of an export that found something; it was printed.
var errExport = errors.New("the export is not what its manifest says")

// verifyExport checks a manifest, the file beside it, and with a data folder
// whether its ledger still begins with what the manifest's checkpoint signed.
func verifyExport(cmd *cobra.Command, path, data, vkey string, asJSON bool) error {
	c, err := export.Verify(path, vkey)
	if err != nil {
		return err
	}
	if data != "" && c.Manifest.Checkpoint != "" {
		r, err := verify.Run(verify.Options{Dir: ingest.LedgerDir(data), Key: vkey, Against: []byte(c.Manifest.Checkpoint)})
		if err != nil {
			return err
		}
		if r.OK {
			c.Good = append(c.Good, "the ledger is what was signed, and begins with what the checkpoint signed")
		}
		for _, f := range r.Findings {
			c.Bad = append(c.Bad, f.String())
		}
	}
	out := cmd.OutOrStdout()
	if asJSON {
		if err := json.NewEncoder(out).Encode(map[string]any{"ok": c.OK(), "good": append([]string{}, c.Good...), "bad": append([]string{}, c.Bad...), "manifest": c.Manifest}); err != nil {
			return err
		}
	} else {
		m := c.Manifest
		fmt.Fprintf(out, "made %s by %s: %d rows as %s\n\n    %s\n\n", m.Made.Format("2006-01-02 15:04:05Z"), printable(m.By), m.Rows, m.Format, indent(m.Query))
		for _, s := range c.Good {
			fmt.Fprintln(out, "ok     ", s)
		}
		for _, s := range c.Bad {
			fmt.Fprintln(out, "WRONG  ", s)
		}
		for _, n := range m.Notices {
			fmt.Fprintln(out, "note:  ", n)
		}
	}
	if !c.OK() {
		return errExport
	}
	return nil
}
