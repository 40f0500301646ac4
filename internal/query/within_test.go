package query

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTimeLimitOfARequest counts rows with a limit from outside and with the
// same limit written into the query, wherever a table stands.
func TestTimeLimitOfARequest(t *testing.T) {
	e, last := history(t)
	from, to := last.Add(-36*time.Hour), last.Add(-12*time.Hour)
	run := func(r Request) string {
		t.Helper()
		var out []string
		if _, err := e.Run(context.Background(), r, func(*Result) error { return nil }, func(row Row) error {
			out = append(out, fmt.Sprint(row))
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", r.Text, err)
		}
		return fmt.Sprint(out)
	}
	const limit = "where TimeGenerated >= datetime(%s) and TimeGenerated < datetime(%s)"
	written := fmt.Sprintf(limit, from.UTC().Format(time.RFC3339Nano), to.UTC().Format(time.RFC3339Nano))
	for _, q := range []string{
		"SigninLogs%s | count",
		"union (SigninLogs%s), (AADNonInteractiveUserSignInLogs%s) | summarize count(), min(TimeGenerated), max(TimeGenerated) by Type | sort by Type asc",
		"SigninLogs%s | where UserId in ((AuditLogs%s | project tostring(InitiatedBy.user.id))) | summarize count() by UserId | sort by UserId asc",
		"let n = toscalar(SigninLogs%s | count); print n",
		"let m = materialize(SigninLogs%s | project UserId); m | join kind=inner (m | distinct UserId) on UserId | count",
		"AuditLogs%s | join kind=leftanti (SigninLogs%s) on CorrelationId | count",
		"SigninLogs%s | evaluate bag_unpack(Status) | count",
	} {
		free, limited, own := run(Request{Text: strings.ReplaceAll(q, "%s", ""), Now: last}), run(Request{Text: strings.ReplaceAll(q, "%s", ""), Now: last, From: from, To: to}), run(Request{Text: strings.ReplaceAll(q, "%s", " | "+written), Now: last})
		if limited != own {
			t.Errorf("%s\nlimited %s\nwritten %s", q, limited, own)
		}
		if limited == free {
			t.Errorf("%s: the limit changes nothing: %s", q, free)
		}
	}
	p, err := e.Prepare(context.Background(), Request{Text: "SigninLogs | count", Now: last, To: from.AddDate(-1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if p.Scans[0].Read != 0 || p.Scans[0].Of == 0 {
		t.Errorf("a limit before all data reads %d of %d files", p.Scans[0].Read, p.Scans[0].Of)
	}
}
