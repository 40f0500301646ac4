package graphsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/wholelog/wholelog/internal/sim"
)

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }
func (c *clock) Sleep(_ context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return nil
}

type service struct {
	*Server
	*clock
	t     *testing.T
	live  *sim.Live
	token string
}

// serve makes a service of a small tenant, two days after its start.
func serve(t *testing.T, o Options) *service {
	t.Helper()
	s := &service{t: t, clock: &clock{start.AddDate(0, 0, 2)}}
	s.live = sim.NewLive(sim.LiveOptions{Users: 20, Seed: 3, Start: start})
	o.Tenant, o.ClientID, o.Secret, o.Now, o.Sleep = s.live.Tenant(), "app", "s3cret", s.clock.Now, s.clock.Sleep
	s.Server = New(o)
	s.Follow(s.live, start)
	tok, err := s.Credential().GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.example/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	s.token = tok.Token
	return s
}

type page struct {
	Next  string           `json:"@odata.nextLink"`
	Value []map[string]any `json:"value"`
	Error struct{ Code, Message string }
}

func (s *service) get(address string, header ...string) (int, http.Header, page) {
	s.t.Helper()
	if !strings.HasPrefix(address, "https://") {
		path, query, _ := strings.Cut(address, "?")
		address = "https://graph.example" + path + "?" + strings.NewReplacer(" ", "%20", "'", "%27").Replace(query)
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		return 0, nil, page{}
	}
	defer resp.Body.Close()
	var p page
	body, _ := io.ReadAll(resp.Body)
	_ = json.Unmarshal(body, &p)
	return resp.StatusCode, resp.Header, p
}

// all follows the pages of a query.
func (s *service) all(address string) (out []map[string]any) {
	s.t.Helper()
	for address != "" {
		status, _, p := s.get(address)
		if status != http.StatusOK {
			s.t.Fatalf("%s: status %d, %+v", address, status, p.Error)
		}
		out = append(out, p.Value...)
		address = p.Next
	}
	return out
}

func TestQueries(t *testing.T) {
	s := serve(t, Options{})
	const span = "createdDateTime ge 2026-10-05T06:00:00Z and createdDateTime le 2026-10-06T12:00:00Z"
	f := func(address string, want int, text string) {
		t.Helper()
		status, _, p := s.get(address)
		if status != want || !strings.Contains(p.Error.Message, text) {
			t.Errorf("%s: status %d %q, want %d %q", address, status, p.Error.Message, want, text)
		}
	}
	f("/v1.0/auditLogs/signIns?$filter="+span, 200, "")
	f("/v1.0/auditlogs/signins?$filter="+span+"&$orderby=createdDateTime", 200, "")
	f("/beta/auditLogs/signIns?$filter="+span+" and signInEventTypes/any(t: t eq 'servicePrincipal')", 200, "")
	f("/beta/auditLogs/signIns?$filter=(signInEventTypes/any(t:t eq 'interactiveUser' or t eq 'nonInteractiveUser'))", 200, "")
	f("/beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser' or t eq 'managedIdentity')", 400, "combined")
	f("/v1.0/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq 'servicePrincipal')", 400, "Could not find a property named 'signInEventTypes'")
	f("/v1.0/auditLogs/directoryAudits?$filter=createdDateTime ge 2026-10-05T06:00:00Z", 400, "createdDateTime")
	f("/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge yesterday", 400, "Invalid filter")
	f("/v1.0/auditLogs/signIns?$top=1001", 400, "page size")
	f("/v1.0/identityProtection/riskDetections?$top=1000", 400, "page size")
	f("/v1.0/identityProtection/riskDetections?$top=500", 200, "")
	f("/v1.0/auditLogs/signIns?$skip=10", 400, "not allowed")
	f("/v1.0/auditLogs/nothing?x", 404, "")
	if len(s.all("/v1.0/auditLogs/signIns?$filter="+span)) == 0 {
		t.Error("no sign-ins")
	}
}

