package normal

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

func rowOf(t testing.TB, raw string) *schema.Row {
	t.Helper()
	rec := event.Record{Raw: []byte(raw), Seen: time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC), Source: "test"}
	identify.Record(&rec)
	row, err := Row(&rec, 1)
	if err != nil {
		t.Fatalf("%s\n%v", raw, err)
	}
	return row
}

// cell renders a cell for comparison.
func cell(row *schema.Row, column string) string {
	i := row.Table.Index(column)
	if i < 0 {
		return "no such column"
	}
	c := row.Cells[i]
	switch {
	case !c.Set:
		return ""
	case row.Table.Columns[i].Type == kql.Datetime:
		return schema.Time(c.N).Format("2006-01-02T15:04:05.0000000Z")
	case c.S != "":
		return c.S
	}
	b, _ := json.Marshal(c.N)
	return string(b)
}

func check(t *testing.T, row *schema.Row, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for c := range want {
		got[c] = cell(row, c)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %s", row.Table.Name, d)
	}
}

const signIn = `{"time":"2026-07-16T15:40:00Z","resourceId":"/tenants/0a0b0c0d-0000-0000-0000-000000000001/providers/Microsoft.aadiam","operationName":"Sign-in activity","operationVersion":"1.0","category":"SignInLogs","tenantId":"0a0b0c0d-0000-0000-0000-000000000001","resultType":"50126","resultSignature":"None","durationMs":0,"callerIpAddress":"192.0.2.7","correlationId":"c-1","identity":"Ada Byron","Level":4,"location":"DE","x_note":"kept",
"properties":{"id":"11111111-2222-3333-4444-555555555555","createdDateTime":"2026-07-16T15:34:08.5339262Z","userPrincipalName":"ada@example.org","resourceId":"r-9","ipAddress":"192.0.2.7","status":{"errorCode":50126,"failureReason":"bad password"},"location":{"city":"Berlin","countryOrRegion":"DE","geoCoordinates":{"latitude":52.5}},"appliedConditionalAccessPolicies":[{"id":"p", "result":"notApplied"}],"conditionalAccessStatus":2,"deviceDetail":{"deviceId":"","isManaged":true},"autonomousSystemNumber":3320,"isInteractive":true,"riskEventTypes_v2":["a"],"brandNewField":{"a":1}}}`

func TestTrap01TimeGeneratedIsTheEvents(t *testing.T) {
	check(t, rowOf(t, signIn), map[string]string{"TimeGenerated": "2026-07-16T15:34:08.5339262Z", "CreatedDateTime": "2026-07-16T15:34:08.5339262Z"})
}

func TestTrap03ResultTypeIsText(t *testing.T) {
	check(t, rowOf(t, signIn), map[string]string{"ResultType": "50126", "ResultDescription": "bad password"})
	check(t, rowOf(t, `{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","appId":"b","status":{"errorCode":0,"failureReason":"Other."}}`),
		map[string]string{"ResultType": "0", "ResultDescription": "", "OperationName": "Sign-in activity"})
	check(t, rowOf(t, `{"category":"SignInLogs","resulttype":7000215,"properties":{"id":"a"}}`), map[string]string{"ResultType": "7000215"})
	check(t, rowOf(t, `{"category":"SignInLogs","resultType":"Failure","properties":{"id":"a","status":{"errorCode":50053}}}`), map[string]string{"ResultType": "50053"})
}

func TestTrap04AuditCategoryIsEntras(t *testing.T) {
	check(t, rowOf(t, `{"category":"AuditLogs","operationName":"Add member to group","properties":{"id":"x","category":"GroupManagement","operationType":"Assign","activityDisplayName":"Add member to group","activityDateTime":"2026-01-01T00:00:00+00:00","result":"success"}}`),
		map[string]string{"Category": "GroupManagement", "AADOperationType": "Assign", "OperationName": "Add member to group", "Result": "success"})
	check(t, rowOf(t, `{"category":"Policy","operationName":"x","properties":{"activityDateTime":"2026-01-01 00:00:00","initiatedBy":{}}}`), map[string]string{"Category": "Policy"})
}

