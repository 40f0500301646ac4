package identify

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

var seen = time.Date(2026, 7, 20, 12, 0, 0, 0, time.UTC)

func record(raw string) event.Record {
	r := event.Record{Raw: []byte(raw), Seen: seen}
	Record(&r)
	return r
}

func TestTrap02TimestampsInSixShapes(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, ok := Time(in)
		if !ok {
			if want != "" {
				t.Errorf("%q is not read", in)
			}
			return
		}
		if s := got.Format("2006-01-02T15:04:05.0000000Z"); s != want {
			t.Errorf("%q is %s, want %s", in, s, want)
		}
	}
	f("2026-07-16T15:34:08.5339262Z", "2026-07-16T15:34:08.5339262Z")
	f("2026-07-16T15:31:34.1881867+00:00", "2026-07-16T15:31:34.1881867Z")
	f("2022-01-24T05:00:03.346468+00:00", "2022-01-24T05:00:03.3464680Z")
	f("2021-06-30T16:34:32Z", "2021-06-30T16:34:32.0000000Z")
	f("8/22/2022 6:11:52 PM", "2022-08-22T18:11:52.0000000Z")
	f("12/12/2025 12:03:58 AM", "2025-12-12T00:03:58.0000000Z")
	f("2022-09-09T8:48:50.361Z", "2022-09-09T08:48:50.3610000Z")
	f("2025-10-07T16:19:19.647880072Z", "2025-10-07T16:19:19.6478800Z")
	f("2025-01-15 15:30:40.789", "2025-01-15T15:30:40.7890000Z")
	f("4/28/2021, 2:08:45.221 PM", "2021-04-28T14:08:45.2210000Z")
	f("2026-07-16T01:30:00+05:30", "2026-07-15T20:00:00.0000000Z")
	f("2024-12-16 16:32:16.087554000", "2024-12-16T16:32:16.0875540Z")
	f("1/9/2007 10:41:00 AM +01:00", "2007-01-09T09:41:00.0000000Z")
	f("01/09/2007 09:41:00", "2007-01-09T09:41:00.0000000Z")
	f("", "")
	f("yesterday", "")
	f("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z")
	f("0001-01-01T00:00:00+01:00", "")
	f("9999-12-31T23:59:59-01:00", "")
	f("2026-02-30T00:00:00Z", "")
	f("13/13/2022 6:11:52 PM", "")
}

func TestTrap01EnvelopeTimeIsNotEventTime(t *testing.T) {
	a := record(`{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","resourceId":"/tenants/T-1/providers/Microsoft.aadiam","properties":{"id":"x","createdDateTime":"2026-07-16T15:34:08.5339262Z"}}`)
	if a.Time.Format(time.RFC3339Nano) != "2026-07-16T15:34:08.5339262Z" || a.TimeOf != event.TimeEvent || a.Tenant != "t-1" {
		t.Errorf("%v %v %q", a.Time, a.TimeOf, a.Tenant)
	}
}

func TestTrap09RedeliveryKeepsIdentity(t *testing.T) {
	a := record(`{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","properties":{"id":"x","createdDateTime":"2026-07-16T15:34:08Z"}}`)
	b := record(`{"category":"SignInLogs","properties":{"createdDateTime":"2026-07-16T15:34:08Z", "id":"x"},"time":"2026-07-16T19:00:00Z"}`)
	if a.ID != b.ID || a.Content != b.Content {
		t.Error("a redelivery is taken for something new")
	}
	risk := func(state, at string) event.Record {
		return record(`{"category":"RiskyUsers","properties":{"id":"u","riskLastUpdatedDateTime":"` + at + `","riskState":"` + state + `"}}`)
	}
	if risk("atRisk", "2026-07-16T15:34:08Z").ID == risk("remediated", "2026-07-17T15:34:08Z").ID {
		t.Error("a newer state of a risky user has the identity of the older")
	}
	if risk("atRisk", "2026-07-16T15:34:08Z").ID != risk("atRisk", "2026-07-16T15:34:08.0000000+00:00").ID {
		t.Error("one instant in two spellings gives two identities")
	}
	kube := func(category string) event.Record {
		return record(`{"category":"` + category + `","properties":{"log":"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"a\",\"stage\":\"ResponseComplete\"}"}}`)
	}
	if kube("kube-audit").ID != kube("kube-audit-admin").ID {
		t.Error("kube-audit and kube-audit-admin disagree on the identity of an event")
	}
}

