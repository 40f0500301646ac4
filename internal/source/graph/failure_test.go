package graph

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/wholelog/wholelog/internal/sim/graphsim"
	"github.com/wholelog/wholelog/internal/source"
)

// spy counts requests and answers on their way.
type spy struct {
	next     http.RoundTripper
	requests []*http.Request
	statuses map[int]int
}

func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if !strings.Contains(r.URL.Path, "oauth2") {
		s.requests = append(s.requests, r)
		if err == nil {
			s.statuses[resp.StatusCode]++
		}
	}
	return resp, err
}

func (w *world) spy() *spy {
	s := &spy{next: w.server.Client().Transport, statuses: map[int]int{}}
	w.app.http.Transport = s
	return s
}

func texts(list []source.Notice, level source.Level) (out string) {
	for _, n := range list {
		if n.Level == level {
			out += n.Code + ": " + n.Text + "\n"
		}
	}
	return out
}

// TestMissingPermissionIsNamed checks what an operator reads, that asking goes
// on slowly, and that collection begins as soon as it may.
func TestMissingPermissionIsNamed(t *testing.T) {
	for _, name := range Names() {
		w := makeWorld(t, 1, 2, name, graphsim.Options{Granted: []string{}}, Options{})
		s := w.spy()
		pages := w.readUntil(t, w.clock.Now().Add(6*time.Hour), nil)
		said := texts(notices(pages), source.Failure)
		want := strings.Split(w.source.Permission(), " ")[0]
		if !strings.Contains(said, "no-permission: graph:"+name) || !strings.Contains(said, want) {
			t.Errorf("%s: %q does not name %s", name, said, want)
		}
		if n := len(s.requests); n > 40 {
			t.Errorf("%s: %d requests in 6 hours without access", name, n)
		}
		if n := strings.Count(said, "\n"); n < 2 || n > 8 {
			t.Errorf("%s: said %d times in 6 hours, want about once an hour", name, n)
		}
		w.server.Grant(endpointPermissions()...)
		pages = w.readUntil(t, w.clock.Now().Add(2*time.Hour), pages[len(pages)-1].Next)
		if strings.Contains(texts(notices(pages), source.Failure), "no-permission") || len(claims(pages)) == 0 {
			t.Errorf("%s: does not collect after the grant: %v", name, notices(pages))
		}
	}
}

func endpointPermissions() (out []string) {
	for _, e := range endpoints {
		out = append(out, strings.Split(e.permission, " ")...)
	}
	return out
}

