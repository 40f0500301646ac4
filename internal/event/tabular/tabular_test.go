package tabular

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	signInHeader = `Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Cross tenant access type,Incoming token type,Authentication Protocol,Unique token identifier,Original transfer method,Client credential type,Token Protection - Sign In Session,Token Protection - Sign In Session StatusCode,Application,Application ID ,App owner tenant ID,Resource,Resource ID ,Resource tenant ID,Resource owner tenant ID,Home tenant ID,Home tenant name,IP address,Location,Status,Sign-in error code,Failure reason,Client app,Device ID,Browser,Operating System,Compliant,Managed,Join Type,Multifactor authentication result,Multifactor authentication auth method,Multifactor authentication auth detail,Authentication requirement,Sign-in identifier,Session ID,IP address (seen by resource),Through Global Secure Access,Global Secure Access IP address,Autonomous system  number,Flagged for review,Token issuer type,Incoming token type,Token issuer name,Latency,Conditional Access,Managed Identity type,Associated Resource Id,Federated Token Id,Federated Token Issuer`
	appHeader    = `Date (UTC),Request ID,Correlation ID,Service principal ID,Service principal name,Credential key ID,Credential thumbprint,Application,Application ID ,App owner tenant ID,Resource,Resource ID ,Resource tenant ID,Resource owner tenant ID,Home tenant ID,Home tenant name,IP address,Location,Status,Sign-in error code,Failure reason,Conditional Access`
)

