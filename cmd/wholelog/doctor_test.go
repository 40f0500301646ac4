package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/doctor"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/armsim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
)

// clinic is a simulated tenant with Graph, login service and Azure Resource
// Manager. Its tokens are JWTs that state the application's permissions.
type clinic struct {
	dir, config, id, secret string
	web, manager            *httptest.Server
	arm                     *armsim.Server
	graph                   *graphsim.Server

	mu     sync.Mutex
	opaque bool
	roles  []string
	skus   string            // answer of subscribedSkus; "": denied
	tokens map[string]string // JWT to the token of graphsim
}

const (
	clinicApp = "99999999-0000-4000-8000-000000000001"
	subs      = "/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/rg/providers/"
	hubRule   = subs + "Microsoft.EventHub/namespaces/audit/authorizationRules/send"
	cluster   = subs + "Microsoft.ContainerService/managedClusters/prod"
	p2        = `{"value":[{"skuPartNumber":"SPE_E5","capabilityStatus":"Enabled","servicePlans":[{"servicePlanName":"AAD_PREMIUM","provisioningStatus":"Success"},{"servicePlanName":"AAD_PREMIUM_P2","provisioningStatus":"Success"}]}]}`
)

var allRoles = []string{"AuditLog.Read.All", "Directory.Read.All", "Policy.Read.All", "IdentityRiskEvent.Read.All", "IdentityRiskyUser.Read.All"}

func newClinic(t *testing.T, o graphsim.Options, a armsim.Options, more string) *clinic {
	t.Helper()
	dir := t.TempDir()
	v := &clinic{dir: dir, config: filepath.Join(dir, "c.yaml"), secret: "p1anted~Secret.9vQ8", roles: o.Granted, skus: p2, tokens: map[string]string{}}
	if v.roles == nil {
		v.roles = allRoles
	}
	live := sim.NewLive(sim.LiveOptions{Users: 100, Seed: 3, Start: time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour), Graph: sim.Latency{Min: time.Millisecond, Max: 2 * time.Millisecond}})
	v.id = live.Tenant()
	o.Tenant, o.ClientID, o.Secret = v.id, clinicApp, v.secret
	v.graph = graphsim.New(o)
	v.graph.Follow(live, time.Now().Add(-6*time.Hour))
	v.web = httptest.NewServer(v)
	t.Cleanup(v.web.Close)
	a.Token = func(token string) bool { v.mu.Lock(); defer v.mu.Unlock(); return v.tokens[token] != "" }
	v.arm = armsim.New(a)
	v.manager = httptest.NewServer(v.arm)
	t.Cleanup(v.manager.Close)
	write(t, filepath.Join(dir, "secret"), v.secret)
	write(t, v.config, fmt.Sprintf(`
tenants:
  - id: %s
    licence: p2
    credential: {type: secret, client: %s, secret: {file: secret}}
    graph: {endpoint: %s, login: %[3]s, collections: [signIns, nonInteractiveUser, directoryAudits, riskDetections]}
%s`, v.id, clinicApp, v.web.URL, strings.ReplaceAll(more, "TENANT", v.id)))
	return v
}

func (v *clinic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/token") {
		rec := httptest.NewRecorder()
		v.graph.ServeHTTP(rec, r)
		text := rec.Body.String()
		var body struct {
			Token string `json:"access_token"`
		}
		if json.Unmarshal([]byte(text), &body) == nil && body.Token != "" {
			own := body.Token
			if !v.opaque {
				payload, _ := json.Marshal(map[string]any{"tid": v.id, "roles": v.roles, "aud": "x"})
				own = "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(payload) + ".p1anted-signature-" + fmt.Sprint(len(v.tokens))
			}
			v.tokens[own] = body.Token
			text = strings.Replace(text, body.Token, own, 1)
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write([]byte(text))
		return
	}
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if r.URL.Path == "/v1.0/subscribedSkus" {
		if v.skus == "" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges %s"}}`, bearer)
			return
		}
		fmt.Fprint(w, v.skus)
		return
	}
	r.Header.Set("Authorization", "Bearer "+v.tokens[bearer])
	v.graph.ServeHTTP(w, r)
}

