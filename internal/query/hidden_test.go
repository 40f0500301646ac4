package query

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHiddenColumnsShowWhereTheyAreNamed: our own columns are in no wildcard,
// but a query that names one gets it.
func TestHiddenColumnsShowWhereTheyAreNamed(t *testing.T) {
	e := engine(t)
	f := func(q string, want ...string) {
		t.Helper()
		cols, _, err := rows(t, e, q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			return
		}
		var got []string
		for _, c := range cols {
			got = append(got, c.Name)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", q, d)
		}
	}
	f("SigninLogs | summarize count() by ErrorClass", "ErrorClass", "count_")
	f("SigninLogs | summarize count() by ErrorClass = ErrorClass", "ErrorClass", "count_")
	f("SigninLogs | distinct ErrorClass", "ErrorClass")
	f("SigninLogs | project-keep ErrorClass", "ErrorClass")
	f("SigninLogs | make-series count() on TimeGenerated step 1d by ErrorClass", "ErrorClass", "count_", "TimeGenerated")
	f("SigninLogs | where ErrorClass == 'failure' | project ErrorClass, UserId", "ErrorClass", "UserId")
	f("SigninLogs | where _TimeReceived > ago(1d) | summarize max(_TimeReceived) by UserId", "UserId", "max__TimeReceived")
	f("SigninLogs | sort by _TimeReceived desc | project _TimeReceived, Id", "_TimeReceived", "Id")
	f("SigninLogs | project-keep User*, ErrorClass | project-keep Err*", "ErrorClass")
	cols, _, err := rows(t, e, "SigninLogs")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cols {
		if c.Name == "ErrorClass" || c.Name == "AdditionalFields" {
			t.Errorf("SigninLogs shows %s", c.Name)
		}
	}
}

// TestIngestionTimeIsWhenTheRecordCame and not when the event was.
func TestIngestionTimeIsWhenTheRecordCame(t *testing.T) {
	e, now := history(t)
	_, got, err := rows(t, e, "SigninLogs | extend At = ingestion_time() | summarize Early = countif(At <= TimeGenerated or isnull(At)), Rows = count(), Span = max(At) - min(At) | project Early, Rows > 0, Span < 1h")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]any{{int64(0), true, true}}, got); d != "" {
		t.Errorf("history up to %s: %s", now, d)
	}
}
