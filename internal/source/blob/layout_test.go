package blob

import (
	"strings"
	"testing"
	"time"
)

func TestLayout(t *testing.T) {
	f := func(name, prefix, hour, tenant string) {
		t.Helper()
		p, rest := cutName(name)
		at, ok := hourOf(rest)
		got := ""
		if ok {
			got = at.Format("2006-01-02T15")
		}
		if p != prefix || got != hour || tenantOf(p) != tenant {
			t.Errorf("%s: prefix %q, hour %q, tenant %q", name, p, got, tenantOf(p))
		}
	}
	const id = "7a1d1b23-71c6-49b5-a6bb-cc3f77f96afb"
	f("tenantId="+id+"/y=2026/m=07/d=01/h=05/m=00/PT1H.json", "tenantId="+id+"/y=", "2026-07-01T05", id)
	f("tenantId="+strings.ToUpper(id)+"/y=2026/m=07/d=01/h=05/m=00/PT1H.json", "tenantId="+strings.ToUpper(id)+"/y=", "2026-07-01T05", id)
	f("resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/P/C/N/y=2026/m=12/d=31/h=23/m=00/PT1H.json", "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/P/C/N/y=", "2026-12-31T23", "")
	f("WorkspaceResourceId=/subscriptions/s/y=2026/m=07/d=16/h=13/m=05/PT05M.json", "WorkspaceResourceId=/subscriptions/s/y=", "2026-07-16T13", "")
	f("a/y=2026/m=7/d=1/h=5/m=0/PT1H.json", "a/y=", "2026-07-01T05", "")
	f("a/y=2026/m=13/d=01/h=05/m=00/PT1H.json", "a/y=", "", "")
	f("a/y=2026/m=02/d=30/h=05/m=00/PT1H.json", "a/y=", "", "")
	f("a/y=2026/m=02/d=20/h=24/m=00/PT1H.json", "a/y=", "", "")
	f("a/y=2026/m=02/d=20/h=23/m=60/PT1H.json", "a/y=", "", "")
	f("a/y=2026/m=02", "a/y=", "", "")
	f("export.json", "", "", "")
	f("y=2026/m=02/d=20/h=23/m=00/PT1H.json", "", "", "")
	for container, table := range map[string]string{"insights-logs-signinlogs": "SigninLogs", "insights-logs-noninteractiveusersigninlogs": "AADNonInteractiveUserSignInLogs", "insights-logs-auditlogs": "AuditLogs", "other": "other"} {
		if got := tableOf(container); got != table {
			t.Errorf("%s: table %q, want %q", container, got, table)
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("tenantId=7a1d1b23-71c6-49b5-a6bb-cc3f77f96afb/y=2026/m=07/d=01/h=05/m=00/PT1H.json")
	f.Add("y=/y=2026/m=12/d=31/h=23/m=59/")
	// The parts make up the name, and an hour's blob is listed with its day.
	f.Fuzz(func(t *testing.T, name string) {
		prefix, rest := cutName(name)
		if prefix+rest != name || prefix != "" && !strings.HasSuffix(prefix, year) {
			t.Fatalf("%q: %q and %q", name, prefix, rest)
		}
		at, ok := hourOf(rest)
		if !ok {
			return
		}
		if at != at.Truncate(time.Hour) {
			t.Errorf("%q: %v is no hour", name, at)
		}
		padded := strings.Split(rest, "/")
		if len(padded[1])+len(padded[2]) == 8 && !strings.HasPrefix(rest, dayOf(at)) {
			t.Errorf("%q is not among the blobs of %s", rest, dayOf(at))
		}
	})
}
