package kube_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	randv2 "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/intake"
	"github.com/wholelog/wholelog/internal/source/intake/intaketest"
	"github.com/wholelog/wholelog/internal/source/kube"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

const token = "0123456789abcdef-apiserver"

// auditEvent is an event as the log backend writes it.
func auditEvent(i int) string {
	at := time.Date(2026, 10, 5, 10, 0, 0, i*1000, time.UTC).Format("2006-01-02T15:04:05.000000Z")
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%08x-0000-4000-8000-000000000000","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/default/secrets/s%d","verb":"get","user":{"username":"u@example.com","groups":["system:authenticated"]},"sourceIPs":["10.0.0.1"],"userAgent":"kubectl/v1.34","objectRef":{"resource":"secrets","namespace":"default","name":"s%d","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":%q,"stageTimestamp":%q,"annotations":{"authorization.k8s.io/decision":"allow"}}`, i, i, i, at, at)
}

// item is an event as it stands in a list: the API server writes kind and
// version once, for the list.
func item(i int) string {
	return strings.Replace(auditEvent(i), `"kind":"Event","apiVersion":"audit.k8s.io/v1",`, "", 1)
}

func list(items ...string) string {
	return `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + strings.Join(items, ",") + `]}`
}

// auditKey names an event by what it is, whether or not it was understood.
func auditKey(r event.Record) string {
	var e struct{ AuditID, Stage string }
	_ = json.Unmarshal(r.Raw, &e)
	return e.AuditID + " " + e.Stage
}

func serve(t testing.TB, o kube.Options) (*kube.Webhook, string) {
	t.Helper()
	if o.Authorize == nil {
		f, err := intake.Bearer(map[string]string{"prod": token})
		if err != nil {
			t.Fatal(err)
		}
		o.Authorize = f
	}
	w, err := kube.NewWebhook(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(kube.Prefix, w)
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	return w, web.URL
}

// TestWebhookConformance runs the suite with an API server that sends each
// batch until it is answered.
func TestWebhookConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{Seeds: 12, Start: func(t testing.TB, seed uint64, faults bool) sourcetest.World {
		hook, address := serve(t, kube.Options{Tenant: "tenant-1", Limits: intake.Limits{Wait: 30 * time.Millisecond, Grace: time.Second, MaxMemory: 1 << 20, MaxPage: 8 << 10}})
		s := intaketest.Sender{Address: address + kube.Prefix + "prod?timeout=30s", Token: token, Seed: seed, Faults: faults, Workers: 2}
		r := randv2.New(randv2.NewPCG(seed, 7))
		var events []sourcetest.Event
		for i := 0; i < 90; {
			var items []string
			for range min(1+r.IntN(3), 90-i) {
				one := auditEvent(i)
				if r.IntN(3) == 0 {
					one = item(i)
				}
				items = append(items, one)
				events = append(events, sourcetest.Event{Key: auditKey(event.Record{Raw: []byte(one)})})
				i++
			}
			s.Batches = append(s.Batches, []byte(list(items...)))
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		sent := make(chan struct{})
		wg.Go(func() {
			if err := s.Run(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			close(sent)
		})
		t.Cleanup(func() { cancel(); wg.Wait() })
		over := func() bool {
			select {
			case <-sent:
				return true
			default:
				return false
			}
		}
		return sourcetest.World{Source: func() source.Source { return hook }, Events: func() []sourcetest.Event { return events }, Over: over, Tenant: "tenant-1", Secrets: []string{token}, Key: auditKey}
	}})
}

// collected is what a source yields while a test runs.
type collected struct {
	mu      sync.Mutex
	records []event.Record
	notices []source.Notice
}

func collect(t testing.TB, s source.Source) *collected {
	c := new(collected)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.records = append(c.records, p.Records...)
			c.notices = append(c.notices, p.Notices...)
			return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

func (c *collected) all() []event.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.records)
}

func (c *collected) code(code string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, x := range c.notices {
		if x.Code == code {
			n++
		}
	}
	return n
}

func post(t testing.TB, c *http.Client, address, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestEventsAreKeptAsSent(t *testing.T) {
	hook, address := serve(t, kube.Options{})
	got := collect(t, hook)
	truncated := strings.Replace(auditEvent(3), `"annotations":{`, `"annotations":{"audit.k8s.io/truncated":"true",`, 1)
	want := []string{auditEvent(1), item(2), truncated}
	if status, text := post(t, http.DefaultClient, address+"/v1/kube/prod-eu.1?timeout=30s", list(want...)); status != 200 {
		t.Fatalf("status %d: %s", status, text)
	}
	if len(got.all()) != len(want) {
		t.Fatalf("%d records, want %d", len(got.all()), len(want))
	}
	for i, r := range got.all() {
		if string(r.Raw) != want[i] || len(r.Context) != 0 || r.Source != "kube:prod-eu.1" {
			t.Errorf("record from %q is %s with context %q, want %s", r.Source, r.Raw, r.Context, want[i])
		}
	}
	if r := got.all()[0]; r.Table != "AKSAudit" || r.Format != event.FormatKubeEvent {
		t.Errorf("an event is in table %q", r.Table)
	}
}

// TestOldVersionsAreKept: to refuse them would make the API server drop them.
func TestOldVersionsAreKept(t *testing.T) {
	hook, address := serve(t, kube.Options{})
	got := collect(t, hook)
	old := strings.ReplaceAll(list(auditEvent(1), item(2)), "audit.k8s.io/v1", "audit.k8s.io/v1beta1")
	if status, text := post(t, http.DefaultClient, address+"/v1/kube/old", old); status != 200 {
		t.Fatalf("status %d: %s", status, text)
	}
	if status, text := post(t, http.DefaultClient, address+"/v1/kube/old", `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}`); status != 200 {
		t.Fatalf("status %d: %s", status, text)
	}
	if status, text := post(t, http.DefaultClient, address+"/v1/kube/old", list()); status != 200 {
		t.Fatalf("an empty list: status %d: %s", status, text)
	}
	for code, n := range map[string]int{kube.OldVersion: 1, kube.NoEvents: 1} {
		for end := time.Now().Add(10 * time.Second); got.code(code) < n && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if got.code(code) != n {
			t.Errorf("notice %s was given %d times, want %d", code, got.code(code), n)
		}
	}
	if len(got.all()) != 3 {
		t.Errorf("%d records, want 3", len(got.all()))
	}
}

func TestClusterNames(t *testing.T) {
	hook, address := serve(t, kube.Options{Label: "eu", Cluster: "prod"})
	got := collect(t, hook)
	f := func(path string, want int) {
		t.Helper()
		if status, text := post(t, http.DefaultClient, address+path, list(auditEvent(1))); status != want || strings.Contains(text, "<script>") {
			t.Errorf("%s: status %d, want %d: %s", path, status, want, text)
		}
	}
	f("/v1/kube/prod", 200)
	f("/v1/kube/", 200)
	f("/v1/kube/prod/", 200)
	f("/v1/kube/test", 404)
	f("/v1/kube/prod%2f..%2f..", 404)
	f("/v1/kube/%3Cscript%3E", 404)
	if hook.Name() != "kube:eu" || got.all()[0].Source != "kube:eu/prod" {
		t.Errorf("source %s, records from %s", hook.Name(), got.all()[0].Source)
	}
	for _, o := range []kube.Options{{}, {Cluster: "a/b", Authorize: intake.Certificate()}, {Label: "../x", Authorize: intake.Certificate()}} {
		if _, err := kube.NewWebhook(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// TestClientCertificates is the other way in which an API server proves who it
// is.
func TestClientCertificates(t *testing.T) {
	hook, err := kube.NewWebhook(kube.Options{Authorize: intake.Any(intake.Certificate("apiserver"), func(*http.Request) (string, int) { return "", http.StatusUnauthorized })})
	if err != nil {
		t.Fatal(err)
	}
	collect(t, hook)
	good, pool := certificate(t, "apiserver")
	other, otherPool := certificate(t, "somebody")
	pool.AddCert(otherPool)
	web := httptest.NewUnstartedServer(hook)
	web.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool.CertPool}
	web.Config.ErrorLog = nil
	web.StartTLS()
	defer web.Close()
	for _, c := range []struct {
		name string
		cert []tls.Certificate
		want int
	}{{"the API server", []tls.Certificate{good}, 200}, {"another", []tls.Certificate{other}, 403}, {"nobody", nil, 401}} {
		client := web.Client()
		tr := client.Transport.(*http.Transport).Clone()
		tr.TLSClientConfig.Certificates = c.cert
		client.Transport = tr
		if status, text := post(t, client, web.URL+"/v1/kube/prod", list(auditEvent(1))); status != c.want {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.want, text)
		}
		tr.CloseIdleConnections()
	}
}

// roots is a pool and the certificate that was added to it first.
type roots struct {
	*x509.CertPool
	first *x509.Certificate
}

func (r *roots) AddCert(o *roots) { r.CertPool.AddCert(o.first) }

func certificate(t *testing.T, name string) (tls.Certificate, *roots) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := &roots{x509.NewCertPool(), leaf}
	pool.AddCert(pool)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// TestWebhookIsHostileProof: the limits are those of package intake, tested in
// package push; here only that the webhook has them.
func TestWebhookIsHostileProof(t *testing.T) {
	hook, address := serve(t, kube.Options{Limits: intake.Limits{MaxBody: 1000}})
	collect(t, hook)
	if status, _ := post(t, http.DefaultClient, address+"/v1/kube/prod", string(bytes.Repeat([]byte(" "), 1001))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that is too large: status %d", status)
	}
	resp, err := http.Post(address+"/v1/kube/prod", "application/json", strings.NewReader(list(auditEvent(1))))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: status %d", resp.StatusCode)
	}
}
