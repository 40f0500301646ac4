package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

// TestSourcesShareAnApplication runs all collections at once over HTTP on the
// loopback. Their clock leaps when any of them sleeps, so limits are tested
// elsewhere.
func TestSourcesShareAnApplication(t *testing.T) {
	clock := sourcetest.NewClock(start.Add(36 * time.Hour))
	live := sim.NewLive(sim.LiveOptions{Users: 30, Seed: 2, Start: start})
	server := graphsim.New(graphsim.Options{Tenant: live.Tenant(), ClientID: "app", Secret: secret, Now: clock.Now, Sleep: clock.Sleep, TokenLife: 1000 * time.Hour})
	server.Follow(live, start)
	var mu sync.Mutex
	statuses := map[int]int{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, r)
		mu.Lock()
		statuses[rec.Code]++
		mu.Unlock()
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	defer web.Close()
	app, err := New(Options{Tenant: live.Tenant(), Credential: server.Credential(), Base: web.URL, Now: clock.Now, Sleep: clock.Sleep, Since: 36 * time.Hour, Poll: 10 * time.Minute, Label: "contoso"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tables := map[string]int{}
	var wg sync.WaitGroup
	for _, name := range Names() {
		s, err := app.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			_ = s.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
				mu.Lock()
				defer mu.Unlock()
				for _, r := range p.Records {
					if tables[r.Table]++; !strings.HasPrefix(r.Source, "graph:contoso/") {
						t.Errorf("source %q", r.Source)
					}
				}
				if clock.Now().After(start.Add(60 * time.Hour)) {
					cancel()
				}
				return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
			})
		}()
	}
	wg.Wait()
	web.Close() // ends requests that were under way
	for _, table := range []string{"SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs", "AuditLogs", "AADProvisioningLogs", "AADServicePrincipalRiskEvents", "AADRiskyServicePrincipals"} {
		if tables[table] == 0 {
			t.Errorf("no record of %s: %v", table, tables)
		}
	}
	if statuses[200] == 0 || len(statuses) != 1 {
		t.Errorf("answers %v, want 200 only", statuses)
	}
}

// TestLimitsAreKept reads under the documented limits: nothing is throttled.
func TestLimitsAreKept(t *testing.T) {
	for _, name := range []string{"nonInteractiveUser", "riskDetections"} {
		w := makeWorld(t, 5, 2, name, graphsim.Options{Limits: true, PageSize: 5}, Options{})
		s := w.spy()
		w.readUntil(t, w.clock.Now().Add(12*time.Hour), nil)
		if s.statuses[200] < 20 || len(s.statuses) != 1 {
			t.Errorf("%s: answers %v, want 200 only", name, s.statuses)
		}
	}
}

func TestInteractiveSignInsFromV1(t *testing.T) {
	w := makeWorld(t, 1, 2, "signIns", graphsim.Options{}, Options{V1: true})
	s := w.spy()
	n := 0
	for _, p := range w.readUntil(t, w.clock.Now().Add(time.Hour), nil) {
		for _, r := range p.Records {
			if n++; r.Format != event.FormatGraph || r.Table != "SigninLogs" {
				t.Fatalf("format %d, table %s", r.Format, r.Table)
			}
		}
	}
	if n == 0 || !strings.HasPrefix(s.requests[0].URL.Path, "/v1.0/") || strings.Contains(s.requests[0].URL.RawQuery, "signInEventTypes") {
		t.Errorf("%d records, request %s", n, s.requests[0].URL)
	}
}

// TestEventsShowWithinAPoll checks the tail: an event is yielded soon after the
// service gives it, long before its time has settled.
func TestEventsShowWithinAPoll(t *testing.T) {
	w := makeWorld(t, 1, 1, "directoryAudits", graphsim.Options{}, Options{Poll: time.Minute})
	happened := w.clock.Now().Add(10 * time.Minute)
	visible := happened.Add(3 * time.Minute)
	w.server.Put(graphsim.Object{Collection: "auditLogs/directoryAudits", Key: "a1", Time: happened, At: happened, Visible: visible,
		V1: []byte(`{"id":"a1","activityDateTime":"` + happened.Format(time.RFC3339) + `","activityDisplayName":"Add user","initiatedBy":{}}`)})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []time.Time
	_ = w.source.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
		for _, r := range p.Records {
			if r.ID == "a1" {
				seen = append(seen, r.Seen)
			}
		}
		if w.clock.Now().After(happened.Add(2 * time.Hour)) {
			cancel()
		}
		return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
	})
	if len(seen) != 1 || seen[0].Before(visible) || seen[0].Sub(visible) > 2*time.Minute {
		t.Errorf("visible at %v, yielded at %v, want once within a poll", visible, seen)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	cred := graphsim.New(graphsim.Options{}).Credential()
	for name, o := range map[string]Options{
		"no tenant":         {Credential: cred},
		"no credential":     {Tenant: "t"},
		"token in clear":    {Tenant: "t", Credential: cred, Base: "http://graph.example"},
		"no address":        {Tenant: "t", Credential: cred, Base: "graph.microsoft.com"},
		"user in address":   {Tenant: "t", Credential: cred, Base: "https://u:" + secret + "@graph.example"},
		"sweeps not rising": {Tenant: "t", Credential: cred, Sweeps: []time.Duration{2 * time.Hour, time.Hour}},
		"sweep too early":   {Tenant: "t", Credential: cred, Sweeps: []time.Duration{time.Minute}},
	} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	app, err := New(Options{Tenant: "T", Credential: cred, Base: Clouds["usgov"].Graph + "/"})
	if err != nil {
		t.Fatal(err)
	}
	if app.scope != "https://graph.microsoft.us/.default" {
		t.Errorf("scope %s", app.scope)
	}
	if _, err := app.Source("signins"); err == nil || !strings.Contains(err.Error(), "directoryAudits") {
		t.Errorf("error %v names no collections", err)
	}
}

type fakeCredential struct{}

func (fakeCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: start.AddDate(10, 0, 0)}, nil
}
