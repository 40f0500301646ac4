package sim

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func run(t *testing.T, o Options) (Result, string) {
	t.Helper()
	o.Out = t.TempDir()
	res, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	err = filepath.WalkDir(o.Out, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		fmt.Fprintf(h, "%s %d\n", strings.TrimPrefix(p, o.Out), len(b))
		h.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return res, fmt.Sprintf("%x", h.Sum(nil))
}

func TestSameOptionsSameBytes(t *testing.T) {
	for _, f := range []string{"eventhub", "graph", "blob"} {
		_, a := run(t, Options{Users: 20, Days: 3, Seed: 7, Format: f})
		_, b := run(t, Options{Users: 20, Days: 3, Seed: 7, Format: f})
		_, c := run(t, Options{Users: 20, Days: 3, Seed: 8, Format: f})
		if a != b {
			t.Errorf("%s: two runs of one seed differ", f)
		}
		if a == c {
			t.Errorf("%s: another seed gives the same", f)
		}
	}
}

func TestEveryCategoryAppears(t *testing.T) {
	res, _ := run(t, Options{Users: 300, Days: 7, Seed: 1})
	for _, c := range []string{"SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs", "AuditLogs", "ProvisioningLogs", "UserRiskEvents", "RiskyUsers", "kube-audit"} {
		if res.Records[c] == 0 {
			t.Errorf("no record of %s", c)
		}
	}
}

func TestRecordsAreJSONAndPoliciesDecide(t *testing.T) {
	out := t.TempDir()
	if _, err := Run(context.Background(), Options{Users: 60, Days: 2, Seed: 3, Out: out, Format: "blob"}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(out + "/insights-logs-signinlogs/*/*/*/*/*/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sign-in blobs: %v", err)
	}
	seen := 0
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			var rec struct {
				ResultType string `json:"resultType"`
				Properties struct {
					Status   struct{ ErrorCode int }
					CA       string                    `json:"conditionalAccessStatus"`
					Policies []struct{ Result string } `json:"appliedConditionalAccessPolicies"`
				}
			}
			if err := json.Unmarshal(sc.Bytes(), &rec); err != nil {
				t.Fatal(err)
			}
			if rec.ResultType != fmt.Sprint(rec.Properties.Status.ErrorCode) {
				t.Errorf("resultType %s, errorCode %d", rec.ResultType, rec.Properties.Status.ErrorCode)
			}
			failed := false
			for _, p := range rec.Properties.Policies {
				failed = failed || p.Result == "failure"
			}
			if failed != (rec.Properties.CA == "failure") {
				t.Errorf("status %q does not follow from the policies", rec.Properties.CA)
			}
			if failed && rec.ResultType == "0" {
				t.Error("a failed policy let a sign-in through")
			}
			seen++
		}
		f.Close()
	}
	if seen < 100 {
		t.Errorf("only %d sign-ins in two days of 60 people", seen)
	}
}