// TestPagesGiveWhatIsVisible compares with the tenant's own events.
func TestPagesGiveWhatIsVisible(t *testing.T) {
	s := serve(t, Options{PageSize: 7})
	for _, kind := range []string{"interactiveUser", "nonInteractiveUser", "servicePrincipal"} {
		got := map[string]bool{}
		last := "9"
		for _, r := range s.all("/beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq '" + kind + "')") {
			got[r["id"].(string)] = true
			if at := r["createdDateTime"].(string); at > last {
				t.Errorf("%s after %s: not newest first", at, last)
			} else {
				last = at
			}
		}
		want := 0
		for _, e := range s.live.Events(start, s.now) {
			if e.SignIn == kind && !e.Visible.After(s.now) {
				if want++; !got[e.Key] {
					t.Errorf("%s %s is missing", kind, e.Key)
				}
			}
		}
		if want != len(got) || want == 0 {
			t.Errorf("%s: %d given, %d are visible", kind, len(got), want)
		}
	}
	for _, r := range s.all("/v1.0/auditLogs/signIns") {
		if r["isInteractive"] != true || r["authenticationDetails"] != nil || r["signInEventTypes"] != nil {
			t.Fatal("v1.0 gives what only beta has")
		}
	}
}

func TestAnObjectIsShownInItsLastState(t *testing.T) {
	s := serve(t, Options{TokenLife: 100 * time.Hour})
	put := func(state string, at, visible time.Duration) {
		s.Put(Object{Collection: "identityProtection/riskyUsers", Key: "u1", Time: start.Add(at), At: start.Add(at), Visible: start.Add(visible), V1: fmt.Appendf(nil, `{"id":"u1","riskState":%q}`, state)})
	}
	put("atRisk", 24*time.Hour, 24*time.Hour+time.Minute)
	put("dismissed", 47*time.Hour, 49*time.Hour)
	see := func() (states []string) {
		for _, r := range s.all("/v1.0/identityProtection/riskyUsers?$top=500") {
			if r["id"] == "u1" {
				states = append(states, r["riskState"].(string))
			}
		}
		return states
	}
	if got := see(); len(got) != 1 || got[0] != "atRisk" {
		t.Errorf("before: %v", got)
	}
	s.now = start.Add(50 * time.Hour)
	if got := see(); len(got) != 1 || got[0] != "dismissed" {
		t.Errorf("after: %v", got)
	}
}

