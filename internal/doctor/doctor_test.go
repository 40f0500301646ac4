package doctor

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/sim/armsim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
	"github.com/wholelog/wholelog/internal/source/graph"
)

const tenantID = "11111111-2222-4333-8444-555555555555"

// clock is virtual time: sleeping moves it on. The services read it too.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.slept = c.now.Add(d), c.slept+d
	return ctx.Err()
}

// run looks at a tenant that is configured by more.
func run(t *testing.T, g *graphsim.Server, a http.Handler, clk *clock, more string) *Report {
	t.Helper()
	web, manager := httptest.NewServer(g), httptest.NewServer(a)
	defer web.Close()
	defer manager.Close()
	cfg, err := config.Parse([]byte("tenants:\n  - id: "+tenantID+"\n    credential: {type: managed}\n    graph: {endpoint: '"+web.URL+"'"+more+"}\n"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), Options{Config: cfg, ARM: manager.URL, Now: clk.Now, Sleep: clk.Sleep,
		Credential: func(*config.Tenant) (azcore.TokenCredential, error) { return g.Credential(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newGraph(clk *clock, o graphsim.Options) *graphsim.Server {
	o.Tenant, o.ClientID, o.Secret, o.Now = tenantID, "app", "p1anted", clk.Now
	return graphsim.New(o)
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func find(t *testing.T, r *Report, area, name string) Finding {
	t.Helper()
	for _, f := range r.Tenants[0].Findings {
		if f.Area == area && f.Name == name {
			return f
		}
	}
	t.Fatalf("no finding %s %s", area, name)
	return Finding{}
}

func TestEveryCollectionIsAskedWithinTheLimits(t *testing.T) {
	clk := newClock()
	r := run(t, newGraph(clk, graphsim.Options{Limits: true}), armsim.New(armsim.Options{}), clk, "")
	for _, n := range graph.Names() {
		if f := find(t, r, "collection", n); f.Code != "readable" {
			t.Errorf("%s: %s %s", n, f.Code, f.What)
		}
	}
	if !r.OK {
		t.Error("the report is not OK")
	}
	if clk.slept == 0 || clk.slept > 20*time.Second {
		t.Errorf("it took %v", clk.slept)
	}
}

func TestFailuresOfServicesAreTriedAgainAndSaid(t *testing.T) {
	clk := newClock()
	a := armsim.New(armsim.Options{})
	a.Fail(http.StatusServiceUnavailable, 1)
	a.Fail(http.StatusTooManyRequests, 1)
	r := run(t, newGraph(clk, graphsim.Options{}), a, clk, "")
	if f := find(t, r, "setting", "diagnosticSettings"); f.Code != "none" {
		t.Errorf("after two failures: %s %s", f.Code, f.What)
	}
	for status, code := range map[int]string{429: "throttled", 503: "unreachable", 401: "unauthorized", 403: "no-role", 404: "not-there"} {
		a = armsim.New(armsim.Options{})
		a.Fail(status, attempts)
		r = run(t, newGraph(clk, graphsim.Options{}), a, clk, ", collections: [signIns]")
		if f := find(t, r, "setting", "diagnosticSettings"); f.Code != code || f.Level != Warn || strings.Contains(f.What, "eyJ") {
			t.Errorf("%d: %+v", status, f)
		}
	}
	for _, c := range []struct {
		faults graphsim.Faults
		code   string
	}{{graphsim.Faults{Throttled: 1}, "throttled"}, {graphsim.Faults{Broken: 1}, "unreachable"}, {graphsim.Faults{Dropped: 1}, "unreachable"}, {graphsim.Faults{Garbled: 1}, "strange"}, {graphsim.Faults{Denied: 1}, "unauthorized"}, {graphsim.Faults{Cut: 1}, "unreachable"}} {
		r = run(t, newGraph(clk, graphsim.Options{Faults: c.faults}), armsim.New(armsim.Options{}), clk, ", collections: [signIns]")
		if f := find(t, r, "collection", "signIns"); f.Code != c.code {
			t.Errorf("%+v: %+v", c.faults, f)
		}
	}
	r = run(t, newGraph(clk, graphsim.Options{Faults: graphsim.Faults{TokenFails: 1}}), armsim.New(armsim.Options{}), clk, "")
	if f := find(t, r, "token", "Microsoft Graph"); f.Code != "no-token" || r.OK || strings.Contains(f.What, "p1anted") {
		t.Errorf("no token: %+v", f)
	}
}

func TestASettingsListThatLeadsAwayIsNotFollowed(t *testing.T) {
	clk := newClock()
	led := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led++ }))
	defer other.Close()
	away := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "Attributes") {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
			return
		}
		_, _ = w.Write([]byte(`{"value":[],"nextLink":"` + other.URL + `/x"}`))
	})
	r := run(t, newGraph(clk, graphsim.Options{}), away, clk, ", collections: [signIns]")
	if f := find(t, r, "setting", "diagnosticSettings"); f.Code != "unreachable" || !strings.Contains(f.What, "another host") {
		t.Errorf("%+v", f)
	}
	if led != 0 {
		t.Errorf("%d requests went away", led)
	}
}

