package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEraseTakesAPersonOutAndLeavesAWholeLedger(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	data, in := filepath.Join(dir, "data"), filepath.Join(dir, "in.jsonl")
	lines := []string{
		strings.Replace(hubJSON, "ada@example.org", "Ada@example.org", 1),
		strings.NewReplacer("555551", "555552", "ada@", "grada@").Replace(hubJSON),
		strings.NewReplacer("555551", "555553", "ada@", "bob@").Replace(hubJSON),
		auditJSON,
		`{"cut "note":"\nada@example.org"`,
	}
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("in.jsonl", strings.Join(lines, "\n"))
	csv := write("audit.csv", "\ufeffDate (UTC),CorrelationId,Service,Category,Activity,Result,ResultReason\r\n"+
		"2026-07-16T15:34:08.1234567Z,aaaaaaaa-2222-3333-4444-555555555555,Core Directory,UserManagement,Update user,Success,why\r\n")
	command(t, "", "import", "--json", "--data", data, in, csv)

	count := func(query string) string {
		t.Helper()
		root, out := newRoot(), bytes.Buffer{}
		root.SetOut(&out)
		root.SetArgs([]string{"query", "--data", data, "--format", "csv", query})
		if err := root.ExecuteContext(context.Background()); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out.String()), " ")
	}
	f := func(want string, query string) {
		t.Helper()
		if got := count(query); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	const everybody = "union SigninLogs, AuditLogs | count"
	f("Count 4", everybody)
	f("Count 1", `AuditLogs | where ResultReason == "why" and Id startswith "Directory_" | count`)
	m := command(t, "", "erase", "--json", "--data", data, "--user", "ada@example.org", "--id", "Directory_aaaaaaaa-2222-3333-4444-555555555555_X_1")
	if m["records"] != 4.0 || m["erased"] != false || m["tables"].(map[string]any)["AuditLogs"] != 2.0 || m["tables"].(map[string]any)[""] != 1.0 {
		t.Errorf("what would go: %v", m)
	}
	f("Count 4", everybody)
	for _, args := range [][]string{{}, {"--user", "ada@example.org", "--yes"}, {"--id", "x"}, {"--user", "ada@example.org", "--table", "Nothing"},
		{"--user", "ada@example.org", "--yes", "--dry-run", "--reason", "r"}} {
		if code := run(context.Background(), append([]string{"erase", "--data", data}, args...)); code != exitUsage {
			t.Errorf("erase %q exits with %d", args, code)
		}
	}
	if m := command(t, "", "erase", "--json", "--data", data, "--user", "ada@example.org", "--table", "SigninLogs"); m["records"] != 1.0 {
		t.Errorf("of one table: %v", m)
	}
	if m := command(t, "", "erase", "--json", "--data", data, "--id", "nothing-has-it", "--yes", "--reason", "request 7"); m["records"] != 0.0 || m["erased"] != false {
		t.Errorf("an id that is not there: %v", m)
	}
	m = command(t, "", "erase", "--json", "--data", data, "--user", "ada@example.org", "--id", "Directory_aaaaaaaa-2222-3333-4444-555555555555_X_1", "--yes", "--reason", "request 7")
	if m["records"] != 4.0 || m["erased"] != true || !strings.Contains(m["checkpoint"].(string), "\u2014") {
		t.Errorf("erased: %v", m)
	}
	after := func() {
		t.Helper()
		f("Count 2", everybody)
		f("UserPrincipalName bob@example.org grada@example.org", "SigninLogs | project UserPrincipalName | order by UserPrincipalName asc")
		v := command(t, "", "verify", "--json", "--store", "--data", data)
		if v["ok"] != true || v["erased"] != 4.0 {
			t.Errorf("verify: %v", v)
		}
	}
	after()
	if code := run(context.Background(), []string{"rebuild", "--data", data}); code != 0 {
		t.Errorf("rebuild exits with %d", code)
	}
	after()
	if s := command(t, "", "status", "--json", "--data", data); s["unparsed"] != 0.0 {
		t.Errorf("status: %v", s)
	}
	// No file of the store holds the name, and the ledger says why.
	err := filepath.WalkDir(filepath.Join(data, "store"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(bytes.ReplaceAll(bytes.ToLower(b), []byte("grada"), nil), []byte("ada@example.org")) {
			t.Errorf("%s holds the name", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// From its source a record may come again, as a new one.
	if m := command(t, "", "import", "--json", "--data", data, in); m["accepted"] != 2.0 || m["unparsed"] != 1.0 || m["duplicates"] != 2.0 {
		t.Errorf("imported again: %v", m)
	}
}