func TestTables(t *testing.T) {
	f := func(raw, table string, format event.Format, kind event.IDKind) {
		t.Helper()
		r := record(raw)
		if r.Table != table || r.Format != format || r.IDKind != kind {
			t.Errorf("%s\nis %q %d %v (%s), want %q %d %v", raw, r.Table, r.Format, r.IDKind, r.Problem, table, format, kind)
		}
	}
	f(`{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","appId":"b","isInteractive":true}`, "SigninLogs", event.FormatGraph, event.IDNative)
	f(`{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","appId":"b","signInEventTypes":["managedIdentity"]}`, "AADManagedIdentitySignInLogs", event.FormatGraphBeta, event.IDNative)
	f(`{"activityDateTime":"2026-01-01T00:00:00Z","activityDisplayName":"x","initiatedBy":{}}`, "AuditLogs", event.FormatGraph, event.IDFingerprint)
	f(`{"category":"Policy","operationName":"x","properties":{"activityDateTime":"2026-01-01 00:00:00","initiatedBy":{}}}`, "AuditLogs", event.FormatDiagnostic, event.IDFingerprint)
	f(`{"kind":"Event","verb":"get","objectRef":{"resource":"pods"}}`, "AKSAudit", event.FormatKubeEvent, event.IDFingerprint)
	f(`{"level":"Metadata","auditID":"a","stage":"ResponseComplete","verb":"get","requestReceivedTimestamp":"2026-01-01T00:00:00Z"}`, "AKSAudit", event.FormatKubeEvent, event.IDNative)
	f(`{"Type":"SigninLogs","TimeGenerated":"2026-01-01T00:00:00Z","Id":"q"}`, "SigninLogs", event.FormatLogAnalytics, event.IDNative)
	f(`{"category":"SomethingNew","properties":{"a":1}}`, "", event.FormatUnknown, event.IDNone)
	f(`{"hello":"world"}`, "", event.FormatUnknown, event.IDNone)
	// A security alert has the times and the status of a sign-in.
	f(`{"@odata.type":"#microsoft.graph.security.alert","id":"a","createdDateTime":"2026-01-01T00:00:00Z","status":"new"}`, "SecurityAlert", event.FormatGraph, event.IDFingerprint)
	f(`{"id":"a","lastUpdateDateTime":"2026-01-01T00:00:00Z","providerAlertId":"x","status":"new"}`, "SecurityAlert", event.FormatGraph, event.IDNative)
	f(`{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","status":"new","serviceSource":"x","detectionSource":"y"}`, "SecurityAlert", event.FormatGraph, event.IDFingerprint)
	f(`{"broken":`, "", event.FormatUnknown, event.IDNone)
	f(`[1]`, "", event.FormatUnknown, event.IDNone)
}

