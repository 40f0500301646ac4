package storecheck_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ingest/storecheck"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
)

var ctx = context.Background()

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder is a data folder with simulated records, events of several versions
// (of one that changes its month among them) and a record that cannot be read.
func folder(t *testing.T) *ingest.Ingest {
	t.Helper()
	base := t.TempDir()
	_, err := sim.Run(ctx, sim.Options{Users: 12, Days: 2, Seed: 7, Out: filepath.Join(base, "in")})
	ok(t, err)
	in, err := ingest.OpenWith(ctx, filepath.Join(base, "data"), ingest.Options{Key: filepath.Join(base, "key")})
	ok(t, err)
	t.Cleanup(func() { ok(t, in.Close(ctx)) })
	paths, err := file.Paths([]string{filepath.Join(base, "in")})
	ok(t, err)
	for _, p := range paths {
		_, err := file.Read(ctx, p, nil, time.Now, func(r event.Record) error { return in.Add(ctx, r) })
		ok(t, err)
	}
	for i, raw := range []string{
		`{"category":"SignInLogs","tenantId":"t","properties":{"id":"v","createdDateTime":"2026-07-16T15:34:08Z","appId":"a"}}`,
		`{"category":"SignInLogs","tenantId":"t","properties":{"id":"v","createdDateTime":"2026-07-16T15:34:08Z","appId":"b"}}`,
		`{"category":"SignInLogs","tenantId":"t","properties":{"id":"m","appId":"a"}}`,
		`{"category":"SignInLogs","tenantId":"t","properties":{"id":"m","appId":"b"}}`,
		auditOf("1", "t-1"), "2026-03-01T01:02:03Z,c-1,Core Directory,UserManagement,Update user,success,t-1", // one event
		auditOf("2", "t-2"), "2026-03-01T01:02:03Z,c-1,Core Directory,UserManagement,Update user,success,t-2", auditOf("3", "t-2"), // ambiguous
		`{"cut`,
	} {
		rec := event.Record{Raw: []byte(raw), Seen: time.Date(2026, time.Month(3+i), 1, 0, 0, 0, 0, time.UTC), Source: "file:x"}
		if raw[0] != '{' {
			rec.Context = []byte("Date (UTC),CorrelationId,Service,Category,Activity,Result,Target1ObjectId")
		}
		identify.Record(&rec)
		ok(t, in.Add(ctx, rec))
		ok(t, in.Flush(ctx))
	}
	return in
}

func auditOf(id, target string) string {
	return fmt.Sprintf(`{"id":%q,"activityDateTime":"2026-03-01T01:02:03.4Z","activityDisplayName":"Update user","correlationId":"c-1","initiatedBy":{},"targetResources":[{"id":%q}]}`, id, target)
}

func run(t *testing.T, in *ingest.Ingest) *storecheck.Report {
	t.Helper()
	r, err := storecheck.Run(ctx, in, nil)
	ok(t, err)
	return r
}

func TestStoreOfALedgerIsEqual(t *testing.T) {
	in := folder(t)
	r := run(t, in)
	if len(r.Findings) > 0 || r.Rows == 0 || r.Records <= r.Rows {
		t.Errorf("%+v", r)
	}
	// The same after the store is made again.
	n := 0
	for _, table := range schema.Tables() {
		for _, p := range in.Store.Parts(table, 0, 0) {
			var rows int
			ok(t, in.Store.DB().QueryRow("SELECT count(*) FROM "+p.SQL).Scan(&rows))
			n += rows
		}
	}
	if int64(n) != r.Rows {
		t.Errorf("%d rows in the store, %d compared", n, r.Rows)
	}
}