// doctor runs the command and checks that it shows no secret.
func (v *clinic) doctor(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := cli(t, append([]string{"doctor", "-c", v.config, "--arm-endpoint", v.manager.URL}, args...)...)
	shown := out + fmt.Sprint(err)
	v.mu.Lock()
	defer v.mu.Unlock()
	for own, inner := range v.tokens {
		if strings.Contains(shown, own) || strings.Contains(shown, inner) {
			t.Errorf("%v shows a token", args)
		}
	}
	if strings.Contains(shown, v.secret) || strings.Contains(shown, "p1anted") {
		t.Errorf("%v shows a secret", args)
	}
	return out, err
}

func (v *clinic) report(t *testing.T, args ...string) (r doctor.Report, err error) {
	t.Helper()
	out, err := v.doctor(t, append(args, "--json")...)
	if e := json.Unmarshal([]byte(out), &r); e != nil {
		t.Fatalf("%v: %v\n%s", err, e, out)
	}
	if (err == nil) != r.OK {
		t.Errorf("ok is %v, the error %v", r.OK, err)
	}
	return r, err
}

// has finds a finding and checks level and texts of it and its fixes.
func has(t *testing.T, r doctor.Report, area, name, code string, level doctor.Level, want ...string) {
	t.Helper()
	var seen []string
	for _, f := range r.Tenants[0].Findings {
		if f.Area != area {
			continue
		}
		seen = append(seen, fmt.Sprintf("%s %s %s: %s", f.Level, f.Name, f.Code, f.What))
		if f.Name != name || f.Code != code {
			continue
		}
		text := f.What
		for _, s := range f.Fix {
			text += "\n" + s.How + ": " + s.Text
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s %s lacks %q:\n%s", area, name, w, text)
			}
		}
		if f.Level != level {
			t.Errorf("%s %s is %s, want %s: %s", area, name, f.Level, level, text)
		}
		return
	}
	t.Errorf("no finding %s %s %s among\n%s", area, name, code, strings.Join(seen, "\n"))
}

func logs(on ...string) (out []armsim.Entry) {
	for _, c := range on {
		out = append(out, armsim.Entry{Category: c, Enabled: true})
	}
	return out
}

