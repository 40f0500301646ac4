package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
	"github.com/wholelog/wholelog/kql"
)

// TestFunctionsAgreeWithTheAnalyzer gives each stored function to Microsoft's
// analyzer as the let statement that it becomes.
func TestFunctionsAgreeWithTheAnalyzer(t *testing.T) {
	list, err := Functions("")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("no functions")
	}
	cat := shownOnly{schema.Catalog()}
	for _, f := range list {
		// The analyzer does not know our hidden columns.
		text := strings.NewReplacer("RecordPosition = Position", "RecordPosition = long(1)", "UserAgent, Position)", "UserAgent, Position = long(1))", "ErrorClass", `"x"`).Replace(f.Text)
		analyzed(t, cat, []string{"let " + f.Name + " = " + text + ";\n" + f.Name + `("x")`}, nil)
	}
}

// shownOnly is a catalogue as it is.
type shownOnly struct{ kql.Catalog }

// TestAccessTimeline delivers what one person did on every path, and what
// others did.
func TestAccessTimeline(t *testing.T) {
	const ada, tenant = "aaaaaaaa-0000-4000-8000-000000000001", "11111111-2222-4333-8444-555555555555"
	now := time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)
	ctx := context.Background()
	in := openIn(t, t.TempDir())
	t.Cleanup(func() {
		if err := in.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	n := 0
	add := func(format string, args ...any) {
		t.Helper()
		n++
		r := event.Record{Seen: now, Source: "file:x", Raw: fmt.Appendf(nil, format, args...)}
		if identify.Record(&r); r.Table == "" {
			t.Fatalf("%s: %s", r.Raw, r.Problem)
		}
		if err := in.Add(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	signIn := func(at, category, id, upn, resource string, code int) {
		add(`{"time":"2026-07-01T%[1]s:00Z","category":"%[2]s","tenantId":"%[3]s","properties":{"id":"%08[4]d-0000-4000-8000-000000000000","createdDateTime":"2026-07-01T%[1]s:00Z","userId":"%[5]s","userPrincipalName":"%[6]s","appDisplayName":"kubelogin","resourceId":"%[7]s","ipAddress":"192.0.2.7","status":{"errorCode":%[8]d}}}`,
			at, category, tenant, n, id, upn, resource, code)
	}
	request := func(at, name, oid, address string) {
		extra := ""
		if oid != "" {
			extra = `,"extra":{"oid":["` + oid + `"]}`
		}
		add(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-%d","stage":"ResponseComplete","verb":"get","requestURI":"/x","user":{"username":"%s"%s},"sourceIPs":["%s"],"objectRef":{"resource":"secrets","namespace":"shop","name":"db"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-07-01T%s:00Z","stageTimestamp":"2026-07-01T%s:01Z"}`,
			n, name, extra, address, at, at)
	}
	const server = "6dae42f8-4368-4678-94ff-3960e28e3630"
	request("07:00", "Ada@Example.com", ada, "192.0.2.7")                                                              // before any sign-in
	signIn("08:00", "SignInLogs", ada, "ada@example.com", server, 0)                                                   // to the cluster
	request("08:10", "Ada@Example.com", "", "10.0.0.1")                                                                // by name, other letters
	request("08:20", ada, "", "10.0.0.1")                                                                              // object id as the name
	request("08:30", "https://sts.windows.net/x/#ADA@example.com", "", "10.0.0.1")                                     // self-managed
	request("08:40", "masterclient", "", "192.0.2.7")                                                                  // from her address
	request("08:50", "masterclient", "", "198.51.100.1")                                                               // from elsewhere: nobody's
	request("09:00", "bob@example.com", "bbbbbbbb-0000-4000-8000-000000000001", "192.0.2.7")                           // another person
	signIn("09:10", "SignInLogs", "bbbbbbbb-0000-4000-8000-000000000001", "bob@example.com", server, 0)                // another person
	signIn("10:00", "NonInteractiveUserSignInLogs", ada, "ada@example.com", "00000003-0000-0000-c000-000000000000", 0) // not to the cluster
	request("12:00", "ada@example.com", ada, "192.0.2.7")                                                              // hours after the token
	signIn("12:30", "SignInLogs", ada, "ada@example.com", server, 50126)                                               // a failure explains nothing
	request("12:40", "ada@example.com", ada, "192.0.2.7")
	add(`{"time":"2026-07-01T13:00:00Z","category":"AuditLogs","tenantId":"%s","properties":{"id":"d1","activityDateTime":"2026-07-01T13:00:00Z","activityDisplayName":"Update user","result":"success","initiatedBy":{"user":{"id":"cccccccc-0000-4000-8000-000000000001","userPrincipalName":"root@example.com"}},"targetResources":[{"id":"%s","displayName":"Ada"}]}}`, tenant, ada)
	if err := in.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	e, err := New(ctx, in.Store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"07:00 Kubernetes|high: object id|no sign-in to the cluster before",
		"08:00 sign-in|high: object id|",
		"08:10 Kubernetes|medium: user principal name|",
		"08:20 Kubernetes|high: object id as the account's name|",
		"08:30 Kubernetes|medium: user principal name|",
		"08:40 Kubernetes|low: local administrator account, from an address of theirs|masterclient needs no sign-in",
		"10:00 non-interactive sign-in|high: object id|",
		"12:00 Kubernetes|high: object id|the last sign-in to the cluster was 0.04:00 before",
		"12:30 sign-in|high: object id|",
		"12:40 Kubernetes|high: object id|the last sign-in to the cluster was 0.04:40 before",
		"13:00 change about them|high: object id|",
	}
	for _, person := range []string{"ADA@example.com", ada, " ada@example.com "} {
		var got []string
		_, err := e.Run(ctx, Request{Text: `AccessTimeline("` + person + `") | project T = format_datetime(TimeGenerated, "HH:mm"), Kind, Confidence, Gap`, Now: now}, func(*Result) error { return nil },
			func(r Row) error {
				got = append(got, fmt.Sprintf("%s %s|%s|%s", r...))
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
		for i := range max(len(got), len(want)) {
			g, w := "", ""
			if i < len(got) {
				g = got[i]
			}
			if i < len(want) {
				w = want[i]
			}
			if w == "" || g == "" || !strings.HasPrefix(g, w) || strings.HasSuffix(w, "|") && g != w {
				t.Errorf("%s, event %d: %q, want %q", person, i, g, w)
			}
		}
	}
}

func TestFunctionsOfAFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("Twice.kql", "// Twice a number\n(n:long) { n + n }")
	write("Four.kql", "(n:long) { Twice(Twice(n)) }")
	ctx := context.Background()
	store, err := duck.Open(ctx, "", duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(ctx)
	e, err := New(ctx, store, Options{Functions: dir})
	if err != nil {
		t.Fatal(err)
	}
	f := func(text, want string) {
		t.Helper()
		got := ""
		_, err := e.Run(context.Background(), Request{Text: text}, func(*Result) error { return nil }, func(r Row) error {
			b, err := json.Marshal(r)
			got += string(b)
			return err
		})
		var qe *Error
		if errors.As(err, &qe) {
			d := qe.Diagnostics[0]
			got = fmt.Sprintf("%d:%d %s", d.Line, d.Column, d.Code)
		}
		if got != want {
			t.Errorf("%s: %s (%v), want %s", text, got, err, want)
		}
	}
	f("print Four(3)", "[12]")
	f("let Twice = (n:long) { n }; print Twice(3)", "[3]")
	f("print Four(3), Nope", "1:16 KQL100")
	f("print\n  Four(", "2:8 KQL001")
	write("bad name.kql", "() { 1 }")
	if _, err := Functions(dir); err == nil {
		t.Error("a bad name is taken")
	}
}
