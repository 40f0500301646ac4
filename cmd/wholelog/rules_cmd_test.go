package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const myRule = `id: MY-1
title: Mine
severity: low
tables: [SigninLogs]
query: SigninLogs | where ResultType == "50126" | summarize N = count() by UserPrincipalName
entities: [{type: Account, fields: {FullName: UserPrincipalName}}]
attack: {techniques: [T1562.008], tactics: [DefenseEvasion]}
tests:
  - {name: one, events: [{base: signin, code: 50126}], alerts: [{entities: {Account: [alex@contoso.example]}}]}
  - {name: none, events: [{base: signin}], alerts: []}
`

const theirRule = `id: 11111111-2222-4333-8444-555555555555
name: Theirs
kind: Scheduled
severity: Medium
queryFrequency: 1h
queryPeriod: 1h
query: |
  SigninLogs
  | take 1
entityMappings: [{entityType: IP, fieldMappings: [{identifier: Address, columnName: IP}]}]
`

// TestRulesCommands runs each command and looks for words in what it says.
func TestRulesCommands(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mine := file("rules/mine.yaml", myRule)
	file("rules/overlay.yaml", "id: WL-CRED-001\nseverity: low\nknobs: {min_users: 12}\n")
	file("rules/theirs.yaml", theirRule)
	bad := file("bad.yaml", strings.Replace(myRule, "50126}], alerts: [{", "0}], alerts: [{", 1))
	theirs := file("sentinel/a.yaml", theirRule)
	file("sentinel/b.yaml", strings.NewReplacer("SigninLogs", "Nowhere_CL", "11111111", "22222222").Replace(theirRule))
	file("sentinel/c.yaml", "id: x\nname: Hunting\nquery: T\ntactics: []\nrequiredDataConnectors: []\n")
	f := func(wantErr bool, words []string, args ...string) error {
		t.Helper()
		root := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
		root.AddCommand(newRules())
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(append([]string{"rules"}, args...))
		err := root.ExecuteContext(t.Context())
		if (err != nil) != wantErr {
			t.Errorf("%q: %v\n%s", args, err, out.String())
		}
		said := out.String()
		if err != nil {
			said += err.Error()
		}
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("%q does not say %q:\n%s", args, w, said)
			}
		}
		return err
	}
	folder := filepath.Join(dir, "rules")
	f(false, []string{"WL-CRED-001 ", "Password spray"}, "list")
	f(false, []string{"WL-CRED-001", "low", "MY-1", "Theirs"}, "list", "--rules", folder)
	f(false, []string{`"id": "MY-1"`, `"tests": 2`, `"enabled": true`}, "list", "--rules", folder, "--json")
	f(true, []string{"rules folder"}, "list", "--rules", filepath.Join(dir, "nowhere"))
	f(false, []string{"min_users = 12", "T1110.003 Brute Force: Password Spraying", "Credential Access"}, "show", "wl-cred-001", "--rules", folder)
	f(false, []string{"T1562.008 Impair Defenses: Disable or Modify Cloud Logs (v18), T1685.002", "Defense Evasion (v18), Defense Impairment (v19)"}, "show", "MY-1", "--rules", folder)
	f(false, []string{"default: 12"}, "show", "WL-CRED-001", "--yaml", "--rules", folder)
	f(true, []string{`there is no rule "NO-1"; wholelog rules list shows all`}, "show", "NO-1")
	f(false, []string{"ok    MY-1: one", "1 rules, 2 tests, 0 failures"}, "test", mine, "-v")
	f(false, []string{"1 rules, 2 tests, 0 failures"}, "test", "MY-1", "--rules", folder)
	f(true, []string{"FAIL  MY-1: one", "there is no further alert", "1 failures"}, "test", bad)
	f(true, []string{`there is no rule "NO-1"`}, "test", "NO-1")
	into := filepath.Join(dir, "out")
	sentinel := filepath.Join(dir, "sentinel")
	if err := f(true, nil, "import", theirs); !errors.As(err, &usageError{}) {
		t.Errorf("import without a folder: %v", err)
	}
	f(false, []string{"ok    11111111", `entities[0].Address: the query gives no column "IP"`, "off   22222222", `there is no table "Nowhere_CL"`, "skip ", "2 rules, 1 of them switched off"}, "import", sentinel, "--dry-run")
	if _, err := os.Stat(into); err == nil {
		t.Error("--dry-run wrote")
	}
	f(false, []string{"2 rules, 1 of them switched off"}, "import", sentinel, "--into", into)
	f(true, []string{"is there already; --force overwrites it"}, "import", sentinel, "--into", into)
	f(false, nil, "import", sentinel, "--into", into, "--force")
	f(false, []string{"11111111-2222-4333-8444-555555555555  medium", "22222222-2222-4333-8444-555555555555  off"}, "list", "--rules", into)
	f(false, []string{"1 rules, 0 tests, 0 failures"}, "test", filepath.Join(into, "11111111-2222-4333-8444-555555555555.yaml"))
	file("both/mine.yaml", myRule)
	file("both/none.yaml", strings.NewReplacer("SigninLogs", "Nowhere_CL").Replace(theirRule))
	f(false, []string{"T1562.008   T1685.002", "Nowhere_CL", "1 of them lack something"}, "coverage", "--rules", filepath.Join(dir, "both"))
	f(false, []string{`"technique19": "T1685.002"`, `"AuditLogs"`}, "coverage", "--rules", filepath.Join(dir, "both"), "--json")
}

// TestRulesCoverageOfData looks for columns in an imported history.
func TestRulesCoverageOfData(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(args)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out.String())
		}
		return out.String()
	}
	records, data := filepath.Join(dir, "records.json"), filepath.Join(dir, "data")
	text := `{"category":"SignInLogs","tenantId":"3f6f1c0e-8a54-4d0e-9d5f-6f1d7a2b4c10","time":"2026-06-17T11:00:00Z","properties":{"id":"11111111-1111-4111-8111-111111111111","createdDateTime":"2026-06-17T11:00:00Z","userPrincipalName":"a@b"}}` + "\n"
	if err := os.WriteFile(records, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run("import", "--data", data, records)
	if err := os.MkdirAll(filepath.Join(data, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	rule := strings.NewReplacer("| summarize", "and isnotempty(IPAddress) | summarize", "tables: [SigninLogs]", "tables: [AuditLogs, SigninLogs]", `"50126"`, `"50126" and CorrelationId !in ((AuditLogs | project CorrelationId))`).Replace(myRule)
	if err := os.WriteFile(filepath.Join(data, "rules", "mine.yaml"), []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	out := run("rules", "coverage", "--data", data)
	for _, l := range strings.Split(out, "\n") {
		if strings.HasPrefix(l, "MY-1") {
			if want := "AuditLogs, SigninLogs.CorrelationId, SigninLogs.IPAddress, SigninLogs.ResultType"; !strings.HasSuffix(strings.TrimSpace(l), want) {
				t.Errorf("%s\nwant %s", l, want)
			}
			return
		}
	}
	t.Errorf("the rule of the data folder is not there:\n%s", out)
}
