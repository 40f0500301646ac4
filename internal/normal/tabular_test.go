package normal

import (
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
)

func tabularRow(t *testing.T, source, header, line string) (*schema.Row, event.Record) {
	t.Helper()
	rec := event.Record{Raw: []byte(line), Context: []byte(header), Seen: time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC), Source: source}
	identify.Record(&rec)
	row, err := Row(&rec, 1)
	if err != nil {
		t.Fatalf("%s\n%v", line, err)
	}
	return row, rec
}

func TestPortalCSVFillsColumns(t *testing.T) {
	const header = "Date (UTC),Request ID,User,Username,Application,Application ID ,IP address,Location,Status,Sign-in error code,Failure reason,Compliant,Autonomous system  number,Conditional Access,Mystery"
	row, _ := tabularRow(t, "file:NonInteractiveSignIns_1.csv", header, `2026-07-16T15:34:08Z,r-1,Ada,ada@example.org,Portal,a-1,192.0.2.7,"Berlin, Berlin, DE",Failure,50126,wrong,No,3320,Not Applied,kept`)
	check(t, row, map[string]string{"Type": "AADNonInteractiveUserSignInLogs", "Id": "r-1", "TimeGenerated": "2026-07-16T15:34:08.0000000Z", "ResultType": "50126", "ResultDescription": "wrong",
		"Location": "DE", "LocationDetails": `{"city":"Berlin","state":"Berlin","countryOrRegion":"DE"}`, "Status": `{"errorCode":50126,"failureReason":"wrong"}`, "DeviceDetail": `{"isCompliant":false}`,
		"AutonomousSystemNumber": "3320", "ConditionalAccessStatus": "notApplied", "AppId": "a-1", "Identity": "Ada", "IsInteractive": "0",
		"AdditionalFields": `{"portalStatus":"Failure","Mystery":"kept"}`})
}

func TestLogAnalyticsCSVFillsColumns(t *testing.T) {
	row, _ := tabularRow(t, "", `"TimeGenerated [UTC]",Type,Id,ResultType,"Status_dynamic","Status_string",IsInteractive`, `"4/28/2021, 2:08:45.221 PM",SigninLogs,q,0,"{""errorCode"":0}",,true`)
	check(t, row, map[string]string{"TimeGenerated": "2021-04-28T14:08:45.2210000Z", "Id": "q", "ResultType": "0", "Status": `{"errorCode":0}`, "IsInteractive": "1"})
}

func TestLogAnalyticsRowFillsColumns(t *testing.T) {
	row, _ := tabularRow(t, "", `[{"name":"TimeGenerated","type":"datetime"},{"name":"Type","type":"string"},{"name":"LocationDetails","type":"dynamic"},{"name":"DurationMs","type":"long"}]`, `["2026-07-16T15:34:08.5Z","SigninLogs","{\"city\": \"Rome\"}",7]`)
	check(t, row, map[string]string{"TimeGenerated": "2026-07-16T15:34:08.5000000Z", "LocationDetails": `{"city":"Rome"}`, "DurationMs": "7"})
}

// TestCSVNeverErasesAField: one sign-in by Event Hubs and as a download is one
// key, shows what the diagnostic record says, and takes from the download only
// what that lacks.
func TestCSVNeverErasesAField(t *testing.T) {
	hub := rowOf(t, `{"category":"SignInLogs","properties":{"id":"11111111-2222-3333-4444-555555555555","createdDateTime":"2026-07-16T15:34:08.5Z","userPrincipalName":"ada@example.org","status":{"errorCode":50126,"failureReason":"full text"}}}`)
	csv, _ := tabularRow(t, "file:InteractiveSignIns.csv", "Date (UTC),Request ID,User,Username,Browser,Sign-in error code,Failure reason", "2026-07-16T15:34:08Z,11111111-2222-3333-4444-555555555555,Ada,ADA@EXAMPLE.ORG,Edge,50126,")
	if hub.Key != csv.Key {
		t.Fatal("one sign-in on two paths has two keys")
	}
	check(t, Merge([]*schema.Row{csv, hub}), map[string]string{"UserPrincipalName": "ada@example.org", "TimeGenerated": "2026-07-16T15:34:08.5000000Z",
		"Status": `{"errorCode":50126,"failureReason":"full text"}`, "DeviceDetail": `{"browser":"Edge"}`, "UserDisplayName": "Ada"})
}

// TestAuditCSVMatchesItsRecord: a row without an id composes the same match as
// the record with one.
func TestAuditCSVMatchesItsRecord(t *testing.T) {
	csv, rec := tabularRow(t, "", `"Date (UTC)","CorrelationId","Service","Activity","Result","Target1ObjectId","Target1Type"`, `2026-07-16T15:34:08.1234567Z,AAAAAAAA-2222-3333-4444-555555555555,Core Directory,Update user,Success,b1,User`)
	graph := event.Record{Raw: []byte(`{"id":"Directory_aaaaaaaa-2222-3333-4444-555555555555_X_1","correlationId":"aaaaaaaa-2222-3333-4444-555555555555","activityDisplayName":"Update user","activityDateTime":"2026-07-16T15:34:08.1234567+00:00","initiatedBy":{},"targetResources":[{"id":"B1"}]}`)}
	identify.Record(&graph)
	var v identify.View
	if err := v.Open(&graph); err != nil {
		t.Fatal(err)
	}
	if got := identify.Match(v.Body, graph.Time); rec.IDKind != event.IDMatch || got != rec.ID {
		t.Errorf("%v %q, the record's match is %q", rec.IDKind, rec.ID, got)
	}
	check(t, csv, map[string]string{"ActivityDisplayName": "Update user", "Result": "success", "TargetResources": `[{"id":"b1","type":"User","modifiedProperties":[]}]`, "IdKind": "match"})
}
