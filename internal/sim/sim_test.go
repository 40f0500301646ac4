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

// TestHistoryIsLikeItsModel checks what mix.go states against what is written.
func TestHistoryIsLikeItsModel(t *testing.T) {
	out := t.TempDir()
	res, err := Run(context.Background(), Options{Users: 400, Days: 10, Seed: 11, Out: out, Format: "blob"})
	if err != nil {
		t.Fatal(err)
	}
	type signIn struct {
		Category, ResultType string
		Properties           struct {
			ID, UserID, SessionID, CorrelationID string
			UniqueTokenIdentifier                string
			Location                             struct{ CountryOrRegion string }
		}
	}
	codes, sessions, tokens, byID := map[string]float64{}, map[string]string{}, map[string]string{}, map[string]int{}
	var total, bytes, flows float64
	corr := map[string]int{}
	err = filepath.WalkDir(out, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(p, "usersigninlogs") && !strings.Contains(p, "logs-signinlogs") {
			return err
		}
		text, err := os.ReadFile(p)
		for line := range strings.Lines(string(text)) {
			var r signIn
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				return err
			}
			pr := r.Properties
			if byID[pr.ID]++; byID[pr.ID] > 1 {
				continue
			}
			bytes += float64(len(line))
			total++
			if who := sessions[pr.SessionID]; who != "" && who != pr.UserID {
				t.Errorf("session %s is of two people", pr.SessionID)
			}
			sessions[pr.SessionID] = pr.UserID
			if tokens[pr.UniqueTokenIdentifier] != "" {
				t.Error("a token appears twice")
			}
			tokens[pr.UniqueTokenIdentifier] = pr.ID
			if r.Category == "SignInLogs" {
				codes[r.ResultType]++
				if corr[pr.CorrelationID]++; corr[pr.CorrelationID] == 2 {
					flows++
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	interactive := 0.0
	for _, n := range codes {
		interactive += n
	}
	within := func(what string, got, lo, hi float64) {
		t.Helper()
		if got < lo || got > hi {
			t.Errorf("%s: %.4f, want %.4f to %.4f", what, got, lo, hi)
		}
	}
	within("bytes of a sign-in", bytes/total, 6000, 7000)
	within("successes", codes["0"]/interactive, 0.80, 0.92)
	within("wrong passwords", codes["50126"]/interactive, 0.03, 0.08)
	within("stay signed in", codes["50140"]/interactive, 0.015, 0.035)
	within("second factor", (codes["50074"]+codes["50076"])/interactive, 0.005, 0.05)
	within("refreshes per sign-in", (total-interactive)/interactive, 3, 10)
	within("flows of several records", flows/interactive, 0.02, 0.2)
	n := 0
	for _, c := range res.Records {
		n += c
	}
	within("repeats", float64(res.Repeats)/float64(n), 0.02, 0.04)
	labels, err := os.ReadFile(filepath.Join(out, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	benign, count := 0, 0
	for line := range strings.Lines(string(labels)) {
		var l struct {
			ID, Campaign, Technique, Actor, Victim string
			Step                                   int
			Benign                                 bool
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || byID[l.ID] == 0 || l.Campaign == "" || l.Step == 0 || l.Victim == "" || l.Benign != (l.Technique == "") {
			t.Fatalf("label %s: %v", line, err)
		}
		if count++; l.Benign {
			benign++
		}
	}
	if count != res.Labels || benign == 0 || benign == count {
		t.Errorf("%d labels, %d of them benign", count, benign)
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
	if seen < 50 {
		t.Errorf("only %d sign-ins in two days of 60 people", seen)
	}
}
