package main

import (
	"bytes"
	"context"
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
