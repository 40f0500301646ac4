package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ingest/storecheck"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// errFindings ends a run that found something; the findings have been printed.
var errFindings = errors.New("the ledger or the store is not what was signed")

const maxFindings = 20 // shown to a person; --json has them all

type verifyReport struct {
	*verify.Report
	Store   *storecheck.Report `json:"store,omitempty"`
	Seconds float64            `json:"seconds"`
}

func newVerify() *cobra.Command {
	var data, against, vkey, manifest string
	var asJSON, withStore, complete bool
	c := &cobra.Command{
		Use: "verify --data DIR | --manifest FILE", Short: "Check the ledger from its files alone", Args: cobra.NoArgs,
		Long: `Walks the ledger offline, also beside a running wholelog, and names the first
record that was altered, is missing or stands elsewhere, and its segment. What
was cut off at the newest end, or set back as a whole, shows only against a
checkpoint kept elsewhere: --against. Exit code 1 says that something was found.

The ledger is tamper-evident, not tamper-proof; a log that only its operator
signs proves nothing against that operator. Keep checkpoints where the operator
cannot change them.

Records that came after the newest checkpoint are counted and are no finding, as
a running server always has some. After an import, or a server that was stopped,
there are none: --complete makes them a finding.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if manifest != "" {
				return verifyExport(cmd, manifest, data, vkey, asJSON)
			}
			if data == "" {
				return usageError{errors.New("--data names the data folder, --manifest the manifest of an export")}
			}
			start := time.Now()
			opt := verify.Options{Dir: ingest.LedgerDir(data), Key: vkey, Complete: complete, Progress: bytesProgress(os.Stderr)}
			if against != "" {
				b, err := os.ReadFile(against)
				if err != nil {
					return usageError{fmt.Errorf("--against names a file with a checkpoint: %w", err)}
				}
				if len(b) == 0 {
					return usageError{errors.New("--against names an empty file")}
				}
				opt.Against = b
			}
			r, err := verify.Run(opt)
			if err != nil {
				return err
			}
			rep := verifyReport{Report: r}
			if withStore && r.OK { // a store can only be as good as its ledger
				if rep.Store, err = verifyStore(cmd, data); err != nil {
					return err
				}
				rep.OK = len(rep.Store.Findings) == 0
			}
			rep.Seconds = time.Since(start).Seconds()
			if asJSON {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(rep)
			} else {
				err = rep.print(cmd.OutOrStdout())
			}
			if err == nil && !r.OK {
				err = errFindings
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&data, "data", "", "data folder")
	f.StringVar(&against, "against", "", "file with an earlier checkpoint")
	f.StringVar(&vkey, "vkey", "", "verifier key to trust instead of the one in the data folder")
	f.BoolVar(&complete, "complete", false, "records that the newest checkpoint does not commit to are a finding")
	f.StringVar(&manifest, "manifest", "", "manifest of an export to check instead, with the file beside it; with --data against that ledger too")
	f.BoolVar(&withStore, "store", false, "also make every row again and compare it with the store; no other process may have the data folder")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func verifyStore(cmd *cobra.Command, data string) (rep *storecheck.Report, err error) {
	ctx := cmd.Context()
	in, err := ingest.OpenWith(ctx, data, ingest.Options{Notice: notice(cmd)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close(ctx)) }()
	var show func(int64)
	if total := in.Ledger.Stats().Records; term.IsTerminal(int(os.Stderr.Fd())) {
		show = func(done int64) {
			fmt.Fprintf(os.Stderr, "\rstore: %d of %d records", done, total)
			if done == total {
				fmt.Fprintln(os.Stderr)
			}
		}
	}
	return storecheck.Run(ctx, in, show)
}

func (r *verifyReport) print(w io.Writer) error {
	findings := make([]fmt.Stringer, 0, len(r.Findings))
	for _, f := range r.Findings {
		findings = append(findings, f)
	}
	if r.Store != nil {
		for _, f := range r.Store.Findings {
			findings = append(findings, f)
		}
	}
	for i, f := range findings {
		if i == maxFindings {
			fmt.Fprintf(w, "and %d more findings; --json lists them\n", len(findings)-i)
			break
		}
		fmt.Fprintln(w, f)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	if len(findings)+len(r.Notes) > 0 {
		fmt.Fprintln(w)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	held := func(what string) string { // said of a ledger that holds
		if !r.OK {
			return ""
		}
		return what
	}
	fmt.Fprintf(t, "records\t%d, positions %d to %d%s\n", r.Records, r.First, r.Last, held(", each hashed against its leaf"))
	if r.Unsigned > 0 {
		fmt.Fprintf(t, "not signed\t%d items of these, from record %d on, came after the checkpoint; --complete makes that a finding\n", r.Unsigned, r.UnsignedFrom)
	}
	if r.Erased+r.Expired > 0 {
		fmt.Fprintf(t, "deleted\t%d erased, %d expired%s\n", r.Erased, r.Expired, held(", each by an entry of the log"))
	}
	fmt.Fprintf(t, "segments\t%d sealed and %d open in %d streams%s\n", r.Segments, r.Open, r.Streams, held(": leaves, chains, roots, footers"))
	fmt.Fprintf(t, "log\t%d entries%s\n", r.Entries, held(", every tile, and the checkpoint's signature"))
	key := "from the data folder; --vkey pins one that you kept elsewhere"
	if r.Pinned {
		key = "given with --vkey"
	}
	fmt.Fprintf(t, "key\t%s (%s)\n", r.VerifierKey, key)
	if r.Against != "" {
		fmt.Fprintf(t, "against\t%s\n", r.Against)
	}
	if r.Store != nil {
		fmt.Fprintf(t, "store\t%d rows made again from %d records and compared, every cell\n", r.Store.Rows, r.Store.Records)
	}
	fmt.Fprintf(t, "read\t%.1f MB of raw bytes in %.1f s\n", float64(r.Bytes)/1e6, r.Seconds)
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Checkpoint != "" {
		fmt.Fprintf(w, "\ncheckpoint; kept elsewhere, it shows later whether anything was cut off:\n%s", indent(r.Checkpoint))
	}
	verdict := "ok: the ledger is what was signed"
	if r.Unsigned > 0 {
		verdict = "ok: what was signed is unchanged"
	}
	if r.Store != nil {
		verdict += ", and the store is what the ledger makes"
	}
	if !r.OK {
		verdict = "NOT OK"
	}
	_, err := fmt.Fprintf(w, "\n%s\n", verdict)
	return err
}

// bytesProgress shows how far a run is, on a terminal only.
func bytesProgress(w *os.File) func(done, total int64) {
	if !term.IsTerminal(int(w.Fd())) {
		return nil
	}
	const width = 30
	return func(done, total int64) {
		n := int(width * done / max(total, 1))
		fmt.Fprintf(w, "\r[%-*s] %.1f of %.1f MB", width, "##############################"[:n], float64(done)/1e6, float64(total)/1e6)
		if done == total {
			fmt.Fprintln(w)
		}
	}
}
