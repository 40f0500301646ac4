package main

import (
	"os"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/sim/graphsim"
)

func TestRescueReadsWhatThereIsAndSaysWhatIsNot(t *testing.T) {
	v := newTenantWith(t, "", graphsim.Options{Granted: []string{"AuditLog.Read.All", "Directory.Read.All"}})
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, v.config, strings.Replace(string(text), "directoryAudits]", "directoryAudits, riskDetections]", 1))
	out, err := cli(t, "rescue", "-c", v.config, "--since", "2h")
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, want := range []string{"graph:signIns", "graph:directoryAudits", "grant the application the permission IdentityRiskEvent.Read.All"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
	n := v.count(t)
	if n < 20 {
		t.Errorf("%d rows", n)
	}
	// A second run goes on where the first ended, and so does serve.
	out, err = cli(t, "rescue", "-c", v.config, "--since", "2h")
	if err != nil {
		t.Fatalf("again: %v %s", err, out)
	}
	v.serve(t)
	if _, err := cli(t, "rescue", "-c", v.config, "--since", "2h"); err == nil || !strings.Contains(err.Error(), "a running server reads the same") {
		t.Errorf("beside a server: %v", err)
	}
	if got := v.count(t); got < n {
		t.Errorf("%d rows after serve, %d before", got, n)
	}
}
