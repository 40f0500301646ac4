package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/sim/armsim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
)

const rule = "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventHub/namespaces/n/authorizationRules/r"

func TestMergedKeepsWhatIsThere(t *testing.T) {
	s, ok := parseSetting([]byte(`{"name":"x","properties":{"eventHubAuthorizationRuleId":"` + rule + `","eventHubName":null,"marketplacePartnerId":"/p","logAnalyticsDestinationType":"Dedicated",
		"logs":[{"category":null,"categoryGroup":"audit","enabled":true,"retentionPolicy":{"enabled":true,"days":9}},{"category":"New","enabled":true,"later":1},{"category":"AuditLogs","enabled":false}]}}`))
	if !ok {
		t.Fatal("no setting")
	}
	text, err := merged(&s, []string{"AuditLogs", "SignInLogs"})
	if err != nil {
		t.Fatal(err)
	}
	const off = `"retentionPolicy":{"enabled":false,"days":0}`
	want := `{"properties":{"eventHubAuthorizationRuleId":"` + rule + `","logAnalyticsDestinationType":"Dedicated","marketplacePartnerId":"/p","logs":[` +
		`{"categoryGroup":"audit","enabled":true,` + off + `},{"category":"New","enabled":true,"later":1,` + off + `},` +
		`{"category":"AuditLogs","enabled":true,` + off + `},{"category":"SignInLogs","enabled":true,` + off + `}]}}`
	if got := compact(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// meddler lets something happen after a number of GETs.
type meddler struct {
	http.Handler
	gets, after int
	do          func()
}

func (m *meddler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if m.gets++; m.gets == m.after {
			m.do()
		}
	}
	m.Handler.ServeHTTP(w, r)
}

func TestApplyWritesOnlyWhatWasPlanned(t *testing.T) {
	mine := func(on ...string) armsim.Properties {
		p := armsim.Properties{Rule: rule}
		for _, c := range on {
			p.Logs = append(p.Logs, armsim.Entry{Category: c, Enabled: true})
		}
		return p
	}
	f := func(setting string, after int, do func(*armsim.Server), puts int, want string) {
		t.Helper()
		clk := newClock()
		a := armsim.New(armsim.Options{})
		a.Put(armsim.Tenant, "x", mine("SignInLogs"))
		web := httptest.NewServer(&meddler{Handler: a, after: after, do: func() { do(a) }})
		defer web.Close()
		g := newGraph(clk, graphsim.Options{})
		graphWeb := httptest.NewServer(g)
		defer graphWeb.Close()
		cfg, err := config.Parse([]byte("tenants: [{id: "+tenantID+", credential: {type: managed}}]"), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(context.Background(), Options{Config: cfg, ARM: web.URL, Now: clk.Now, Sleep: clk.Sleep,
			Credential: func(*config.Tenant) (azcore.TokenCredential, error) { return g.Credential(), nil },
			Enable:     &Enable{Categories: []string{"AuditLogs"}, To: toHub, Setting: setting, Destination: rule}})
		if err != nil {
			t.Fatal(err)
		}
		if err = Apply(context.Background(), r.Plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if n := a.Requests(http.MethodPut); n != puts || r.Plan.Verified {
			t.Errorf("%d PUTs, want %d; verified %v", n, puts, r.Plan.Verified)
		}
		if text, err := json.Marshal(r); err != nil || strings.Contains(string(text), "p1anted") {
			t.Errorf("%v %s", err, text)
		}
	}
	// GETs are: the list, the setting again, and the reading back.
	f("x", 2, func(a *armsim.Server) { a.Put(armsim.Tenant, "x", mine("SignInLogs", "RiskyUsers")) }, 0, "changed meanwhile")
	f("new", 2, func(a *armsim.Server) { a.Put(armsim.Tenant, "new", mine("SignInLogs")) }, 0, "meanwhile")
	f("x", 2, func(a *armsim.Server) { a.Fail(http.StatusNotFound, 1) }, 0, "could not be read again")
	f("new", 2, func(a *armsim.Server) { a.Fail(http.StatusForbidden, 1) }, 0, "could not be read")
	f("x", 3, func(a *armsim.Server) { a.Put(armsim.Tenant, "x", mine("AuditLogs")) }, 1, "signinlogs is off")
	f("x", 3, func(a *armsim.Server) { a.Put(armsim.Tenant, "x", mine("AuditLogs", "SignInLogs", "RiskyUsers")) }, 1, "riskyusers is on")
	f("x", 3, func(a *armsim.Server) { a.Fail(http.StatusInternalServerError, attempts) }, 1, "could not be read back")
}