func TestDoctorFindsAWellTenantWell(t *testing.T) {
	v := newClinic(t, graphsim.Options{}, armsim.Options{PageSize: 1}, `
eventHubs: [{namespace: audit.servicebus.windows.net, hub: insights-logs-signinlogs, connectionString: {env: NONE}}]
blobs: [{account: 'https://kept.blob.core.windows.net', sas: {env: NONE}}]
`)
	v.arm.Put(armsim.Tenant, "stream", armsim.Properties{Rule: hubRule, Logs: logs("SignInLogs")})
	v.arm.Put(armsim.Tenant, "store", armsim.Properties{Storage: subs + "Microsoft.Storage/storageAccounts/kept", Workspace: subs + "Microsoft.OperationalInsights/workspaces/la",
		Logs: append(logs("MicrosoftGraphActivityLogs", "BrandNewLogs"), armsim.Entry{Category: "AuditLogs"})})
	r, err := v.report(t)
	if err != nil {
		t.Error(err)
	}
	has(t, r, "token", "Microsoft Graph", "token", doctor.OK, "AuditLog.Read.All")
	for _, n := range []string{"signIns", "nonInteractiveUser", "directoryAudits", "riskDetections"} {
		has(t, r, "collection", n, "readable", doctor.OK)
	}
	has(t, r, "field", "SigninLogs.ConditionalAccessPolicies", "filled", doctor.OK)
	has(t, r, "field", "SigninLogs.RiskLevelDuringSignIn", "filled", doctor.OK)
	has(t, r, "licence", "p2", "licence", doctor.OK, "SPE_E5")
	has(t, r, "setting", "store", "unknown-category", doctor.OK, "BrandNewLogs (on)")
	has(t, r, "path", "eventhub:insights-logs-signinlogs", "fed", doctor.OK)
	has(t, r, "path", "blob:kept", "fed", doctor.OK)
	has(t, r, "category", "SignInLogs", "two-paths", doctor.OK, "graph:signIns and eventhub:insights-logs-signinlogs")
	has(t, r, "category", "AuditLogs", "one-path", doctor.OK, "graph:directoryAudits")
	has(t, r, "category", "MicrosoftGraphActivityLogs", "one-path", doctor.OK, "blob:kept", "workspace la")
	has(t, r, "category", "RiskyUsers", "not-collected", doctor.Warn, "Graph holds it as riskyUsers", "--enable RiskyUsers --to storage --setting 'store'", "Security Administrator")
	// A PUT replaces the setting: what it writes already must be in the body.
	has(t, r, "category", "one command", "enable", doctor.OK, "az rest --method put --url '"+v.manager.URL+"/providers/microsoft.aadiam/diagnosticSettings/", `"category":"RiskyUsers","enabled":true`, `"category":"BrandNewLogs","enabled":true`)
	has(t, r, "category", "second path", "single-path", doctor.OK, "AuditLogs", "proven")
	has(t, r, "category", "CustomSecurityAttributeAuditLogs", "not-known", doctor.OK, "Attribute Log")
	if n := v.arm.Requests(http.MethodPut) + v.arm.Requests(http.MethodDelete); n != 0 {
		t.Errorf("%d requests that write", n)
	}
	out, err := v.doctor(t)
	if err != nil || !strings.Contains(out, "  ok    collection  signIns: can be read") || !strings.Contains(out, " 0 to mend") {
		t.Errorf("table: %v\n%s", err, out)
	}
}

func TestDoctorNamesWhatIsMissing(t *testing.T) {
	v := newClinic(t, graphsim.Options{Granted: []string{"AuditLog.Read.All", "User.ReadWrite.All"}}, armsim.Options{Denied: true}, "")
	v.skus = ""
	r, err := v.report(t)
	if err == nil || !strings.Contains(err.Error(), "things to mend") {
		t.Errorf("error %v", err)
	}
	has(t, r, "collection", "signIns", "readable", doctor.OK, "without Directory.Read.All")
	has(t, r, "collection", "riskDetections", "no-permission", doctor.Fail, "the token lacks IdentityRiskEvent.Read.All", "New-MgServicePrincipalAppRoleAssignment", "Grant admin consent",
		"az rest --method post", "appRoles[?value=='IdentityRiskEvent.Read.All'].id", clinicApp)
	has(t, r, "permission", "write", "can-write", doctor.Warn, "User.ReadWrite.All")
	has(t, r, "field", "SigninLogs.ConditionalAccessPolicies", "no-permission", doctor.Warn, "Policy.Read.ConditionalAccess")
	has(t, r, "licence", "subscribedSkus", "not-known", doctor.OK, "LicenseAssignment.Read.All")
	has(t, r, "setting", "diagnosticSettings", "no-role", doctor.Warn, "Security Reader", "/providers/microsoft.aadiam")
	has(t, r, "category", "AuditLogs", "one-path", doctor.OK, "whether a setting writes it is not known")

	v = newClinic(t, graphsim.Options{Free: true}, armsim.Options{}, "")
	v.skus = `{"value":[]}`
	r, _ = v.report(t)
	has(t, r, "collection", "signIns", "no-licence", doctor.Fail, "Microsoft Entra ID P1 or P2")
	has(t, r, "collection", "directoryAudits", "readable", doctor.OK)
	has(t, r, "licence", "free", "differs", doctor.Warn, "7 days", "licence: free")
	has(t, r, "setting", "diagnosticSettings", "none", doctor.OK)

	v = newClinic(t, graphsim.Options{Granted: []string{"AuditLog.Read.All"}}, armsim.Options{}, "")
	v.opaque = true
	r, _ = v.report(t)
	has(t, r, "token", "Microsoft Graph", "token", doctor.OK, "not known")
	has(t, r, "collection", "riskDetections", "no-permission", doctor.Fail, "it needs IdentityRiskEvent.Read.All")

	v = newClinic(t, graphsim.Options{}, armsim.Options{}, "")
	write(t, filepath.Join(v.dir, "secret"), "wrong-p1anted")
	r, _ = v.report(t)
	has(t, r, "token", "Microsoft Graph", "AADSTS7000215", doctor.Fail, "the client secret is wrong")
}

