package eventhub

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

const (
	dialTimeout = 10 * time.Second
	// maxResponse bounds an answer of a broker. The largest message of Event
	// Hubs has 20 MB, and brokers send a whole batch whatever they were asked.
	maxResponse = 100 << 20
)

// versions are those of requests that are known to work with Event Hubs.
// Fetch 12 is the last that names topics by name; ApiVersions 4 makes Event Hubs
// close the connection.
func versions() *kversion.Versions {
	v := kversion.V3_7_0()
	v.SetMaxKeyVersion(1, 12)
	return v
}

// client makes a client that does nothing by itself. ctx is its life.
func (s *Source) client(ctx context.Context, hooks ...kgo.Hook) (*kgo.Client, error) {
	o := &s.o
	opts := []kgo.Opt{
		kgo.WithContext(ctx),
		kgo.ClientID("wholelog"),
		kgo.SeedBrokers(s.seeds...),
		kgo.Dialer(s.dial),
		kgo.MaxVersions(versions()),
		// Retries are this package's: it knows the clock and what to say.
		kgo.RequestRetries(1),
		kgo.RetryTimeout(o.Timeout),
		kgo.RetryBackoffFn(func(int) time.Duration { return o.Wait / 4 }),
		kgo.RequestTimeoutOverhead(max(o.Timeout, 100*time.Millisecond)),
		kgo.BrokerMaxReadBytes(maxResponse),
		kgo.MaxDecompressBatchBytes(o.MaxBatch),
		kgo.DisableClientMetrics(),
		kgo.WithHooks(hooks...),
	}
	switch {
	case s.password != "":
		opts = append(opts, kgo.SASL(plain.Auth{User: "$ConnectionString", Pass: s.password}.AsMechanism()))
	case o.Credential != nil:
		opts = append(opts, kgo.SASL(oauth.Oauth(s.token)))
	}
	return kgo.NewClient(opts...)
}

// dial connects to a broker, which may be one that another broker named.
func (s *Source) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, errForeign
	}
	if s.password != "" || s.o.Credential != nil {
		// A broker's word alone must not send a secret elsewhere.
		if s.o.Plaintext && !loopback(host) || s.azure && !s.own(host) {
			return nil, errForeign
		}
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := s.o.Dial(ctx, network, address)
	if err != nil || s.o.Plaintext {
		return conn, err
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.o.TLS != nil {
		cfg = s.o.TLS.Clone()
	}
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	c := tls.Client(conn, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says more
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || reset(err) {
			return nil, &closedError{err}
		}
		var t net.Error
		if ctx.Err() != nil || errors.As(err, &t) && t.Timeout() {
			return nil, err
		}
		return nil, &tlsError{err}
	}
	return c, nil
}

// own reports whether a host is the namespace's or one beside it.
func (s *Source) own(host string) bool {
	ns, _, _ := net.SplitHostPort(s.seeds[0])
	host = strings.ToLower(host)
	_, domain, ok := strings.Cut(ns, ".")
	return host == ns || loopback(ns) && loopback(host) || ok && net.ParseIP(ns) == nil && strings.HasSuffix(host, "."+domain)
}

// errForeign says that a broker named another host as a broker.
var errForeign = errors.New("a broker outside the namespace")

// closedError is a connection that was closed before a word was said on it.
type closedError struct{ err error }

func (e *closedError) Error() string { return "connection closed at once: " + e.err.Error() }
func (e *closedError) Unwrap() error { return e.err }

type tlsError struct{ err error }

func (e *tlsError) Error() string { return "TLS: " + e.err.Error() }
func (e *tlsError) Unwrap() error { return e.err }

// token gets an access token for a new connection. The credential keeps
// tokens; the client asks again before a session ends.
func (s *Source) token(ctx context.Context) (oauth.Auth, error) {
	host, _, err := net.SplitHostPort(withPort(s.o.Namespace, "9093"))
	if err != nil {
		return oauth.Auth{}, &tokenError{}
	}
	t, err := s.o.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://" + host + "/.default"}})
	if err != nil {
		return oauth.Auth{}, &tokenError{code: loginCode.FindString(err.Error())}
	}
	return oauth.Auth{Token: t.Token}, nil
}

var loginCode = regexp.MustCompile(`AADSTS[0-9]{4,8}`)

// tokenError stands for an error of the credential, of which only the code is
// kept: the text repeats the login service's answer, which can hold anything.
type tokenError struct{ code string }

func (e *tokenError) Error() string {
	if e.code == "" {
		return "no access token"
	}
	return "no access token: " + e.code
}