func TestV1LacksColumns(t *testing.T) {
	clk := newClock()
	r := run(t, newGraph(clk, graphsim.Options{}), armsim.New(armsim.Options{}), clk, ", v1: true, collections: [signIns]")
	if f := find(t, r, "field", "SigninLogs"); f.Code != "v1" || !strings.Contains(f.What, "AuthenticationDetails") || strings.Contains(f.What, "UserPrincipalName") {
		t.Errorf("%+v", f)
	}
}

// TestFactsAgree compares what is known here with what other packages know.
func TestFactsAgree(t *testing.T) {
	app, err := graph.New(graph.Options{Tenant: tenantID, Credential: newGraph(newClock(), graphsim.Options{}).Credential()})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range collections {
		names = append(names, c.name)
		s, err := app.Source(c.name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := strings.Join(c.needs, " and "); got != s.Permission() {
			t.Errorf("%s needs %q here, %q in graph", c.name, got, s.Permission())
		}
		if schema.ByCategory(c.category) == nil {
			t.Errorf("%s: no table of category %s", c.name, c.category)
		}
	}
	if !slices.Equal(names, graph.Names()) {
		t.Errorf("collections %v, graph has %v", names, graph.Names())
	}
	for _, table := range schema.Tables() {
		if known(table.Category) == nil && !slices.Contains(aksCategories, table.Category) && table.Category != "SecurityAlert" && table.Family != "own" {
			t.Errorf("category %s of table %s is not known here", table.Category, table.Name)
		}
	}
	for cloud := range graph.Clouds {
		if arm[cloud].base == "" {
			t.Errorf("no Azure Resource Manager of cloud %s", cloud)
		}
	}
}

func TestReadClaims(t *testing.T) {
	jwt := func(payload string) string {
		return "a." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c"
	}
	f := func(token string, known, delegated bool, permission string, has bool) {
		t.Helper()
		c := readClaims(token)
		if c.known != known || c.delegated() != delegated || c.has(permission) != has {
			t.Errorf("%s: %+v", token, c)
		}
	}
	f(jwt(`{"roles":["AuditLog.Read.All"]}`), true, false, "AuditLog.Read.All", true)
	f(jwt(`{"roles":["Directory.ReadWrite.All"]}`), true, false, "Directory.Read.All", true)
	f(jwt(`{"roles":["AuditLog.Read"]}`), true, false, "AuditLog.Read.All", false)
	f(jwt(`{"scp":"User.Read AuditLog.Read.All"}`), true, true, "AuditLog.Read.All", true)
	f(jwt(`{}`), true, false, "AuditLog.Read.All", false)
	for _, bad := range []string{"", "opaque", "a.b", "a.!.c", jwt(`[1]`), jwt(`{"roles":7}`), "a.b.c.d"} {
		f(bad, false, false, "x", false)
	}
}

func TestErrorCodeShowsNoSecret(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		if got := errorCode([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	f(`{"error":{"code":"AuthorizationFailed","message":"secret"}}`, "AuthorizationFailed")
	f(`{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}`, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
	f(`{"code":"NotFound"}`, "NotFound")
	f(`{"error":{"code":"9vQ8~secret"}}`, "")
	f(`{"error":{"code":"a1b2c3d4e5"}}`, "")
	f(`<html>`, "")
}

func TestPrintableAndShell(t *testing.T) {
	if got := printable("a\x1b[31m\nb\u202ec"); got != "a?[31m?b?c" {
		t.Errorf("%q", got)
	}
	if got := shell("a'; rm -rf $HOME `x`"); got != `'a'\''; rm -rf $HOME `+"`x`'" {
		t.Errorf("%s", got)
	}
}