func TestDoctorComparesPathsAndSettings(t *testing.T) {
	v := newClinic(t, graphsim.Options{}, armsim.Options{Attributes: true}, `
eventHubs: [{namespace: other.servicebus.windows.net, hub: insights-logs-signinlogs, tenant: TENANT}]
kubernetes: [{cluster: prod, webhook: true}]
`)
	v.arm.Put(armsim.Tenant, "stream", armsim.Properties{Rule: hubRule, Logs: logs("SignInLogs")})
	v.arm.Put(armsim.Attributes, "attributes", armsim.Properties{Rule: hubRule, Logs: logs("CustomSecurityAttributeAuditLogs")})
	v.arm.Put(cluster, "both", armsim.Properties{Workspace: subs + "Microsoft.OperationalInsights/workspaces/la", Logs: logs("kube-audit", "kube-audit-admin", "new-kind")})
	r, _ := v.report(t, "--aks", cluster)
	has(t, r, "path", "eventhub:insights-logs-signinlogs", "not-fed", doctor.Fail, "no diagnostic setting")
	has(t, r, "category", "SignInLogs", "one-path", doctor.OK, "no source of the configuration reads")
	has(t, r, "category", "CustomSecurityAttributeAuditLogs", "not-read", doctor.OK)
	has(t, r, "aks", "prod kube-audit", "twice", doctor.Warn)
	has(t, r, "aks", "prod guard", "off", doctor.Warn, "az monitor diagnostic-settings create", cluster)
	has(t, r, "aks", "prod", "unknown-category", doctor.OK, "new-kind")
	has(t, r, "aks", "prod kube:prod", "one-path", doctor.OK)
}