// TestEveryChangedCellIsFound changes one cell of a random row in a sample of
// all columns, the store's own included; with WHOLELOG_LONG in each.
func TestEveryChangedCellIsFound(t *testing.T) {
	in := folder(t)
	type column struct{ table, part, name, typ string }
	var all []column
	for _, table := range schema.Tables() {
		for _, p := range in.Store.Parts(table, 0, 0) {
			var rows int
			ok(t, in.Store.DB().QueryRow("SELECT count(*) FROM "+p.SQL).Scan(&rows))
			if rows == 0 { // its one row moved to the month of a newer version
				continue
			}
			cols, err := in.Store.DB().Query("SELECT column_name, column_type FROM (DESCRIBE " + p.SQL + ")")
			ok(t, err)
			for cols.Next() {
				c := column{table: table.Name, part: p.SQL}
				ok(t, cols.Scan(&c.name, &c.typ))
				all = append(all, c)
			}
			ok(t, cols.Close())
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	if os.Getenv("WHOLELOG_LONG") == "" {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:40]
	}
	for _, c := range all {
		change(t, in, c.part, c.name, c.typ, func(pos event.Position) {
			found := run(t, in).Findings
			if len(found) == 0 {
				t.Errorf("%s.%s of record %d: nothing was found", c.table, c.name, pos)
			} else if c.name[0] != '_' && (len(found) != 1 || found[0].Position != pos || strings.Join(found[0].Columns, "") != c.name) {
				t.Errorf("%s.%s of record %d: %v", c.table, c.name, pos, found)
			}
		})
	}
	if r := run(t, in); len(r.Findings) > 0 {
		t.Errorf("put back: %v", r.Findings)
	}
}

// change changes one cell of a random row while fn runs.
func change(t *testing.T, in *ingest.Ingest, part, name, typ string, fn func(event.Position)) {
	t.Helper()
	db := in.Store.DB()
	var pos int64
	var old any
	quoted := `"` + name + `"`
	ok(t, db.QueryRow("SELECT _wl_pos, "+quoted+" FROM "+part+" USING SAMPLE 1").Scan(&pos, &old))
	where := fmt.Sprint(" WHERE _wl_pos = ", pos)
	set := func(value string, args ...any) {
		t.Helper()
		if _, err := db.Exec("UPDATE "+part+" SET "+quoted+" = "+value+where, args...); err != nil {
			t.Fatalf("%s %s: %v", name, typ, err)
		}
	}
	back := func() { set("?", old) }
	if strings.HasSuffix(typ, "[]") { // the driver gives a list, but takes none
		typ = "LIST"
	}
	switch typ {
	case "LIST":
		set("list_concat(" + quoted + ", [NULL])")
		back = func() {
			if old == nil {
				set("NULL")
			} else {
				set(quoted + "[:len(" + quoted + ") - 1]")
			}
		}
	case "VARCHAR":
		set("coalesce(" + quoted + ", '') || 'x'")
	case "BOOLEAN":
		set("NOT coalesce(" + quoted + ", true)")
	case "UBIGINT", "UTINYINT": // the driver takes no large unsigned arguments
		flip := "xor(" + quoted + ", 1::" + typ + ")"
		set(flip)
		back = func() { set(flip) }
	default:
		set("coalesce(" + quoted + ", 0) + 1000000") // beyond any other row's position
	}
	fn(event.Position(pos))
	if name == "_wl_pos" {
		where = fmt.Sprint(" WHERE _wl_pos = ", pos+1000000)
	}
	back()
}

func TestMissingAndSurplusRowsAreNamed(t *testing.T) {
	in := folder(t)
	part := in.Store.Parts(schema.Lookup("SigninLogs"), 0, 0)
	last := part[len(part)-1].SQL
	var pos event.Position
	ok(t, in.Store.DB().QueryRow("SELECT min(_wl_pos) FROM "+last).Scan(&pos))
	f := func(q, kind string, pos event.Position) {
		t.Helper()
		_, err := in.Store.DB().Exec(q)
		ok(t, err)
		for _, f := range run(t, in).Findings {
			if f.Kind == kind && f.Position == pos {
				return
			}
		}
		t.Errorf("%s: no row is %s for record %d: %v", q, kind, pos, run(t, in).Findings)
	}
	f(fmt.Sprintf("INSERT INTO %s SELECT * FROM %s WHERE _wl_pos = %d", last, last, pos), "surplus", pos)
	f(fmt.Sprintf("DELETE FROM %s WHERE _wl_pos = %d", last, pos), "missing", pos)
	f(fmt.Sprintf("INSERT INTO %s SELECT * REPLACE (999999 AS _wl_pos) FROM %s LIMIT 1", last, last), "surplus", 999999)
	traits := "audit_202603._wl_traits"
	var row event.Position
	ok(t, in.Store.DB().QueryRow("SELECT max(pos) FROM "+traits+" WHERE csv").Scan(&row))
	f(fmt.Sprintf("INSERT INTO %s SELECT * REPLACE (999999 AS pos) FROM %s LIMIT 1", traits, traits), "surplus", 999999)
	for _, set := range []string{"digits = 7", "content_lo = 1", "key_hi = 1", "csv = false", "sum = 1"} {
		f(fmt.Sprintf("UPDATE %s SET %s WHERE pos = %d", traits, set, row), "changed", row)
	}
	f(fmt.Sprintf("DELETE FROM %s WHERE pos = %d", traits, row), "changed", row)
	f("DELETE FROM meta_000000._wl_unparsed", "missing", in.Ledger.Last())
}