func TestRecoveryIsSaid(t *testing.T) {
	w := makeWorld(t, 1, 2, "directoryAudits", graphsim.Options{Granted: []string{}}, Options{})
	granted := false
	s := w.spy()
	s.next = roundTripper(func(r *http.Request) (*http.Response, error) {
		if len(s.requests) == 8 && !granted {
			granted = true
			w.server.Grant("AuditLog.Read.All")
		}
		return w.server.Client().Transport.RoundTrip(r)
	})
	pages := w.readUntil(t, w.clock.Now().Add(4*time.Hour), nil)
	if said := texts(notices(pages), source.Info); !strings.Contains(said, Recovered) {
		t.Errorf("recovery is not said: %q", said)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestLicenceIsNamed(t *testing.T) {
	w := makeWorld(t, 1, 2, "signIns", graphsim.Options{Free: true}, Options{})
	said := texts(notices(w.readUntil(t, w.clock.Now().Add(time.Hour), nil)), source.Failure)
	if !strings.Contains(said, NoLicence) || !strings.Contains(said, "P1") || !strings.Contains(said, "Authentication_RequestFromNonPremiumTenantOrB2CTenant") {
		t.Errorf("licence: %q", said)
	}
}

// TestHostileAnswers serves texts that repeat secrets and lead astray.
func TestHostileAnswers(t *testing.T) {
	leak := `"secret":"` + secret + `"`
	answer := func(status int, body string, header ...string) func(*http.Request) *http.Response {
		return func(r *http.Request) *http.Response {
			h := http.Header{"Content-Type": {"application/json"}}
			for i := 0; i+1 < len(header); i += 2 {
				h.Set(header[i], header[i+1])
			}
			echo := strings.ReplaceAll(body, "TOKEN", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			return &http.Response{StatusCode: status, Header: h, Body: readCloser{strings.NewReader(echo)}, ContentLength: -1, Request: r}
		}
	}
	for name, c := range map[string]struct {
		give func(*http.Request) *http.Response
		code string
	}{
		"401 that repeats the token":   {answer(401, `{"error":{"code":"TOKEN","message":"TOKEN `+secret+`"}}`), Unauthorized},
		"403 that repeats the secret":  {answer(403, `{"error":{"code":"`+secret+`","message":"x"},`+leak+`}`), NoPermission},
		"403 of words":                 {answer(403, `{"error":{"code":"accessDenied"}}`), NoPermission},
		"403 without a body":           {answer(403, ``), NoPermission},
		"400":                          {answer(400, `{"error":{"code":"BadRequest","message":"`+secret+`"}}`), Refused},
		"404":                          {answer(404, `no such thing `+secret), NotThere},
		"redirect to another host":     {answer(302, ``, "Location", "https://evil.example/"), Unreachable},
		"page of another service":      {answer(200, `<html>`+secret), Unreachable},
		"page without records":         {answer(200, `{"error":"`+secret+`"}`), Unreachable},
		"next page on another host":    {answer(200, `{"value":[],"@odata.nextLink":"https://evil.example/v1.0/x?t=1"}`), ForeignLink},
		"next page in the clear":       {answer(200, `{"value":[],"@odata.nextLink":"http://graph.example/v1.0/x?t=1"}`), ForeignLink},
		"next page that leads nowhere": {answer(200, `{"value":[],"@odata.nextLink":"https://graph.example/v1.0/auditLogs/signIns?t=1"}`), Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			w := makeWorld(t, 1, 2, "signIns", graphsim.Options{}, Options{})
			asked := 0
			w.app.http.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if asked++; r.URL.Host != "graph.example" || r.URL.Scheme != "https" {
					t.Fatalf("a request goes to %s", r.URL.Host)
				}
				return c.give(r), nil
			})
			pages := w.readUntilNotice(t, c.code)
			for _, n := range notices(pages) {
				if strings.Contains(n.Text+n.Code, secret) || strings.Contains(n.Text, "eyJ0eXAi") {
					t.Errorf("a notice holds a secret: %s", n.Text)
				}
			}
			if len(claims(pages)) > 0 {
				t.Errorf("claims without a good answer: %+v", claims(pages)[0])
			}
			if asked > 400 {
				t.Errorf("%d requests", asked)
			}
		})
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// TestCredentials gets tokens from the login service with the real library.
func TestCredentials(t *testing.T) {
	w := makeWorld(t, 1, 2, "signIns", graphsim.Options{}, Options{})
	client := w.server.Client()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("aaa.bbb.ccc"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := CredentialOptions{Kind: Secret, Tenant: w.live.Tenant(), Client: "6f0a1d0e-5a0b-4c57-9d43-0d8f53b3a001", Secret: secret, Login: "https://login.example", HTTP: client}
	with := func(f func(*CredentialOptions)) CredentialOptions { o := base; f(&o); return o }
	for name, c := range map[string]struct {
		o    CredentialOptions
		code string
	}{
		"secret":       {base, ""},
		"certificate":  {with(func(o *CredentialOptions) { o.Kind, o.CertificateFile = Certificate, makeCertificate(t) }), ""},
		"federated":    {with(func(o *CredentialOptions) { o.Kind, o.TokenFile = Federated, token }), ""},
		"wrong secret": {with(func(o *CredentialOptions) { o.Secret = "wr0ng~" + secret }), "AADSTS7000215"},
		"wrong client": {with(func(o *CredentialOptions) { o.Client = "6f0a1d0e-5a0b-4c57-9d43-0d8f53b3a002" }), "AADSTS700016"},
	} {
		t.Run(name, func(t *testing.T) {
			cred, err := NewCredential(c.o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.example/.default"}})
			if c.code == "" {
				if err != nil || !strings.HasPrefix(got.Token, "eyJ") {
					t.Fatalf("token %q, error %v", got.Token, err)
				}
				return
			}
			w.app.o.Credential = cred
			w.app.tokens.held.Token = ""
			w.source = w.newSource(t, "signIns")
			said := texts(notices(w.readUntilNotice(t, NoToken)), source.Failure)
			if !strings.Contains(said, c.code) || strings.Contains(said, secret) {
				t.Errorf("notice %q", said)
			}
		})
	}
	web := httptest.NewServer(w.server)
	defer web.Close()
	cred, err := NewCredential(with(func(o *CredentialOptions) { o.Login, o.HTTP = web.URL, nil }))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.example/.default"}}); err != nil || !strings.HasPrefix(got.Token, "eyJ") {
		t.Errorf("from a simulated login service: token %q, error %v", got.Token, err)
	}
	cred, _ = NewCredential(with(func(o *CredentialOptions) { o.Login, o.HTTP, o.Secret = web.URL, nil, secret+"x" }))
	if _, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.example/.default"}}); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") || strings.Contains(err.Error(), secret) {
		t.Errorf("with a wrong secret: %v", err)
	}
	for name, o := range map[string]CredentialOptions{
		"secret in the clear": with(func(o *CredentialOptions) { o.Login = "http://login.example" }),
		"no login service":    with(func(o *CredentialOptions) { o.Login = "login.example" }),
		"no kind":             {Tenant: "t"}, "empty secret": {Kind: Secret, Tenant: "t", Client: "c"}, "no file": {Kind: Certificate, CertificateFile: "/nowhere"},
		"no certificate": {Kind: Certificate, CertificateFile: token, Password: secret},
	} {
		if _, err := NewCredential(o); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
