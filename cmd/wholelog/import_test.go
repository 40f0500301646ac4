package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// command runs a command and reads its JSON output.
func command(t *testing.T, stdin string, args ...string) (m map[string]any) {
	t.Helper()
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(args)
	if err := root.ExecuteContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		t.Fatalf("%s: %v", out.Bytes(), err)
	}
	if args[0] == "import" && m["read"].(float64) != m["accepted"].(float64)+m["versions"].(float64)+m["duplicates"].(float64)+m["unparsed"].(float64) {
		t.Errorf("the counts do not add up: %v", m)
	}
	return m
}

const (
	auditJSON = `{"category":"AuditLogs","operationName":"Update user","properties":{"id":"Directory_aaaaaaaa-2222-3333-4444-555555555555_X_1","category":"UserManagement","correlationId":"aaaaaaaa-2222-3333-4444-555555555555","activityDisplayName":"Update user","activityDateTime":"2026-07-16T15:34:08.1234567Z"}}`
	hubJSON   = `{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","properties":{"id":"11111111-2222-3333-4444-555555555551","createdDateTime":"2026-07-16T15:34:08.5Z","userPrincipalName":"ada@example.org"}}`
	portalCSV = "\ufeffDate (UTC),Request ID,User,Username,Application,Location,Status,Sign-in error code,Incoming token type,Incoming token type\r\n" +
		"2026-07-16T15:34:08Z,11111111-2222-3333-4444-555555555551,Ada,ada@example.org,Portal,\"Berlin, Berlin, DE\",Success,0,,\r\n" +
		"2026-07-16T15:35:08Z,11111111-2222-3333-4444-555555555552,Bob,bob@example.org,\"Por\"\"tal\nwith a line\",\"Rome, Lazio, IT\",Failure,50126,,\r\n"
	answerLA = `{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"Id","type":"string"},{"name":"ResultType","type":"string"},{"name":"Type","type":"string"}],"rows":[["2026-07-16T15:34:08.5Z","99999999-2222-3333-4444-555555555555","50126","AADNonInteractiveUserSignInLogs"]]}]}`
)

func TestImportOfEveryFormat(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	in := filepath.Join(dir, "in")
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	for name, text := range map[string]string{"InteractiveSignIns_1.csv": portalCSV, "note.txt": "nothing"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"1-hub.json":      `{"records":[` + hubJSON + `,{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","properties":{"id":"cut "here","a":1}},` + auditJSON + `]}`,
		"2-download.zip":  zipped.String(),
		"3-answer.json":   answerLA,
		"4-spanish.csv":   "Fecha (UTC),Id. de solicitud,Usuario\n1,2,3\n",
		"5-network.jsonl": `{"time":"2026-07-16T15:40:00Z","category":"NetworkAccessTrafficLogs","properties":{"a":1}}` + "\n",
		"6-empty.json":    "",
		"README.md":       "# About these files\n",
	} {
		if err := os.MkdirAll(in, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	m := command(t, "", "import", "--json", "--data", data, in)
	counts := func(m map[string]any) map[string]any {
		out := map[string]any{}
		for _, k := range []string{"read", "accepted", "versions", "duplicates", "unparsed", "rejected", "tables"} {
			out[k] = m[k]
		}
		return out
	}
	want := map[string]any{"read": 7.0, "accepted": 4.0, "versions": 1.0, "duplicates": 0.0, "unparsed": 2.0, "rejected": 2.0,
		"tables": map[string]any{"SigninLogs": 2.0, "AuditLogs": 1.0, "AADNonInteractiveUserSignInLogs": 1.0}}
	if d := cmp.Diff(want, counts(m)); d != "" {
		t.Error(d)
	}
	var problems []string
	for _, p := range m["problems"].([]any) {
		p := p.(map[string]any)
		problems = append(problems, strings.TrimPrefix(p["file"].(string), in+"/")+":"+map[bool]string{true: "0", false: "1"}[p["line"] == 0.0])
	}
	if d := cmp.Diff([]string{"1-hub.json:1", "2-download.zip!note.txt:0", "4-spanish.csv:0", "5-network.jsonl:1", "README.md:0"}, problems); d != "" {
		t.Error(d)
	}
	// The same again, by standard input too, is nothing new.
	again := command(t, "", "import", "--json", "--data", data, in)
	if again["duplicates"] != 7.0 || again["accepted"] != 0.0 {
		t.Errorf("the second import: %v", counts(again))
	}
	if piped := command(t, hubJSON+"\n"+hubJSON, "import", "--json", "--data", data, "-"); piped["read"] != 2.0 || piped["duplicates"] != 2.0 {
		t.Errorf("standard input: %v", counts(piped))
	}
	if r := command(t, "", "reprocess", "--json", "--data", data); r["read"] != 2.0 || r["unparsed"] != 2.0 {
		t.Errorf("reprocess: %v", r)
	}
	if code := run(context.Background(), []string{"reprocess"}); code != exitUsage {
		t.Errorf("reprocess without --data exits with %d", code)
	}
	if code := run(context.Background(), []string{"import", "--data", data, filepath.Join(dir, "missing")}); code != exitFailure {
		t.Errorf("import of a missing file exits with %d", code)
	}
}
