package query

import "testing"

// TestTwoListsOfOneTable expands a promoted list and another one of a row.
func TestTwoListsOfOneTable(t *testing.T) {
	e, _ := history(t)
	_, got, err := rows(t, e, `AuditLogs | mv-expand t = TargetResources | where tostring(t.type) != "" | mv-expand a = AdditionalDetails | summarize n = count() by tostring(t.type), tostring(a.key) | summarize sum(n) > 0`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0][0] != true {
		t.Error(got)
	}
}