// row makes a line under a header from values by name.
func row(header string, values map[string]string) string {
	var out []string
	for _, n := range strings.Split(header, ",") {
		v := values[strings.TrimSpace(strings.Trim(n, `"`))]
		if strings.ContainsAny(v, "\",\n") {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		out = append(out, v)
	}
	return strings.Join(out, ",")
}

func object(t *testing.T, header, line string) string {
	t.Helper()
	h, err := Of([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Object(nil, []byte(line))
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b) {
		t.Fatalf("no JSON: %s", b)
	}
	return string(b)
}

func TestSignIns(t *testing.T) {
	f := func(header string, values map[string]string, want string) {
		t.Helper()
		if d := cmp.Diff(want, object(t, header, row(header, values))); d != "" {
			t.Error(d)
		}
	}
	f(signInHeader, map[string]string{"Request ID": "r-1", "Date (UTC)": "2026-07-16T15:34:08Z", "Username": "ada@example.org", "Location": "Frankfurt, am Main, Hesse, DE",
		"Status": "Failure", "Sign-in error code": "50126", "Failure reason": `said "no"`, "Compliant": "No", "Managed": "Yes", "Conditional Access": "Not Applied",
		"Authentication requirement": "Single-factor authentication", "Autonomous system  number": "3320", "Latency": "120", "User agent": "line 1\nline 2"},
		`{"id":"r-1","createdDateTime":"2026-07-16T15:34:08Z","userPrincipalName":"ada@example.org","autonomousSystemNumber":3320,"location":{"city":"Frankfurt, am Main","state":"Hesse","countryOrRegion":"DE"},"userAgent":"line 1\nline 2","deviceDetail":{"isCompliant":false,"isManaged":true},"status":{"errorCode":50126,"failureReason":"said \"no\""},"portalStatus":"Failure","conditionalAccessStatus":"notApplied","authenticationRequirement":"singleFactorAuthentication","processingTimeInMilliseconds":120}`)
	f("Status,Request ID,Date (UTC),User,Failure reason", map[string]string{"Request ID": "r", "Status": "Success", "Failure reason": "Other."},
		`{"id":"r","status":{"failureReason":"Other.","errorCode":0},"portalStatus":"Success"}`)
	f(appHeader, map[string]string{"Request ID": "r", "Service principal ID": "sp", "Credential key ID": "k", "Location": "US", "Sign-in error code": "7000215"},
		`{"id":"r","servicePrincipalId":"sp","servicePrincipalCredentialKeyId":"k","location":{"countryOrRegion":"US"},"status":{"errorCode":7000215}}`)
	f("Date (UTC),Request ID,User,Brand new", map[string]string{"Request ID": "r", "Brand new": "x"}, `{"id":"r","Brand new":"x"}`)
}

func TestDuplicateHeaders(t *testing.T) {
	const header = "Date (UTC),Request ID,User,Incoming token type,Incoming token type"
	for line, want := range map[string]string{
		"2026-07-16T15:34:08Z,r,u,primary,":        `{"id":"r","createdDateTime":"2026-07-16T15:34:08Z","userDisplayName":"u","incomingTokenType":"primary"}`,
		"2026-07-16T15:34:08Z,r,u,,refresh":        `{"id":"r","createdDateTime":"2026-07-16T15:34:08Z","userDisplayName":"u","incomingTokenType":"refresh"}`,
		"2026-07-16T15:34:08Z,r,u,primary,refresh": `{"id":"r","createdDateTime":"2026-07-16T15:34:08Z","userDisplayName":"u","incomingTokenType":"primary","incomingTokenType (2)":"refresh"}`,
	} {
		if d := cmp.Diff(want, object(t, header, line)); d != "" {
			t.Error(d)
		}
	}
}

func TestAudits(t *testing.T) {
	const header = `"Date (UTC)","CorrelationId","Service","Category","Activity","Result","ResultReason","ActorType","ActorDisplayName","ActorObjectId","ActorUserPrincipalName","IPAddress","ActorServicePrincipalId","Target1Type","Target1DisplayName","Target1ObjectId","Target1UserPrincipalName","Target1ModifiedProperty1Name","Target1ModifiedProperty1OldValue","Target1ModifiedProperty1NewValue","Target2Type","Target2ObjectId","AdditionalDetail1Key","AdditionalDetail1Value"`
	f := func(values map[string]string, want string) {
		t.Helper()
		if d := cmp.Diff(want, object(t, header, row(header, values))); d != "" {
			t.Error(d)
		}
	}
	f(map[string]string{"Date (UTC)": "2026-07-16T15:34:08.1234567Z", "CorrelationId": "c", "Service": "Core Directory", "Category": "GroupManagement", "Activity": "Add member to group", "Result": "Success",
		"ActorType": "User", "ActorObjectId": "a", "ActorUserPrincipalName": "ada@example.org", "IPAddress": "192.0.2.1", "Target1Type": "User", "Target1ObjectId": "m", "Target1UserPrincipalName": "bob@example.org",
		"Target1ModifiedProperty1Name": "Group.DisplayName", "Target1ModifiedProperty1NewValue": `"Admins"`, "Target2Type": "Group", "Target2ObjectId": "g", "AdditionalDetail1Key": "User-Agent", "AdditionalDetail1Value": "x"},
		`{"activityDateTime":"2026-07-16T15:34:08.1234567Z","correlationId":"c","loggedByService":"Core Directory","category":"GroupManagement","activityDisplayName":"Add member to group","result":"success",`+
			`"initiatedBy":{"user":{"id":"a","userPrincipalName":"ada@example.org","ipAddress":"192.0.2.1"}},"targetResources":[{"id":"m","type":"User","userPrincipalName":"bob@example.org","modifiedProperties":[{"displayName":"Group.DisplayName","newValue":"\"Admins\""}]},{"id":"g","type":"Group","modifiedProperties":[]}],"additionalDetails":[{"key":"User-Agent","value":"x"}]}`)
	f(map[string]string{"Activity": "Update device", "ActorType": "Application", "ActorDisplayName": "Registration", "ActorServicePrincipalId": "sp"},
		`{"activityDisplayName":"Update device","initiatedBy":{"app":{"displayName":"Registration","servicePrincipalId":"sp"}}}`)
}

func TestLogAnalytics(t *testing.T) {
	if d := cmp.Diff(`{"TimeGenerated":"4/28/2021, 2:08:45.221 PM","Type":"SigninLogs","Status":"{\"errorCode\":0}"}`,
		object(t, `"TimeGenerated [UTC]",Type,"Status_dynamic","Status_string"`, `"4/28/2021, 2:08:45.221 PM",SigninLogs,"{""errorCode"":0}",`)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(`{"TimeGenerated":"t","Status":"a","Status_string":"b"}`, object(t, "TimeGenerated,Status_dynamic,Status_string", "t,a,b")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(`{"A":1,"C":{"x":[1,2]}}`, object(t, `[{"name":"A","type":"long"},{"name":"B","type":"string"},{"ColumnName":"C","ColumnType":"dynamic"}]`, `[1, null, {"x": [1, 2]}]`)); d != "" {
		t.Error(d)
	}
}

func TestHeadersThatAreNotRead(t *testing.T) {
	f := func(header string, want error, words ...string) {
		t.Helper()
		_, err := ParseHeader([]byte(header))
		if !errors.Is(err, want) {
			t.Fatalf("%q: %v", header, err)
		}
		for _, w := range words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %q lacks %q", header, err, w)
			}
		}
	}
	f("Fecha (UTC),Id. de solicitud,Usuario,Aplicación", ErrHeader, `"Fecha (UTC)"`, "English")
	f("a,b,c", ErrHeader, `"a"`)
	f("TimeGenerated [Local Time],Type,Id", ErrHeader, `"TimeGenerated [Local Time]"`, "UTC")
	f("Request ID,Date (UTC),Authentication method,Authentication method detail,Succeeded", ErrDetails)
}

func TestKinds(t *testing.T) {
	f := func(header string, kind Kind, unknown ...string) {
		t.Helper()
		h, err := ParseHeader([]byte(header))
		if err != nil {
			t.Fatal(err)
		}
		if h.Kind != kind || cmp.Diff(unknown, h.Unknown) != "" {
			t.Errorf("kind %d, unknown %q", h.Kind, h.Unknown)
		}
	}
	f("\ufeff"+signInHeader, SignIns)
	f(strings.ToUpper(strings.ReplaceAll(signInHeader, ",", ";")), SignIns)
	f(appHeader, Applications)
	f(strings.Replace(appHeader, ",Credential key ID,Credential thumbprint", "", 1)+",Managed Identity type", Identities)
	f(`"Date (UTC)","CorrelationId","Service","Activity","Target7ModifiedProperty12OldValue"`, Audits)
	f(signInHeader+",Mystery", SignIns, "Mystery")
}

// FuzzObject: a row that is read becomes valid JSON, and the same JSON each
// time; Cut and Object agree on where a record ends.
func FuzzObject(f *testing.F) {
	f.Add([]byte(signInHeader), []byte(row(signInHeader, map[string]string{"Request ID": "r"})))
	f.Add([]byte("TimeGenerated,Status_dynamic,Status_string"), []byte("\"a\"\"\n\",b,\xff"))
	f.Add([]byte(`[{"name":"A"},{"name":"A"}]`), []byte(`[1,2]`))
	f.Add([]byte(`"Date (UTC)","CorrelationId","Service","Activity","Target7ModifiedProperty12OldValue"`), []byte(`,,,,x`))
	f.Fuzz(func(t *testing.T, header, line []byte) {
		h, err := Of(header)
		if err != nil {
			return
		}
		b, err := h.Object(nil, line)
		if err != nil {
			return
		}
		if !json.Valid(b) {
			t.Fatalf("%q under %q became %q", line, header, b)
		}
		if c, _ := h.Object(nil, line); string(c) != string(b) {
			t.Fatalf("%q became %q and then %q", line, b, c)
		}
		if h.Kind != AnalyticsRow {
			if end, _, err := h.Cut(line, true); err != nil || end != len(line) {
				t.Fatalf("%q is cut at %d: %v", line, end, err)
			}
		}
	})
}
