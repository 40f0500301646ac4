package eventhub

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

const connectionString = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=" + secret

// login makes brokers ask for a login of one mechanism, as Event Hubs does it.
func (h *hub) login(mechanism string, accept func(auth string) *kerr.Error) {
	h.c.Control(func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		h.c.KeepControl()
		switch req := kreq.(type) {
		case *kmsg.SASLHandshakeRequest:
			resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
			if resp.SupportedMechanisms = []string{mechanism}; req.Mechanism != mechanism {
				resp.ErrorCode = kerr.UnsupportedSaslMechanism.Code
			}
			return resp, nil, true
		case *kmsg.SASLAuthenticateRequest:
			resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
			if err := accept(string(req.SASLAuthBytes)); err != nil {
				resp.ErrorCode, resp.ErrorMessage = err.Code, kmsg.StringPtr("denied: "+string(req.SASLAuthBytes))
			}
			return resp, nil, true
		}
		return nil, nil, false
	})
}

func (h *hub) plain(t testing.TB, password string) {
	h.login("PLAIN", func(auth string) *kerr.Error {
		if auth != "\x00$ConnectionString\x00"+password {
			return kerr.SaslAuthenticationFailed
		}
		return nil
	})
}

// clean checks that no secret is in what a source gave.
func clean(t testing.TB, pages []source.Page, secrets ...string) {
	t.Helper()
	for _, p := range pages {
		for _, s := range secrets {
			for _, n := range p.Notices {
				if strings.Contains(n.Text, s) {
					t.Errorf("a secret stands in %q", n.Text)
				}
			}
			if strings.Contains(string(p.Next), s) {
				t.Errorf("a secret stands in cursor %s", p.Next)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 2)
	h.plain(t, connectionString)
	o := h.options()
	o.ConnectionString = " " + connectionString + "\n" // as files have it
	clean(t, read(t, newSource(t, o), nil, count(2)), secret)
}

// TestPlainOfKfake logs in at a broker that closes the connection if a
// password is wrong, which is what old brokers do.
func TestPlainOfKfake(t *testing.T) {
	h := newHub(t, 1, kfake.EnableSASL(), kfake.Superuser("PLAIN", "$ConnectionString", connectionString))
	o := h.options()
	o.ConnectionString = connectionString
	s := newSource(t, o)
	read(t, s, nil, func(p []source.Page) bool { return last(p) != nil })
	o.ConnectionString = strings.Replace(connectionString, secret, "wrong"+secret, 1)
	pages := read(t, newSource(t, o), nil, noticed(Unauthorized))
	clean(t, pages, secret)
}

// TestRefused lets the login fail for a while: the operator is told what is
// needed, and it goes on by itself.
func TestRefused(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 1)
	var open atomic.Bool
	h.login("PLAIN", func(string) *kerr.Error {
		if !open.Load() {
			return kerr.SaslAuthenticationFailed
		}
		return nil
	})
	o := h.options()
	o.ConnectionString = connectionString
	pages := read(t, newSource(t, o), nil, func(p []source.Page) bool {
		if text := find(p, Unauthorized); text != "" {
			open.Store(true)
		}
		return len(records(p)) == 1 && find(p, Recovered) != ""
	})
	for _, want := range []string{"Listen", "Azure Event Hubs Data Receiver", "Basic", "Standard"} {
		if text := find(pages, Unauthorized); !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	for _, n := range notices(pages) {
		if n.Code == Unauthorized && n.Level != source.Failure {
			t.Errorf("%+v", n)
		}
	}
	clean(t, pages, secret)
}

// tokens is a credential.
type tokens struct {
	scope atomic.Value
	err   error
}

func (c *tokens) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scope.Store(o.Scopes[0])
	return azcore.AccessToken{Token: "eyJ0eXAi." + secret, ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

func TestToken(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 2)
	h.login("OAUTHBEARER", func(auth string) *kerr.Error {
		if auth != "n,,\x01auth=Bearer eyJ0eXAi."+secret+"\x01\x01" {
			return kerr.SaslAuthenticationFailed
		}
		return nil
	})
	o := h.options()
	c := &tokens{}
	o.Credential, o.Namespace = c, "Contoso.servicebus.windows.net"
	clean(t, read(t, newSource(t, o), nil, count(2)), secret)
	if got := c.scope.Load(); got != "https://contoso.servicebus.windows.net/.default" {
		t.Errorf("scope %v", got)
	}
	c.err = errors.New("AADSTS7000222: the client secret " + secret + " has expired")
	pages := read(t, newSource(t, o), nil, noticed(NoToken))
	if text := find(pages, NoToken); !strings.Contains(text, "AADSTS7000222") {
		t.Error(text)
	}
	clean(t, pages, secret)
}

// certificate makes one for names, and the pool that trusts it.
func certificate(t testing.TB, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestTLS(t *testing.T) {
	cert, pool := certificate(t, "localhost")
	h := newHub(t, 1, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
	h.plain(t, connectionString)
	o := h.options()
	o.Plaintext, o.ConnectionString, o.TLS = false, connectionString, &tls.Config{RootCAs: pool}
	read(t, newSource(t, o), nil, func(p []source.Page) bool { return last(p) != nil })

	o.TLS = nil
	pages := read(t, newSource(t, o), nil, noticed(Untrusted))
	if text := find(pages, Untrusted); !strings.Contains(text, "authority") {
		t.Error(text)
	}
	clean(t, pages, secret)
}

// TestForeignBroker has a broker name another host as a broker: it gets no
// secret.
func TestForeignBroker(t *testing.T) {
	cert, pool := certificate(t, "contoso.servicebus.windows.net")
	h := newHub(t, 1, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
	h.plain(t, connectionString)
	o := h.options()
	o.Plaintext, o.ConnectionString, o.TLS = false, connectionString, &tls.Config{RootCAs: pool}
	broker := o.Brokers[0]
	o.Brokers = nil
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "contoso.servicebus.windows.net:9093" {
			t.Errorf("dials %s", address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, broker)
	}
	// kfake says that it is at 127.0.0.1.
	pages := read(t, newSource(t, o), nil, noticed(ForeignBroker))
	clean(t, pages, secret)
}