func TestDoctorEnables(t *testing.T) {
	v := newClinic(t, graphsim.Options{}, armsim.Options{Categories: append([]string{"BrandNewLogs"}, armsim.Categories...)}, "")
	before := armsim.Properties{Rule: hubRule, Hub: "all", Logs: []armsim.Entry{{Category: "SignInLogs", Enabled: true, Retention: armsim.Retention{Enabled: true, Days: 30}},
		{Category: "BrandNewLogs", Enabled: true}, {Category: "AuditLogs"}}}
	v.arm.Put(armsim.Tenant, "stream", before)
	ask := []string{"--enable", "auditlogs,RiskyUsers", "--to", "eventhub", "--setting", "stream"}
	out, err := v.doctor(t, ask...)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n-      {\"category\":\"AuditLogs\",\"enabled\":false", "\n+      {\"category\":\"AuditLogs\",\"enabled\":true", "\n+      {\"category\":\"RiskyUsers\",\"enabled\":true",
		"Nothing was written", "az rest --method put --url '" + v.manager.URL, "--body @'wholelog-stream.json'"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan lacks %q:\n%s", want, out)
		}
	}
	if n := v.arm.Requests(http.MethodPut); n != 0 {
		t.Fatalf("%d PUTs without --yes", n)
	}
	r, err := v.report(t, append(ask, "--yes")...)
	if err != nil || r.Plan == nil || !r.Plan.Applied || !r.Plan.Verified {
		t.Fatalf("--yes: %v %+v", err, r.Plan)
	}
	p, _ := v.arm.Setting(armsim.Tenant, "stream")
	state := map[string]bool{}
	for _, e := range p.Logs {
		state[e.Category] = e.Enabled
		if e.Retention != (armsim.Retention{}) {
			t.Errorf("%s has retention %+v", e.Category, e.Retention)
		}
	}
	if !state["SignInLogs"] || !state["BrandNewLogs"] || !state["AuditLogs"] || !state["RiskyUsers"] || state["ProvisioningLogs"] || p.Rule != hubRule || p.Hub != "all" {
		t.Errorf("written: %+v", p)
	}
	if out, err := v.doctor(t, append(ask, "--yes")...); err != nil || !strings.Contains(out, "nothing to change") || v.arm.Requests(http.MethodPut) != 1 {
		t.Errorf("again: %v\n%s", err, out)
	}
	// A new setting.
	fresh := []string{"--enable", "SignInLogs", "--to", "storage", "--setting", "second path", "--yes"}
	if _, err := v.doctor(t, fresh...); err == nil || !strings.Contains(err.Error(), "--destination") {
		t.Errorf("no destination: %v", err)
	}
	if out, err := v.doctor(t, append(fresh, "--destination", subs+"Microsoft.Storage/storageAccounts/kept")...); err != nil || !strings.Contains(out, "equal to what was sent") {
		t.Errorf("a new setting: %v\n%s", err, out)
	}
	if p, ok := v.arm.Setting(armsim.Tenant, "second path"); !ok || p.Storage == "" || p.Rule != "" {
		t.Errorf("a new setting: %+v", p)
	}
	for want, args := range map[string][]string{
		"adding a destination":     {"--enable", "AuditLogs", "--to", "storage", "--setting", "stream", "--destination", subs + "Microsoft.Storage/storageAccounts/kept"},
		"writes to another dest":   {"--enable", "AuditLogs", "--to", "eventhub", "--setting", "stream", "--destination", hubRule + "2"},
		"writes to another hub":    {"--enable", "AuditLogs", "--to", "eventhub", "--setting", "stream", "--hub", "other"},
		"neither documented":       {"--enable", "AuditLog", "--to", "eventhub", "--setting", "stream"},
		"category of a cluster":    {"--enable", "kube-audit", "--to", "eventhub", "--setting", "stream"},
		"roles of its own":         {"--enable", "CustomSecurityAttributeAuditLogs", "--to", "eventhub", "--setting", "stream"},
		"write eventhub, storage":  {"--enable", "AuditLogs", "--to", "siem", "--setting", "stream"},
		"needs --to and --setting": {"--enable", "AuditLogs"},
		"go with --enable":         {"--yes"},
		"is no cluster's resource": {"--aks", "prod"},
		"none of tenants":          {"--tenant", "fabrikam"},
		"must be https":            {"--arm-endpoint", "http://management.example"},
	} {
		if _, err := v.doctor(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	if n := v.arm.Requests(http.MethodPut); n != 2 {
		t.Errorf("%d PUTs, want 2", n)
	}
}

func TestDoctorEnableNeedsRights(t *testing.T) {
	ask := []string{"--enable", "AuditLogs", "--to", "eventhub", "--setting", "x", "--destination", hubRule, "--yes"}
	v := newClinic(t, graphsim.Options{}, armsim.Options{ReadOnly: true}, "")
	if _, err := v.report(t, ask...); err == nil || !strings.Contains(err.Error(), "Security Administrator") {
		t.Errorf("read only: %v", err)
	}
	v = newClinic(t, graphsim.Options{}, armsim.Options{Denied: true}, "")
	r, err := v.report(t, ask...)
	if err == nil {
		t.Error("a plan without reading the settings")
	}
	has(t, r, "setting", "x", "not-planned", doctor.Fail)
}
