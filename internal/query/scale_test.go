package query

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql/builtin"
)

// grow fills the newest month's sign-ins up to a number of rows with copies of
// those there, made inside the store: other ids, and times over the 30 days
// before the newest.
func grow(b *testing.B, e *Engine, rows int) {
	b.Helper()
	parts := e.store.Parts(schema.Lookup("SigninLogs"), 0, 0)
	from := parts[len(parts)-1].SQL
	db := e.store.DB()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM " + from).Scan(&n); err != nil || n == 0 {
		b.Fatalf("%d rows to copy: %v", n, err)
	}
	if _, err := db.Exec("CREATE TEMP TABLE IF NOT EXISTS _seed AS SELECT * FROM " + from); err != nil {
		b.Fatal(err)
	}
	var seed int
	if err := db.QueryRow("SELECT count(*) FROM _seed").Scan(&seed); err != nil {
		b.Fatal(err)
	}
	for n < rows {
		times := min((rows-n)/seed+1, 200)
		q := fmt.Sprintf(`INSERT INTO %s SELECT * EXCLUDE (i, c) REPLACE ("TimeGenerated" - (hash("Id", i) %% 25920000000000)::BIGINT AS "TimeGenerated",
uuid()::VARCHAR AS "Id", c AS "CorrelationId", ('0x' || left(sha256(c), 8))::UINTEGER AS %q) FROM (SELECT *, unnest(range(%d)) AS i, uuid()::VARCHAR AS c FROM _seed)`, from, schema.DigestName("CorrelationId"), times)
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
		n += times * seed
	}
}

// kept opens a folder that an earlier run has filled, or fills it.
func kept(b *testing.B, dir string) (*Engine, *ingest.Ingest, time.Time) {
	b.Helper()
	if _, err := os.Stat(filepath.Join(dir, "data", "store")); err != nil {
		return historyIn(b, dir)
	}
	in := openIn(b, dir)
	b.Cleanup(func() { in.Close(context.Background()) })
	e, err := New(context.Background(), in.Store, Options{})
	if err != nil {
		b.Fatal(err)
	}
	var ticks int64
	parts := in.Store.Parts(schema.Lookup("SigninLogs"), 0, 0)
	if err := in.Store.DB().QueryRow(`SELECT max("TimeGenerated") FROM ` + parts[len(parts)-1].SQL).Scan(&ticks); err != nil {
		b.Fatal(err)
	}
	return e, in, builtin.Time(ticks).Add(time.Minute)
}

// BenchmarkScale times queries on many rows: WHOLELOG_ROWS of them, 100,000
// when it is not set; the figures are for 10 million. The yardstick is
// count() over one string column of the same rows. With WHOLELOG_KEPT=FOLDER
// the rows are kept there and not made again the next time.
func BenchmarkScale(b *testing.B) {
	rows := 100_000
	if s := os.Getenv("WHOLELOG_ROWS"); s != "" {
		var err error
		if rows, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	dir := os.Getenv("WHOLELOG_KEPT")
	if dir == "" {
		dir = b.TempDir()
	}
	e, in, now := kept(b, dir)
	ctx := context.Background()
	run := func(b *testing.B, text string) (n int) {
		b.Helper()
		q, err := e.Run(ctx, Request{Text: text, Now: now, Limits: Limits{Rows: -1, Bytes: -1}}, func(*Result) error { return nil }, func(Row) error { n++; return nil })
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(q.Stats.Seconds*1000, "ms/run")
		return n
	}
	grow(b, e, min(rows, 1_000_000))
	if os.Getenv("WHOLELOG_KEPT") == "" || rows <= 1_000_000 { // a kept folder has all rows at once
		b.Run(fmt.Sprintf("policies-of-%d", min(rows, 1_000_000)), func(b *testing.B) {
			for range b.N {
				if run(b, `SigninLogs | mv-expand p = ConditionalAccessPolicies | summarize count() by tostring(p.displayName), tostring(p.result)`) == 0 {
					b.Fatal("no rows")
				}
			}
		})
	}
	grow(b, e, rows)
	var user, correlation string
	parts := e.store.Parts(schema.Lookup("SigninLogs"), 0, 0)
	if err := e.store.DB().QueryRow(`SELECT "UserPrincipalName", "CorrelationId" FROM `+parts[len(parts)-1].SQL+" OFFSET "+strconv.Itoa(rows/2)+" LIMIT 1").Scan(&user, &correlation); err != nil {
		b.Fatal(err)
	}
	bench := func(name, text string) {
		b.Run(name, func(b *testing.B) {
			start := time.Now()
			for range b.N {
				if n := run(b, text); n == 0 && strings.HasPrefix(name, "needle") {
					b.Fatal("not found")
				}
			}
			ours := time.Since(start)
			start = time.Now()
			for range b.N {
				if _, err := e.store.DB().Exec(`SELECT count(DISTINCT "AppDisplayName") FROM ` + relation(e)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(ours)/float64(time.Since(start)), "x-yardstick")
		})
	}
	bench("needle-correlation", `SigninLogs | where CorrelationId == "`+correlation+`"`)
	bench("needle-user", `SigninLogs | where UserPrincipalName == "`+user+`" | top 100 by TimeGenerated desc | project TimeGenerated, AppDisplayName, ResultType`)
	bench("hourly-30-days", `SigninLogs | where TimeGenerated > ago(30d) | summarize count() by bin(TimeGenerated, 1h)`)
	library, err := Library("")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range demo {
		found := false
		for _, s := range library {
			if s.Name == name {
				text, err := s.Query(nil)
				if err != nil {
					b.Fatal(err)
				}
				bench("demo-"+name, text)
				found = true
			}
		}
		if !found {
			b.Errorf("no saved query %s", name)
		}
	}
	if err := in.Close(ctx); err != nil {
		b.Fatal(err)
	}
	b.Run("start", func(b *testing.B) {
		for range b.N {
			again := openIn(b, dir)
			if err := again.Close(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// demo are the saved queries that `make demo` shows.
var demo = []string{"sign-in-success-rate", "failed-sign-ins-by-country", "top-privileged-actions", "failures-from-unfamiliar-addresses", "group-membership-changes", "privileged-actions"}