// TestOtherShapes are records that lack what most have, or that collectors
// rewrote.
func TestOtherShapes(t *testing.T) {
	f := func(raw, table string, when event.TimeKind, tenant string) {
		t.Helper()
		r := record(raw)
		if r.Table != table || r.TimeOf != when || r.Tenant != tenant {
			t.Errorf("%s\nis %q by %v of tenant %q (%s), want %q by %v of %q", raw, r.Table, r.TimeOf, r.Tenant, r.Problem, table, when, tenant)
		}
	}
	f(`{"time":"1/9/2007 10:41:00 AM +01:00","category":"SignInLogs"}`, "SigninLogs", event.TimeEnvelope, "")
	f(`{"Category":"ServicePrincipalSignInLogs","CreatedDateTime":"2025-07-01T10:45:17Z","OperationName":"Sign-in activity","TenantId":"w"}`, "AADServicePrincipalSignInLogs", event.TimeEvent, "")
	f(`{"category":"RISKYUSERS","tenantId":"T","properties":"{\"id\":\"u\",\"riskLastUpdatedDateTime\":\"2022-08-22T18:11:52.702Z\"}"}`, "AADRiskyUsers", event.TimeEvent, "t")
	f(`{"category":"ManagedIdentitySignInLogs","resourceId":"/TENANTS/ABC/PROVIDERS/MICROSOFT.AADIAM","properties":{"createdDateTime":"2022-01-24T05:00:03.346468+00:00"}}`, "AADManagedIdentitySignInLogs", event.TimeEvent, "abc")
	f(`{"category":"AADGraphActivityLogs","properties":{"requestId":"r","timeGenerated":"2024-03-07T10:24:44Z"}}`, "AADGraphActivityLogs", event.TimeEvent, "")
	f(`{"category":"AuditLogs","operationName":"Issue an id_token","properties":{"activityDateTime":"2024-03-07T10:24:44Z","loggedByService":"B2C"}}`, "AuditLogs", event.TimeEvent, "")
	f(`{"@odata.type":"#microsoft.graph.servicePrincipalRiskDetection","id":"x","lastUpdatedDateTime":"2024-03-07T10:24:44Z"}`, "AADServicePrincipalRiskEvents", event.TimeSeen, "")
	f(`{"@odata.type":"#microsoft.graph.signIn","id":"x","createdDateTime":"2024-03-07T10:24:44Z"}`, "SigninLogs", event.TimeEvent, "")
	f(`{"id":"x","riskLastUpdatedDateTime":"2024-03-07T10:24:44Z","servicePrincipalType":"Application","displayName":"a"}`, "AADRiskyServicePrincipals", event.TimeEvent, "")
	f(`{"id":"x","activityDateTime":"2024-03-07T10:24:44Z","jobId":"j","cycleId":"c","initiatedBy":{}}`, "AADProvisioningLogs", event.TimeEvent, "")
	f(`{"Type":"AzureDiagnostics","Category":"kube-audit","TimeGenerated":"2024-03-07T10:24:44Z","log_s":"{\"kind\":\"Event\",\"verb\":\"get\"}"}`, "AKSAudit", event.TimeEvent, "")
	f(`{"kind":"Event","verb":"get","sourceIPs":[]}`, "AKSAudit", event.TimeSeen, "")
	f(`{"TimeGenerated":"2024-03-07T10:24:44Z","AADOperationType":"Add","AADTenantId":"T"}`, "AuditLogs", event.TimeEvent, "t")
}

func TestReasonsNameTheCategory(t *testing.T) {
	f := func(raw, word string) {
		t.Helper()
		if r := record(raw); r.Table != "" || !strings.Contains(r.Problem, word) {
			t.Errorf("%s\nis %q: %s", raw, r.Table, r.Problem)
		}
	}
	f(`{"category":"NetworkAccessTrafficLogs","properties":{"createdDateTime":"2024-03-07T10:24:44Z","userPrincipalName":"x"}}`, `"NetworkAccessTrafficLogs"`)
	f(`{"category":"CustomSecurityAttributeAuditLogs","properties":{"activityDateTime":"2024-03-07T10:24:44Z","initiatedBy":{}}}`, `"CustomSecurityAttributeAuditLogs"`)
	f(`{"time":"2024-03-07T10:24:44Z","resourceId":"/subscriptions/1","category":"Administrative"}`, `"Administrative"`)
	f(`{"TimeGenerated":"2024-03-07T10:24:44Z","Type":"Heartbeat"}`, `"Heartbeat"`)
	f(`{"@odata.type":"#microsoft.graph.group","id":"1"}`, `"#microsoft.graph.group"`)
	f(`{"category":"kube-audit","time":"2024-03-07T10:24:44Z","properties":{"log":"skipped-too-big-size-object"}}`, "too large")
	f(`{"category":"SignInLogs","properties":"{\"id\":"}`, "properties is text")
}