func TestAccess(t *testing.T) {
	f := func(o Options, path string, status int, code string) {
		t.Helper()
		s := serve(t, o)
		if got, _, p := s.get(path + "?"); got != status || p.Error.Code != code {
			t.Errorf("%s: status %d code %s, want %d %s", path, got, p.Error.Code, status, code)
		}
	}
	none := Options{Granted: []string{}}
	f(none, "/v1.0/auditLogs/signIns", 403, "Authentication_MSGraphPermissionMissing")
	f(none, "/v1.0/security/alerts_v2", 403, "Forbidden")
	f(Options{Free: true}, "/v1.0/auditLogs/signIns", 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
	f(Options{Free: true}, "/v1.0/auditLogs/directoryAudits", 200, "")
	s := serve(t, Options{TokenLife: time.Hour})
	s.now = s.now.Add(2 * time.Hour)
	if got, _, _ := s.get("/v1.0/auditLogs/signIns?"); got != 401 {
		t.Errorf("status %d with an old token", got)
	}
	for body, want := range map[string]int{
		"grant_type=client_credentials&client_id=app&client_secret=wrong&scope=x/.default": 401,
		"grant_type=client_credentials&client_id=app&client_secret=s3cret&scope=x":         400,
		"grant_type=password":      400,
		strings.Repeat("x", 2<<20): 400,
		"grant_type=client_credentials&client_id=app&client_assertion_type=" + url.QueryEscape("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") + "&client_assertion=a.b.c&scope=x/.default": 200,
	} {
		resp, err := s.Client().Post("https://login.example/"+s.live.Tenant()+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("token request %.60s: status %d, want %d", body, resp.StatusCode, want)
		}
	}
}

func TestFieldsWithoutPermissionAndUnknownEnums(t *testing.T) {
	const path = "/beta/auditLogs/signIns?"
	policies := func(s *service, header ...string) (text string) {
		_, _, p := s.get(path, header...)
		for _, r := range p.Value {
			b, _ := json.Marshal(r["appliedConditionalAccessPolicies"])
			text += string(b)
		}
		return text
	}
	known := policies(serve(t, Options{}), "Prefer", "include-unknown-enum-members")
	if !strings.Contains(known, "reportOnlyFailure") || strings.Contains(known, "unknownFutureValue") {
		t.Error("with Prefer, unknown values are not given")
	}
	if masked := policies(serve(t, Options{})); strings.Contains(masked, "reportOnly") || !strings.Contains(masked, "unknownFutureValue") {
		t.Error("without Prefer, unknown values are given")
	}
	if none := policies(serve(t, Options{Granted: []string{"AuditLog.Read.All"}})); strings.Contains(none, "displayName") || !strings.Contains(none, "[]") {
		t.Errorf("policies are given without permission: %.200s", none)
	}
}

func TestLimits(t *testing.T) {
	s := serve(t, Options{Limits: true})
	throttled := func(path string) (n int, retry bool) {
		for range 6 {
			status, h, _ := s.get(path + "?")
			if status == 429 {
				n++
				retry = h.Get("Retry-After") != ""
			}
		}
		return n, retry
	}
	if n, retry := throttled("/v1.0/auditLogs/signIns"); n != 1 || !retry {
		t.Errorf("reports: %d of 6 throttled, Retry-After %v", n, retry)
	}
	if n, retry := throttled("/v1.0/identityProtection/riskyUsers"); n != 5 || retry {
		t.Errorf("identity protection: %d of 6 throttled, Retry-After %v", n, retry)
	}
	s.now = s.now.Add(11 * time.Second)
	if n, _ := throttled("/v1.0/auditLogs/provisioning"); n != 1 {
		t.Errorf("after a pause: %d of 6 throttled", n)
	}
}

func TestSkiptokensExpire(t *testing.T) {
	s := serve(t, Options{PageSize: 3})
	_, _, p := s.get("/v1.0/auditLogs/signIns?")
	if status, _, _ := s.get(p.Next); status != 200 {
		t.Fatalf("status %d", status)
	}
	s.now = s.now.Add(skipLife + time.Second)
	s.token = ""
	tok, _ := s.Credential().GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.example/.default"}})
	s.token = tok.Token
	if status, _, _ := s.get(p.Next); status != 400 && status != 410 {
		t.Errorf("status %d for an old skiptoken", status)
	}
}

// TestRunsRepeat makes the same requests of two services of one seed.
func TestRunsRepeat(t *testing.T) {
	all := Faults{Throttled: .1, Unsaid: .1, Broken: .1, Dropped: .1, Cut: .1, Garbled: .1, Slow: .1, SlowFor: time.Second, Expired: .1, Denied: .1, Repeated: .3, Shuffled: .3, Moved: .3, LeftOut: .1, Empty: .1}
	transcript := func(seed uint64) []byte {
		s := serve(t, Options{PageSize: 5, Seed: seed, Faults: all})
		var b bytes.Buffer
		next := ""
		for range 60 {
			if next == "" {
				next = "/beta/auditLogs/signIns?"
			}
			status, _, p := s.get(next)
			fmt.Fprintln(&b, status, p)
			next = p.Next
		}
		return b.Bytes()
	}
	a, b, c := transcript(1), transcript(1), transcript(2)
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Errorf("same seed equal: %v, other seed equal: %v", bytes.Equal(a, b), bytes.Equal(a, c))
	}
}

// TestNothingStaysHidden is the promise of the package: the third reading of a
// span has everything.
func TestNothingStaysHidden(t *testing.T) {
	s := serve(t, Options{PageSize: 6, Faults: Faults{LeftOut: 0.5, Repeated: 0.5, Shuffled: 0.5, Empty: 0.2}})
	got := map[string]bool{}
	for range 3 {
		for _, r := range s.all("/v1.0/auditLogs/signIns?") {
			got[r["id"].(string)] = true
		}
	}
	for _, e := range s.live.Events(start, s.now) {
		if e.SignIn == "interactiveUser" && !e.Visible.After(s.now) && !got[e.Key] {
			t.Errorf("%s is not in three readings", e.Key)
		}
	}
}
