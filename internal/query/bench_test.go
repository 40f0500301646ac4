package query

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// pairs are queries with the SQL that a person would write for the same
// answer; %s is the table's relation. Times are in ticks.
var pairs = []struct{ name, kql, sql string }{
	{"count", `SigninLogs | count`, `SELECT count(*) FROM %s`},
	{"by-code", `SigninLogs | summarize count() by ResultType | sort by count_ desc`, `SELECT "ResultType", count(*) n FROM %s GROUP BY 1 ORDER BY n DESC`},
	{"hourly", `SigninLogs | summarize count() by bin(TimeGenerated, 1h)`, `SELECT "TimeGenerated" - "TimeGenerated" %% 36000000000 h, count(*) FROM %s GROUP BY 1`},
	{"users", `SigninLogs | summarize dcount(UserId) by AppDisplayName`, `SELECT "AppDisplayName", count(DISTINCT "UserId") FROM %s GROUP BY 1`},
	{"country", `SigninLogs | summarize count() by tostring(LocationDetails.countryOrRegion)`, `SELECT coalesce("LocationDetails.countryOrRegion", ''), count(*) FROM %s GROUP BY 1`},
	{"needle", `SigninLogs | where CorrelationId == "00000000-0000-0000-0000-000000000000" | project TimeGenerated, UserId`, `SELECT "TimeGenerated", "UserId" FROM %s WHERE "CorrelationId" = '00000000-0000-0000-0000-000000000000'`},
	{"has", `SigninLogs | where UserAgent has "Windows" | count`, `SELECT count(*) FROM %s WHERE contains(lower("UserAgent"), 'windows') AND regexp_matches(lower("UserAgent"), '(?s)(?:^|[^\pL\pN])windows(?:$|[^\pL\pN])')`},
	{"latest", `SigninLogs | summarize arg_max(TimeGenerated, ResultType, IPAddress) by UserId`, `SELECT "UserId", (s).t, (s).r, (s).i FROM (SELECT "UserId", arg_max({t: "TimeGenerated", r: "ResultType", i: "IPAddress"}, "TimeGenerated") s FROM %s GROUP BY 1)`},
	{"top", `SigninLogs | top 100 by TimeGenerated desc | project TimeGenerated, UserPrincipalName`, `SELECT "TimeGenerated", "UserPrincipalName" FROM %s ORDER BY 1 DESC NULLS LAST LIMIT 100`},
	{"failures", `SigninLogs | where ResultType != 0 | summarize count(), make_set(ResultType) by UserId`, `SELECT "UserId", count(*), to_json(list_sort(list(DISTINCT "ResultType"))) FROM %s WHERE TRY_CAST("ResultType" AS DOUBLE) IS DISTINCT FROM 0 GROUP BY 1`},
}

// BenchmarkPairs times compiled queries against hand-written SQL in the same
// run, and gives the ratio.
func BenchmarkPairs(b *testing.B) {
	e, _ := history(b)
	from := relation(e)
	ctx := context.Background()
	drain := func(sql string, args ...any) {
		rows, err := e.store.DB().QueryContext(ctx, sql, args...)
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			b.Fatal(err)
		}
		rows.Close()
	}
	for _, p := range pairs {
		b.Run(p.name, func(b *testing.B) {
			q, err := e.Prepare(ctx, Request{Text: p.kql})
			if err != nil {
				b.Fatal(err)
			}
			hand := fmt.Sprintf(p.sql, from)
			var ours, theirs time.Duration
			for range b.N {
				start := time.Now()
				drain(q.SQL.SQL, q.SQL.Params...)
				mid := time.Now()
				drain(hand)
				ours, theirs = ours+mid.Sub(start), theirs+time.Since(mid)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "x-hand-written")
		})
	}
}

// relation is the sign-in table of all months as one FROM item.
func relation(e *Engine) string {
	s := ""
	for i, p := range e.store.Parts(schema.Lookup("SigninLogs"), 0, 0) {
		if i > 0 {
			s += " UNION ALL "
		}
		s += "SELECT * FROM " + p.SQL
	}
	return "(" + s + ")"
}

// BenchmarkCompile compiles every saved query.
func BenchmarkCompile(b *testing.B) {
	list, err := Library("")
	if err != nil {
		b.Fatal(err)
	}
	var texts []string
	for _, s := range list {
		q, err := s.Query(nil)
		if err != nil {
			b.Fatal(err)
		}
		texts = append(texts, q)
	}
	cat := schema.Catalog()
	b.ResetTimer()
	for range b.N {
		for _, q := range texts {
			if c, d := kql.Compile(q, cat, kql.Options{}); c == nil {
				b.Fatalf("%v\n%s", d, q)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(texts)), "us/query")
}
