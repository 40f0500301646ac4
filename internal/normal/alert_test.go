package normal

import (
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Its members are those of Microsoft's page "alert resource type"; the people
// and addresses are ours.
const alert = `{"@odata.type":"#microsoft.graph.security.alert","id":"ad1","providerAlertId":"1","incidentId":"28","status":"inProgress","severity":"medium",
"classification":"truePositive","determination":null,"serviceSource":"azureAdIdentityProtection","detectionSource":"azureAdIdentityProtection","detectorId":"AnonymousLogin",
"title":"Anonymous IP address","description":"Sign-in from an anonymous IP address","recommendedActions":"Ask the user.\nReset the password.","category":"InitialAccess","assignedTo":null,
"alertWebUrl":"https://security.example/alerts/ad1","mitreTechniques":["T1078.004","T1078","T1090"],"createdDateTime":"2026-07-01T10:02:00Z","lastUpdateDateTime":"2026-07-01T11:00:00.5Z",
"resolvedDateTime":null,"firstActivityDateTime":"2026-07-01T10:00:00Z","lastActivityDateTime":"2026-07-01T10:01:00Z",
"evidence":[{"@odata.type":"#microsoft.graph.security.ipEvidence","ipAddress":"192.0.2.7","countryLetterCode":"NL"},
{"@odata.type":"#microsoft.graph.security.userEvidence","userAccount":{"accountName":"ada","azureAdUserId":"u-1","userPrincipalName":"ada@example.com","displayName":"Ada"}},
{"@odata.type":"#microsoft.graph.security.deviceEvidence","deviceDnsName":"pc1.example.com"},
{"@odata.type":"#microsoft.graph.security.registryKeyEvidence","registryKey":"HKLM"}],"newMember":7}`

func TestSecurityAlertIsARowOfSentinelsTable(t *testing.T) {
	rec := event.Record{Raw: []byte(alert), Source: "graph:alerts", Tenant: "t"}
	identify.Record(&rec)
	row, err := Row(&rec, 1)
	if err != nil {
		t.Fatal(err)
	}
	f := func(column, want string) {
		t.Helper()
		i := row.Table.Index(column)
		if i < 0 {
			t.Fatalf("no column %s", column)
		}
		got := row.Cells[i].S
		if row.Table.Columns[i].Type == kql.Datetime {
			got = schema.Time(row.Cells[i].N).Format("2006-01-02T15:04:05.0Z")
		}
		if got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	f("TimeGenerated", "2026-07-01T11:00:00.5Z")
	f("StartTime", "2026-07-01T10:00:00.0Z")
	f("EndTime", "2026-07-01T10:01:00.0Z")
	f("ProcessingEndTime", "2026-07-01T10:02:00.0Z")
	f("DisplayName", "Anonymous IP address")
	f("AlertName", "Anonymous IP address")
	f("AlertSeverity", "Medium")
	f("Status", "InProgress")
	f("ProductName", "Azure Active Directory Identity Protection")
	f("ProviderName", "IPC")
	f("AlertType", "AnonymousLogin")
	f("SystemAlertId", "ad1")
	f("VendorOriginalId", "1")
	f("Tactics", "InitialAccess")
	f("Techniques", `["T1078","T1090"]`)
	f("SubTechniques", `["T1078.004"]`)
	f("RemediationSteps", `["Ask the user.","Reset the password."]`)
	f("CompromisedEntity", "ada@example.com")
	f("Entities", `[{"$id":"1","Address":"192.0.2.7","Location":{"CountryCode":"NL"},"Type":"ip"},`+
		`{"$id":"2","AadUserId":"u-1","DisplayName":"Ada","Name":"ada","Type":"account","UPNSuffix":"example.com"},`+
		`{"$id":"3","DnsDomain":"example.com","HostName":"pc1","Type":"host"},`+
		`{"$id":"4","Properties":{"@odata.type":"#microsoft.graph.security.registryKeyEvidence","registryKey":"HKLM"},"Type":"registryKey"}]`)
	f("ExtendedProperties", `{"classification":"truePositive","incidentId":"28"}`)
	if extra := row.Cells[row.Table.Index("AdditionalFields")].S; !strings.Contains(extra, `"newMember":7`) {
		t.Errorf("AdditionalFields: %s", extra)
	}
	// Each state is a row of its own; the same state by two readings is one.
	other := event.Record{Raw: []byte(strings.Replace(alert, "T11:00:00.5Z", "T12:00:00Z", 1)), Tenant: "t"}
	identify.Record(&other)
	if Key(&other) == Key(&rec) {
		t.Error("two states are one row")
	}
}