// TestUnparsedKeepsTenantAndHour: such a record is counted in the hour and for
// the tenant that its envelope states.
func TestUnparsedKeepsTenantAndHour(t *testing.T) {
	f := func(raw, tenant string, when event.TimeKind) {
		t.Helper()
		r := record(raw)
		if r.Table != "" || r.Tenant != tenant || r.TimeOf != when || (when == event.TimeEnvelope) != (r.Time.Hour() == 10 && r.Time.Year() == 2024) {
			t.Errorf("%s\nis %q of tenant %q at %v by %v", raw, r.Table, r.Tenant, r.Time, r.TimeOf)
		}
	}
	f(`{"category":"NetworkAccessTrafficLogs","time":"2024-03-07T10:24:44Z","resourceId":"/tenants/ABC/providers/Microsoft.aadiam","properties":{"x":1}}`, "abc", event.TimeEnvelope)
	f(`{"category":"kube-audit","time":"2024-03-07T10:24:44Z","resourceId":"/SUBSCRIPTIONS/1/MANAGEDCLUSTERS/N","tenantId":"T","properties":{"log":"{cut"}}`, "t", event.TimeEnvelope)
	f(`{"category":"SignInLogs","time":"2024-03-07T10:24:44Z","tenantId":"T","properties":"{\"id\":"}`, "t", event.TimeEnvelope)
	f(`{"time":"soon","x":1}`, "", event.TimeSeen)
	f(`{"time":`, "", event.TimeSeen)
	f(`["time"]`, "", event.TimeSeen)
}

func TestTrap10ClusterIsPartOfTheIdentity(t *testing.T) {
	kube := func(id string) event.Record {
		return record(`{"category":"kube-audit","resourceId":"` + id + `","properties":{"log":"{\"kind\":\"Event\",\"verb\":\"get\",\"auditID\":\"a\",\"stage\":\"ResponseComplete\"}"}}`)
	}
	a := kube("/SUBSCRIPTIONS/1/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/ONE")
	b := kube("/subscriptions/1/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/one")
	c := kube("/SUBSCRIPTIONS/1/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/TWO")
	if a.ID != b.ID || a.ID == c.ID {
		t.Errorf("%q %q %q", a.ID, b.ID, c.ID)
	}
}

// TestAnAuditIDSentTwiceHidesNothing: a client may choose the id of its
// requests (header Audit-ID).
func TestAnAuditIDSentTwiceHidesNothing(t *testing.T) {
	kube := func(at string) event.Record {
		return record(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","verb":"get","auditID":"a","stage":"ResponseComplete","requestReceivedTimestamp":"` + at + `"}`)
	}
	a, b, c := kube("2026-07-01T10:00:00.000001Z"), kube("2026-07-01T10:00:00.000002Z"), kube("2026-07-01T10:00:00.0000010Z")
	if a.ID == b.ID || a.ID != c.ID {
		t.Errorf("%q %q %q", a.ID, b.ID, c.ID)
	}
	row := record(`{"Type":"AKSAudit","TimeGenerated":"2026-07-01T10:00:01Z","AuditId":"a","Stage":"ResponseComplete","Verb":"get","RequestReceivedTime":"2026-07-01T10:00:00.000001Z"}`)
	if row.ID != a.ID {
		t.Errorf("a row of the table: %q, the event: %q", row.ID, a.ID)
	}
}

// TestSamples reads the sample lines, which are not part of the project.
func TestSamples(t *testing.T) {
	shared := os.Getenv("WHOLELOG_SHARED")
	if shared == "" {
		shared = "../../../../shared"
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
		for n := 1; sc.Scan(); n++ {
			if r := record(sc.Text()); r.Table == "" {
				t.Errorf("%s line %d: %s", filepath.Base(name), n, r.Problem)
			}
		}
		f.Close()
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"category":"kube-audit","properties":{"log":"{\"kind\":\"Event\"}"}}`))
	f.Add([]byte(`{"time":"8/22/2022 6:11:52 PM","category":"RiskyUsers","properties":{"id":"u"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := event.Record{Raw: raw, Seen: seen}
		Record(&r)
		if (r.Table == "") != (r.Problem != "") || r.Time.IsZero() && r.TimeOf == event.TimeSeen {
			t.Fatalf("%q: %+v", raw, r)
		}
	})
}
