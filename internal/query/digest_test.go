package query

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDigestsGiveEqualRows looks events up by correlation id with the digest
// column and without it.
func TestDigestsGiveEqualRows(t *testing.T) {
	e, now := history(t)
	ctx := context.Background()
	rows := func(text string, plain bool) (out []string, sql string) {
		t.Helper()
		r := Request{Text: text, Now: now, NoPromotions: plain}
		p, err := e.Prepare(ctx, r)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if _, err := e.Run(ctx, r, func(*Result) error { return nil }, func(row Row) error {
			out = append(out, fmt.Sprint(row...))
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return out, p.SQL.SQL
	}
	ids, _ := rows(`SigninLogs | summarize by CorrelationId | top 3 by CorrelationId asc`, false)
	if len(ids) != 3 {
		t.Fatal(ids)
	}
	for i := range ids {
		ids[i] = strings.Trim(ids[i], "[]{} ")
	}
	a, b, upper := ids[0], ids[1], strings.ToUpper(ids[2])
	const tail = ` | project Id, TimeGenerated, CorrelationId | sort by Id asc`
	for _, c := range []struct {
		where  string
		found  bool
		digest bool
	}{
		{`CorrelationId == "` + a + `"`, true, true},
		{`"` + a + `" == CorrelationId and ResultType != "x"`, true, true},
		{`CorrelationId in ("` + a + `", "` + b + `")`, true, true},
		{`CorrelationId == "` + a + `" or CorrelationId == "` + b + `"`, true, true},
		{`CorrelationId =~ "` + upper + `"`, true, true},
		{`CorrelationId == "` + upper + `"`, false, true},
		{`CorrelationId == "nothing"`, false, true},
		{`CorrelationId == "" or CorrelationId == "` + a + `"`, true, true},
		{`CorrelationId == "` + a + `" or UserPrincipalName == "x"`, true, false},
		{`CorrelationId != "` + a + `"`, true, false},
		{`CorrelationId =~ "straße"`, false, false},
		{`not(CorrelationId == "` + a + `")`, true, false},
		{`CorrelationId startswith "` + a[:8] + `"`, true, false},
	} {
		text := `union SigninLogs, AuditLogs, AADNonInteractiveUserSignInLogs | where ` + c.where + ` | project Id, TimeGenerated, CorrelationId | sort by Id asc`
		if strings.Contains(c.where, "ResultType") || strings.Contains(c.where, "User") {
			text = `SigninLogs | where ` + c.where + tail
		}
		with, sql := rows(text, false)
		without, plain := rows(text, true)
		if d := cmp.Diff(without, with); d != "" {
			t.Errorf("%s: %s", text, d)
		}
		if (len(with) > 0) != c.found || strings.Contains(sql, "_wl_digest_") != c.digest || strings.Contains(plain, "_wl_digest_") {
			t.Errorf("%s: %d rows; digest used %v, and without promotions %v", text, len(with), strings.Contains(sql, "_wl_digest_"), strings.Contains(plain, "_wl_digest_"))
		}
	}
}