func TestTrap05RenamedColumns(t *testing.T) {
	check(t, rowOf(t, signIn), map[string]string{
		"ResourceIdentity": "r-9", "ResourceId": "/tenants/0a0b0c0d-0000-0000-0000-000000000001/providers/Microsoft.aadiam", "Location": "DE",
		"LocationDetails": `{"city":"Berlin","countryOrRegion":"DE","geoCoordinates":{"latitude":52.5}}`, "ConditionalAccessPolicies": `[{"id":"p","result":"notApplied"}]`,
		"ConditionalAccessStatus": "notApplied", "AADTenantId": "0a0b0c0d-0000-0000-0000-000000000001", "RiskEventTypes_V2": `["a"]`,
		"AutonomousSystemNumber": "3320", "IsInteractive": "1", "Identity": "Ada Byron", "Level": "4",
		"AdditionalFields": `{"brandNewField":{"a":1},"x_note":"kept"}`})
}

func TestTrap06TypesDifferByTable(t *testing.T) {
	row := rowOf(t, `{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","appId":"b","isInteractive":false,"status":{"errorCode":0},"location":{"countryOrRegion":"DE"}}`)
	if row.Table.Name != "AADNonInteractiveUserSignInLogs" || row.Table.Columns[row.Table.Index("LocationDetails")].Type != kql.String {
		t.Fatalf("table %s", row.Table.Name)
	}
	check(t, row, map[string]string{"TenantId": "", "LocationDetails": `{"countryOrRegion":"DE"}`, "Status": `{"errorCode":0}`, "Location": "DE"})
}

func TestTrap07ModifiedPropertiesStayText(t *testing.T) {
	row := rowOf(t, `{"category":"AuditLogs","properties":{"id":"x","activityDateTime":"2026-01-01T00:00:00Z","initiatedBy":{},"targetResources":[{"id":"member","type":"User","modifiedProperties":[{"displayName":"Group.DisplayName","newValue":"\"Admins\""}]},{"id":"group","type":"Group"}]}}`)
	check(t, row, map[string]string{"TargetResources": `[{"id":"member","type":"User","modifiedProperties":[{"displayName":"Group.DisplayName","newValue":"\"Admins\""}]},{"id":"group","type":"Group"}]`})
	for i, p := range row.Table.Promoted {
		if p.Name() == "TargetResources.0.id" && row.Promoted[i].S != "member" {
			t.Errorf("first target is %q", row.Promoted[i].S)
		}
	}
}

func TestTrap08ActivityNamesAreKeptAsWritten(t *testing.T) {
	const name = "Update application – Certificates and secrets management "
	check(t, rowOf(t, `{"category":"AuditLogs","operationName":"`+name+`","properties":{"id":"x","activityDisplayName":"`+name+`","activityDateTime":"2026-01-01T00:00:00Z"}}`),
		map[string]string{"ActivityDisplayName": name, "OperationName": name})
}

func TestTrap10ClusterEventInsideText(t *testing.T) {
	check(t, rowOf(t, `{"category":"kube-audit","resourceId":"/SUBSCRIPTIONS/ABC/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/C1","time":"2025-10-07T16:19:19.647880072Z","properties":{"pod":"kube-apiserver-1","log":"{\"kind\":\"Event\",\"auditID\":\"a\",\"stage\":\"ResponseComplete\",\"verb\":\"get\",\"user\":{\"username\":\"u\"},\"stageTimestamp\":\"2025-10-07T16:19:18.5Z\",\"impersonatedUser\":{\"username\":\"v\"}}"}}`),
		map[string]string{"AuditId": "a", "Verb": "get", "User": `{"username":"u"}`, "PodName": "kube-apiserver-1", "TimeGenerated": "2025-10-07T16:19:18.5000000Z", "TimeKind": "stage",
			"_ResourceId": "/subscriptions/abc/resourcegroups/g/providers/microsoft.containerservice/managedclusters/c1", "_SubscriptionId": "abc", "AdditionalFields": `{"impersonatedUser":{"username":"v"}}`})
}

