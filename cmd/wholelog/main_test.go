package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(want int, args ...string) {
		t.Helper()
		if got := run(context.Background(), args); got != want {
			t.Errorf("%q exits with %d, want %d", args, got, want)
		}
	}
	f(0, "version")
	f(0, "simulate", "--tenant-users", "3", "--days", "1", "--out", filepath.Join(dir, "sim"))
	f(1, "simulate", "--tenant-users", "3", "--days", "1", "--out", file)
	f(2, "simulate", "--days", "1")
	f(2, "simulate", "--out", dir, "--format", "xml")
	f(2, "simulate", "--out", dir, "--end", "soon")
	f(2, "simulate", "--no-such-flag")
	f(2, "version", "surplus")
	f(2, "no-such-command")
}

func TestSimulateReports(t *testing.T) {
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"simulate", "--tenant-users", "5", "--days", "2", "--out", t.TempDir()})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte(`"SignInLogs"`)) {
		t.Errorf("report lacks the categories: %s", out.Bytes())
	}
}

func TestImportReportsWhatBecameOfEachRecord(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	signIn := `{"category":"SignInLogs","properties":{"id":"a","createdDateTime":"2026-01-01T00:00:00Z"}}` + "\n"
	for name, text := range map[string]string{"a.json": signIn + signIn + "{\"cut\":\n" + `{"category":"SignInLogs","properties":{"id":"a","createdDateTime":"2026-01-01T00:00:00Z","appId":"x"}}`, "b.txt": "hello"} {
		if err := os.WriteFile(filepath.Join(in, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do := func(args ...string) (m map[string]any) {
		t.Helper()
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(args)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	f := func(m map[string]any, want map[string]float64) {
		t.Helper()
		for k, v := range want {
			if m[k] != v {
				t.Errorf("%s is %v, want %v", k, m[k], v)
			}
		}
	}
	data := filepath.Join(dir, "data")
	m := do("import", "--json", "--data", data, in)
	f(m, map[string]float64{"read": 4, "accepted": 1, "versions": 1, "duplicates": 1, "unparsed": 1, "rejected": 1})
	if p := m["problems"].([]any); len(p) != 2 || p[0].(map[string]any)["line"] != 3.0 {
		t.Errorf("problems %v", p)
	}
	f(do("import", "--json", "--data", data, in), map[string]float64{"read": 4, "duplicates": 4, "rejected": 1})
	f(do("status", "--json", "--data", data), map[string]float64{"records": 3, "unparsed": 1})
	if code := run(context.Background(), []string{"rebuild", "--data", data}); code != 0 {
		t.Errorf("rebuild exits with %d", code)
	}
	f(do("status", "--json", "--data", data), map[string]float64{"records": 3, "unparsed": 1})
}
