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

// TestAShareReadInAnExpression reads a table that has a name in the query and in
// a list of the same query: what one needs of it the other must not lose.
func TestAShareReadInAnExpression(t *testing.T) {
	e, _ := history(t)
	const events = `union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs | where ResultType == "0"`
	_, got, err := rows(t, e, events+` | as E | where isempty(HomeTenantId) or true
| union (SigninLogs | where UserId in (toscalar(E | where isnotempty(UserId) | summarize make_set(UserId))))
| summarize Apps = make_set(AppDisplayName), arg_min(TimeGenerated, *) by UserId | summarize count(), countif(isnotempty(Location))`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0][0] == int64(0) || got[0][0] != got[0][1] {
		t.Error(got)
	}
}
