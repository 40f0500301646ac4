package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/ops"
)

// TestSimulateLiveIsProven starts a tenant with Graph, hubs and a cluster, and
// serve with the configuration that it writes: two paths prove hours.
func TestSimulateLiveIsProven(t *testing.T) {
	dir := t.TempDir()
	v := &tenant{dir: dir, config: filepath.Join(dir, "sim.yaml"), data: filepath.Join(dir, "data"), at: freeAddress(t)}
	token := filepath.Join(dir, "token")
	root := newRoot()
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	root.SetArgs([]string{"simulate", "live", "--listen", "127.0.0.1:0", "--tenant-users", "400", "--history", "4h", "--speed-up", "20000", "--latency", "2s", "--arm",
		"--event-hubs", "127.0.0.1:0", "--kube-webhook", "http://" + v.at + "/v1/kube/prod-1", "--kube-token", token, "--kube-log", filepath.Join(dir, "audit.log"),
		"--write-config", v.config, "--data", v.data})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("simulate: %v", err)
		}
	})
	v.until(t, func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("simulate: %v", err)
		default:
		}
		_, err := os.Stat(v.config)
		return err == nil
	})
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, v.config, "rules: {disabled: true}\nkey: '"+filepath.Join(dir, "key")+"'\n"+strings.Replace(string(text), "graph: {", "graph: {since: 4h, poll: 1s, collections: [signIns, nonInteractiveUser, directoryAudits], ", 1))
	// Three collections, ten hubs, a webhook and a log.
	if out, err := cli(t, "check", "-c", v.config); err != nil || !strings.Contains(out, "15 sources") {
		t.Fatalf("check: %v\n%s", err, out)
	}
	out, err := cli(t, "token", "add", "simulated", "--scope", "ingest", "--data", v.data)
	if err != nil {
		t.Fatal(err)
	}
	write(t, token, out)
	v.serve(t)
	// Sign-ins must be proven; of the cluster both paths must bring rows.
	proven := map[string]bool{}
	v.until(t, func() bool {
		out, err := cli(t, "status", "--data", v.data, "--json")
		if err != nil {
			t.Fatal(err)
		}
		var s ops.Status
		if err := json.Unmarshal([]byte(out), &s); err != nil {
			t.Fatal(err)
		}
		for _, h := range s.Completeness {
			for _, p := range h.Paths {
				if p.Events > 0 && (h.Verdict == "proven" || h.Table == "AKSAudit") {
					kind, _, _ := strings.Cut(p.Name, ":")
					proven[h.Table+" "+kind] = true
				}
			}
		}
		return proven["AADNonInteractiveUserSignInLogs graph"] && proven["AADNonInteractiveUserSignInLogs eventhub"] && proven["AKSAudit kube"] && proven["AKSAudit kubelog"]
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, endpoint(string(text))+"/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer eyJ0eXAi")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), "Microsoft.EventHub/namespaces/simulated") {
		t.Errorf("diagnostic settings: %v %s", err, body)
	}
}

// endpoint is the address of Graph in a configuration.
func endpoint(config string) string {
	_, rest, _ := strings.Cut(config, "endpoint: '")
	address, _, _ := strings.Cut(rest, "'")
	return address
}

func TestSimulateLiveSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	f := func(want string, args ...string) {
		t.Helper()
		_, err := cli(t, append([]string{"simulate", "live", "--listen", "127.0.0.1:0", "--tenant-users", "2", "--write-config", filepath.Join(dir, "c.yaml")}, args...)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	f("this machine", "--event-hubs", "0.0.0.0:9092")
	f("--blob-connection", "--blob", "http://127.0.0.1:10000/a")
	f("--kube-token", "--kube-webhook", "http://127.0.0.1:8420/v1/kube/x")
	f("https", "--kube-webhook", "http://example.com/v1/kube/x", "--kube-token", "t")
	f("127.0.0.1:8421", "--listen", "0.0.0.0:8421")
}
