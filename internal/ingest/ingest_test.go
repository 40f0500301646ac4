package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/verify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
	"github.com/wholelog/wholelog/internal/store/duck"
)

var ctx = context.Background()

func open(t *testing.T, dir string) *Ingest {
	t.Helper()
	in, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// verified checks the ledger, against a checkpoint if there is one.
func verified(t *testing.T, dir, checkpoint string) {
	t.Helper()
	o := verify.Options{Dir: LedgerDir(dir)}
	if checkpoint != "" {
		o.Against = []byte(checkpoint)
	}
	if r, err := verify.Run(o); err != nil || !r.OK {
		t.Fatalf("verify: %v %v", err, r.Findings)
	}
}

// rebuilt checks that a rebuild gives what in has, by all cells, and closes it.
func rebuilt(t *testing.T, dir string, opt Options, in *Ingest) {
	t.Helper()
	want, paths := contents(t, in), pathsOf(t, in)
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(ctx, dir); err != nil {
		t.Fatal(err)
	}
	in, err := OpenWith(ctx, dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, contents(t, in)); d != "" {
		t.Errorf("a rebuild differs: %s", d)
	}
	if d := cmp.Diff(paths, pathsOf(t, in)); d != "" {
		t.Errorf("what paths delivered differs after a rebuild: %s", d)
	}
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, in *Ingest, from string) Counts {
	t.Helper()
	before := in.Counts
	paths, err := file.Paths([]string{from})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }
	for _, p := range paths {
		_, err := file.Read(ctx, p, nil, now, func(r event.Record) error { return in.Add(ctx, r) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	c := in.Counts
	c.Read, c.Accepted, c.Versions = c.Read-before.Read, c.Accepted-before.Accepted, c.Versions-before.Versions
	c.Duplicates, c.Unparsed = c.Duplicates-before.Duplicates, c.Unparsed-before.Unparsed
	return c
}

// pathsOf is what the store knows of collection paths.
func pathsOf(t *testing.T, in *Ingest) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	from, to := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	err := in.Store.PathSets(ctx, from, to, func(p duck.PathSet) {
		out[fmt.Sprint(p.Table, p.Tenant, p.Hour, p.Paths)] += p.Events
	})
	if err == nil {
		err = in.Store.Spans(ctx, from, to, func(s duck.Span) { out[fmt.Sprint(s)]++ })
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// contents is a digest of every cell of every table, by part.
func contents(t *testing.T, in *Ingest) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range schema.Tables() {
		for _, p := range in.Store.Parts(table, 0, 0) {
			var n int64
			var digest string
			q := "SELECT count(*), coalesce(bit_xor(hash(t))::VARCHAR, '') FROM " + p.SQL + " t"
			if err := in.Store.DB().QueryRow(q).Scan(&n, &digest); err != nil {
				t.Fatal(err)
			}
			if n > 0 { // a table that its rows have left says nothing
				out[p.SQL] = fmt.Sprint(n, " ", digest)
			}
		}
	}
	return out
}

func TestImportTwiceThenRebuildGivesEqualTables(t *testing.T) {
	records, dir := t.TempDir(), t.TempDir()
	res, err := sim.Run(ctx, sim.Options{Users: 40, Days: 4, Seed: 5, Out: records})
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, n := range res.Records {
		total += int64(n)
	}
	in := open(t, dir)
	first := load(t, in, records)
	if first.Read != total || first.Accepted+first.Versions != total || first.Unparsed != 0 {
		t.Errorf("first import of %d: %+v", total, first)
	}
	second := load(t, in, records)
	if second.Read != total || second.Duplicates != total {
		t.Errorf("second import of %d: %+v", total, second)
	}
	want := contents(t, in)
	if len(want) < 6 {
		t.Errorf("only %d parts hold rows", len(want))
	}
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(ctx, dir); err != nil {
		t.Fatal(err)
	}
	in = open(t, dir)
	defer in.Close(ctx)
	if d := cmp.Diff(want, contents(t, in)); d != "" {
		t.Errorf("a rebuild differs: %s", d)
	}
}

func TestVersionsOfOneEventAreOneRow(t *testing.T) {
	const id = `"id":"11111111-2222-3333-4444-555555555555","createdDateTime":"2026-07-16T15:34:08Z"`
	graph := `{` + id + `,"appId":"b","appDisplayName":"Portal","userPrincipalName":"old@example.org"}`
	hub := `{"category":"SignInLogs","tenantId":"t","properties":{` + id + `,"userPrincipalName":"ada@example.org"}}`
	var results []string
	for _, order := range [][]string{{graph, hub}, {hub, graph}} {
		for _, together := range []bool{true, false} {
			in := open(t, t.TempDir())
			for _, raw := range order {
				rec := event.Record{Raw: []byte(raw), Seen: time.Unix(1e9, 0)}
				identify.Record(&rec)
				if err := in.Add(ctx, rec); err != nil {
					t.Fatal(err)
				}
				if !together {
					if err := in.Flush(ctx); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := in.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			if in.Counts.Accepted != 1 || in.Counts.Versions != 1 {
				t.Errorf("%+v", in.Counts)
			}
			var n int
			var who, app string
			q := `SELECT count(*), max("UserPrincipalName"), max("AppDisplayName") FROM ` + in.Store.Parts(schema.Lookup("SigninLogs"), 0, 0)[0].SQL
			if err := in.Store.DB().QueryRow(q).Scan(&n, &who, &app); err != nil {
				t.Fatal(err)
			}
			results = append(results, fmt.Sprint(n, who, app))
			if err := in.Close(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range results {
		if r != "1ada@example.orgPortal" {
			t.Errorf("one event by two paths: %q", results)
		}
	}
}

func TestStoreFollowsTheLedgerAfterACrash(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	rec := event.Record{Raw: []byte(`{"category":"SignInLogs","properties":{"id":"x"}}`), Seen: time.Unix(1e9, 0)}
	identify.Record(&rec)
	broken := event.Record{Raw: []byte(`{"cut`), Seen: time.Unix(1e9, 0)}
	identify.Record(&broken)
	// The ledger has the records and the process dies before the store has.
	if _, err := in.Ledger.Append(ctx, ledger.Batch{Records: []event.Record{rec, broken}}); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
	in = open(t, dir)
	defer in.Close(ctx)
	if in.Store.Applied() != 2 || len(contents(t, in)) != 1 {
		t.Errorf("applied %d, %v", in.Store.Applied(), contents(t, in))
	}
	if _, err := Open(ctx, dir); !errors.Is(err, ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	for _, r := range []event.Record{rec, broken} {
		if err := in.Add(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Flush(ctx); err != nil || in.Counts.Duplicates != 2 {
		t.Errorf("what was caught up is not known: %+v %v", in.Counts, err)
	}
}

// TestAStoreOfOtherColumnsIsRefused, with what to do, and one whose rows other
// code made is used, with a word.
func TestAStoreOfOtherColumnsIsRefused(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	give(t, in, []event.Record{gen(0)})
	set := func(name string) {
		t.Helper()
		if err := in.Store.SetMeta(ctx, name, 1); err != nil {
			t.Fatal(err)
		}
		if err := in.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	set("normal")
	var said []string
	in, err := OpenWith(ctx, dir, Options{Notice: func(s string) { said = append(said, s) }})
	// The record was never committed to, which the ledger tells as well.
	if err != nil || len(said) != 2 || !strings.Contains(said[0], "not signed for") || !strings.Contains(said[1], "wholelog rebuild") {
		t.Fatalf("made by other code: %v %q", err, said)
	}
	set(layout)
	if _, err := Open(ctx, dir); !errors.Is(err, ErrOtherVersion) || !strings.Contains(err.Error(), "wholelog rebuild") {
		t.Errorf("made with other columns: %v", err)
	}
	if err := Rebuild(ctx, dir); err != nil {
		t.Fatal(err)
	}
	in = open(t, dir)
	if n := len(contents(t, in)); n != 1 {
		t.Errorf("%d tables after a rebuild, want 1", n)
	}
	if err := in.SameVersions(ctx); err != nil {
		t.Error(err)
	}
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
}
