package file

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
)

const (
	signInCSV = "Date (UTC),Request ID,User,Username,User ID,Application,Application ID ,IP address,Location,Status,Sign-in error code,Failure reason,Incoming token type,Incoming token type"
	auditCSV  = `"Date (UTC)","CorrelationId","Service","Category","Activity","Result","ActorUserPrincipalName","Target1ObjectId"`
)

func TestCSV(t *testing.T) {
	dir := t.TempDir()
	f := func(name, text string, want []string, said ...string) {
		t.Helper()
		recs, problems := read(t, write(t, dir, name, []byte(text)))
		var got, reasons []string
		for _, r := range recs {
			id := r.ID
			if r.IDKind == event.IDMatch && r.Time.Nanosecond() == 0 {
				id = id[:strings.LastIndexByte(id, '|')] + "|DIGEST"
			}
			got = append(got, fmt.Sprintf("%d %s %s %s", r.Line, r.Table, r.IDKind, id))
			if r.Table == "" {
				got[len(got)-1] = fmt.Sprintf("%d %s", r.Line, r.Problem)
			}
			if len(r.Context) == 0 {
				t.Errorf("%s line %d has no context", name, r.Line)
			}
		}
		for _, p := range problems {
			word, _, _ := strings.Cut(p.Reason, ":")
			reasons = append(reasons, word)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(said, reasons); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	row := func(id string) string {
		return "2026-07-16T15:34:08Z," + id + `,Ada,ada@example.org,u,Portal,a,192.0.2.1,"Berlin, Berlin, DE",Success,0,Other.,,`
	}
	f("InteractiveSignIns_1.csv", "\ufeff"+signInCSV+"\r\n"+row("r-1")+"\r\n"+row("r-2")+"\r\n", []string{"2 SigninLogs native r-1", "3 SigninLogs native r-2"})
	f("NonInteractiveSignIns_1.csv", signInCSV+"\n"+row("r-1"), []string{"2 AADNonInteractiveUserSignInLogs native r-1"})
	f("export.csv", signInCSV+"\n\n"+row("r-1"), []string{"3 SigninLogs native r-1"},
		"interactive and non-interactive downloads have the same columns, and the file's name says neither InteractiveSignIns nor NonInteractiveSignIns")
	// A quote that is not closed, a cut line, the header again, another header.
	f("InteractiveSignIns_2.csv", signInCSV+"\n"+strings.Replace(row("r-1"), "Portal", `"Por`, 1)+"\n"+row("r-2")+"\n"+row("r-3")[:40]+"\n"+signInCSV+"\n"+row("r-4")+"\n"+auditCSV+"\n"+`2026-07-16T15:34:08Z,c,Core Directory,X,"Update
user",Success,ada@example.org,T`+"\n",
		[]string{"2 13 fields under a header of 14 columns", "3 SigninLogs native r-2", "4 4 fields under a header of 14 columns", "6 SigninLogs native r-4", "8 AuditLogs match 2026-07-16T15:34:08.0000000Z|c|Update\nuser|t|DIGEST"})
	f("audits.csv", auditCSV+"\n2026-07-16T15:34:08.1234567Z,c,Core Directory,X,Update user ,Success,ada@example.org,T\n", []string{"2 AuditLogs match 2026-07-16T15:34:08.1234567Z|c|Update user|t"})
	f("MSISignIns_1.csv", "Date (UTC),Request ID,Service principal ID,Status\n2026-07-16T15:34:08Z,r,s,Success", []string{"2 AADManagedIdentitySignInLogs native r"})
	f("ApplicationSignIns_1.csv", "Date (UTC),Request ID,Service principal ID,Status\n2026-07-16T15:34:08Z,r,s,Success", []string{"2 AADServicePrincipalSignInLogs native r"})
	f("query_data.csv", `"TimeGenerated [UTC]","Type","Id","UserPrincipalName","Status_dynamic"`+"\n"+`"4/28/2021, 2:08:45.221 PM",SigninLogs,q-1,ada@example.org,"{""errorCode"":0}"`, []string{"2 SigninLogs native q-1"})
	f("union.csv", "TimeGenerated,RiskLevel,Id,UserPrincipalName,ResultType,AppDisplayName\n2026-07-16T15:34:08Z,none,q,u,0,a", []string{"2 SigninLogs native q"})
	f("spanish.csv", "Fecha (UTC),Id. de solicitud,Usuario\n1,2,3\n", nil, "unknown header")
	f("InteractiveSignIns_AuthDetails.csv", "Request ID,Authentication method,Authentication method detail,Succeeded\nr,Password,x,true\n", nil, "it lists the authentication details of sign-ins, which it names by their request ids, and holds no events")
	f("mystery.csv", signInCSV+",Novel\n", nil, "columns that are not known, whose cells are kept in AdditionalFields", "interactive and non-interactive downloads have the same columns, and the file's name says neither InteractiveSignIns nor NonInteractiveSignIns")
}

func TestLogAnalyticsAnswers(t *testing.T) {
	dir := t.TempDir()
	const columns = `[{"name":"TimeGenerated","type":"datetime"},{"name":"UserPrincipalName","type":"string"},{"name":"ResultType","type":"string"},{"name":"LocationDetails","type":"%s"}]`
	for typ, table := range map[string]string{"dynamic": "SigninLogs", "string": "AADNonInteractiveUserSignInLogs"} {
		cols := fmt.Sprintf(columns, typ)
		recs, said := read(t, write(t, dir, "a.json", []byte(`{"tables":[{"name":"PrimaryResult","columns":`+cols+`,"rows":[["2026-07-16T15:34:08Z","u","0","{}"],["x"]]}]}`)))
		if len(recs) != 2 || len(said) != 0 || recs[0].Table != table || string(recs[0].Context) != cols || recs[1].Problem != "1 cells under 4 columns" {
			t.Errorf("%s: %+v %v", typ, recs, said)
		}
	}
}
