package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/ops"
)

// Tests that import make keys: keep them out of the user's own folder.
func init() {
	dir, err := os.MkdirTemp("", "wholelog-keys-")
	if err != nil {
		panic(err)
	}
	if err := os.Setenv("XDG_CONFIG_HOME", dir); err != nil {
		panic(err)
	}
}

func TestVerifyTellsAWholeLedgerFromATamperedOne(t *testing.T) {
	dir := t.TempDir()
	records, data := filepath.Join(dir, "in.json"), filepath.Join(dir, "data")
	line := `{"category":"SignInLogs","tenantId":"t","properties":{"id":"a","createdDateTime":"2026-01-01T00:00:00Z"}}` + "\n"
	if err := os.WriteFile(records, []byte(line+strings.Replace(line, `"a"`, `"b"`, 1)+line), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(want int, args ...string) string {
		t.Helper()
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(args)
		err := root.ExecuteContext(context.Background())
		if code := run(context.Background(), args); code != want {
			t.Errorf("%q exits with %d, want %d: %v", args, code, want, err)
		}
		return out.String()
	}
	key := filepath.Join(dir, "key")
	do(0, "import", "--data", data, "--key", key, "--json", records)
	t.Setenv("WHOLELOG_KEY", key)
	var status struct {
		Checkpoint, VerifierKey string
		Completeness            []ops.HourStatus
	}
	if err := json.Unmarshal([]byte(do(0, "status", "--data", data, "--json")), &status); err != nil {
		t.Fatal(err)
	}
	if c := status.Completeness; len(c) != 1 || c[0].Category != "SignInLogs" || c[0].Unique != 2 || c[0].Verdict != "imported" || c[0].Duplicate == 0 || c[0].Received != c[0].Unique+c[0].Duplicate {
		t.Errorf("completeness %+v", c)
	}
	if out := do(0, "status", "--data", data); !strings.Contains(out, "imported") || !strings.Contains(out, status.VerifierKey) {
		t.Errorf("status shows no completeness: %s", out)
	}
	checkpoint := filepath.Join(dir, "checkpoint")
	if err := os.WriteFile(checkpoint, []byte(status.Checkpoint), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := do(0, "verify", "--data", data, "--against", checkpoint, "--vkey", status.VerifierKey, "--store"); !strings.Contains(out, "ok:") || !strings.Contains(out, "every cell") {
		t.Error(out)
	}
	do(2, "verify")
	do(2, "verify", "--data", data, "--against", dir+"/none")
	do(1, "verify", "--data", dir+"/none")
	do(1, "verify", "--data", data, "--vkey", "x")

	open, err := filepath.Glob(filepath.Join(data, "ledger", "*", "*.open"))
	if err != nil || len(open) == 0 {
		t.Fatal(open, err)
	}
	for _, path := range open {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-3] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := do(1, "verify", "--data", data); !strings.Contains(out, "altered") || !strings.Contains(out, "[record ") || !strings.Contains(out, "NOT OK") {
		t.Error(out)
	}
	var rep struct {
		OK       bool
		Findings []struct{ Kind string }
	}
	out := do(1, "verify", "--data", data, "--json")
	if err := json.Unmarshal([]byte(out), &rep); err != nil || rep.OK || len(rep.Findings) == 0 {
		t.Errorf("%v: %s", err, out)
	}
}