func TestMisfitsAreFlaggedNotHidden(t *testing.T) {
	row := rowOf(t, `{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","appId":"b","isInteractive":"maybe","location":{"countryOrRegion":49},"status":{"errorCode":"0"}}`)
	if row.Misfit == 0 {
		t.Error("a number where text is promoted is not flagged")
	}
	check(t, row, map[string]string{"IsInteractive": "", "AdditionalFields": `{"isInteractive":"maybe"}`, "LocationDetails": `{"countryOrRegion":49}`, "ResultType": "0"})
}

func TestMergeIsIndependentOfOrder(t *testing.T) {
	rich := rowOf(t, signIn)
	poor := rowOf(t, `{"id":"11111111-2222-3333-4444-555555555555","createdDateTime":"2026-07-16T15:34:08.5339262Z","appId":"b","appDisplayName":"Portal","userPrincipalName":"other@example.org"}`)
	if rich.Key != poor.Key {
		t.Fatal("one event on two paths has two keys")
	}
	a, b := Merge([]*schema.Row{rich, poor}), Merge([]*schema.Row{poor, rich})
	if d := cmp.Diff(a.Cells, b.Cells); d != "" {
		t.Error(d)
	}
	check(t, a, map[string]string{"UserPrincipalName": "ada@example.org", "AppDisplayName": "Portal", "Location": "DE"})
}

// TestSamples makes a row of every sample, which are not part of the project.
func TestSamples(t *testing.T) {
	shared := os.Getenv("WHOLELOG_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	names, err := filepath.Glob(filepath.Join(shared, "samples/panther/*.jsonl"))
	if err != nil || len(names) == 0 {
		t.Skipf("cannot run here: no samples under %s (set WHOLELOG_SHARED)", shared)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			row := rowOf(t, sc.Text())
			if row.Table.Family == "signin" && cell(row, "ResultType") == "" {
				t.Errorf("no ResultType: %s", sc.Text())
			}
			if row.Table.Name == "AuditLogs" && cell(row, "OperationName") == "" {
				t.Errorf("no OperationName: %s", sc.Text())
			}
		}
		f.Close()
	}
}

func FuzzRow(f *testing.F) {
	f.Add([]byte(signIn))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rec := event.Record{Raw: raw, Seen: time.Unix(0, 0)}
		identify.Record(&rec)
		if rec.Table == "" {
			return
		}
		row, err := Row(&rec, 1)
		if err != nil {
			t.Fatalf("identified as %s, but: %v", rec.Table, err)
		}
		for i, c := range row.Table.Columns {
			if c.Type == kql.Dynamic && row.Cells[i].Set && !json.Valid([]byte(row.Cells[i].S)) {
				t.Fatalf("column %s holds %q", c.Name, row.Cells[i].S)
			}
		}
	})
}

// TestAnUnreadableTimeIsNotReplaced: the column stays empty and the text stays
// to be seen; the row's place in time comes from elsewhere.
func TestAnUnreadableTimeIsNotReplaced(t *testing.T) {
	row := rowOf(t, `{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","properties":{"id":"a","createdDateTime":"yesterday","appId":"b"}}`)
	check(t, row, map[string]string{"TimeGenerated": "2026-07-16T15:40:00.0000000Z", "CreatedDateTime": "", "AdditionalFields": `{"createdDateTime":"yesterday"}`})
	row = rowOf(t, `{"time":"2026-07-16T15:40:00Z","category":"AuditLogs","properties":{"id":"a","activityDateTime":"yesterday","activityDisplayName":"Add user"}}`)
	check(t, row, map[string]string{"TimeGenerated": "2026-07-16T15:40:00.0000000Z", "ActivityDateTime": "", "AdditionalFields": `{"activityDateTime":"yesterday"}`})
}
