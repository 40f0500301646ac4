package eventhub

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wholelog/wholelog/internal/source"
)

const (
	basic  = "a namespace of the Basic tier has no Kafka endpoint: choose the Standard tier or a higher one (namespace, Scale or Pricing tier), or make a namespace of it and point the diagnostic setting there"
	rights = "the connection string's policy needs the claim Listen; an application or managed identity needs the role Azure Event Hubs Data Receiver on the hub or the namespace"
)

// failed says what a failure is, once it has lasted, and how long to wait.
// Nothing of an error's text gets into notices: brokers and login services may
// put anything there.
func (r *run) failed(err error) (pause time.Duration) {
	pause = r.backoff()
	if r.bad < sayAfter {
		return pause
	}
	var (
		token  *tokenError
		closed *closedError
		eof    *kgo.ErrFirstReadEOF
		large  *kgo.ErrDecompressTooLarge
		code   *kerr.Error
		dial   *net.OpError
		dns    *net.DNSError
		tls    *tlsError
		batch  *batchError
	)
	switch {
	case errors.As(err, &token):
		r.note(source.Failure, NoToken, "", "the login service gives no access token%s: check tenant, application and secret or certificate, and that the login service can be reached", in(token.code))
	case errors.Is(err, errForeign):
		r.note(source.Failure, ForeignBroker, "", "a broker names a host outside %s as a broker; it is not connected to, because it would get the connection string or token. Correct the namespace", r.s.seeds[0])
	case errors.As(err, &large):
		r.note(source.Failure, TooLarge, "", "a batch of messages unpacks to more than %d MiB: raise the limit on batches; its partition waits until then", r.s.o.MaxBatch>>20)
	case errors.As(err, &batch):
		r.note(source.Failure, DamagedBatch, "", "a batch of messages arrives damaged again and again; its partition waits, and the others go on. If a proxy is between here and the broker, look there first")
	case errors.As(err, &code):
		r.refused(code)
	case errors.As(err, &tls):
		r.noTLS(tls)
	case r.hook.atLogin() && ended(err):
		r.note(source.Failure, Unauthorized, "", "the broker closes the connection at the login: the connection string or token is not accepted; %s. Also, %s", rights, basic)
	case !r.hook.spoke() && (errors.As(err, &closed) || errors.As(err, &eof) || ended(err)):
		r.note(source.Failure, NoKafka, "", "%s closes the connection before a word of Kafka is said: %s. If the tier is right, a firewall or the namespace's own network rules cut the connection, or TLS is wanted on one side only", r.s.seeds[0], basic)
	case errors.As(err, &dns):
		r.note(source.Warning, Unreachable, "", "the name %s is not known: check the namespace's spelling and its domain (of the cloud, or of the private link)", r.s.seeds[0])
	case errors.As(err, &dial) && dial.Op == "dial":
		r.noConnection()
	default:
		if r.bad >= 2*sayAfter {
			hint := ""
			if !r.hook.spoke() {
				hint = ". Check host, port (9093) and firewall; also, " + basic
			}
			r.note(source.Warning, Unreachable, "", "no answer from %s for a while (%s); it is tried again, and nothing is skipped%s", r.s.seeds[0], network(err), hint)
		}
	}
	return pause
}

// refused is a failure that the broker gives a code for.
func (r *run) refused(code *kerr.Error) {
	switch code {
	case kerr.SaslAuthenticationFailed, kerr.IllegalSaslState, kerr.UnsupportedSaslMechanism, kerr.SecurityDisabled:
		what := "the connection string (was its key changed, or the policy removed?)"
		if r.s.o.Credential != nil {
			what = "the access token"
		}
		r.note(source.Failure, Unauthorized, "", "the namespace does not accept %s (%s): %s. Also, %s", what, code.Message, rights, basic)
	case kerr.TopicAuthorizationFailed, kerr.ClusterAuthorizationFailed, kerr.GroupAuthorizationFailed:
		r.note(source.Failure, Unauthorized, "", "reading hub %s is denied (%s): %s. The Basic tier answers the same, whoever asks: %s", r.s.o.Hub, code.Message, rights, basic)
	case kerr.UnknownTopicOrPartition, kerr.UnknownTopicID, kerr.InvalidTopicException:
		r.note(source.Failure, NotThere, "", "there is no hub %s in %s: correct the name; or make the hub (az eventhubs eventhub create --name %s), name it in the diagnostic setting, or wait if the setting is new: Azure Monitor makes insights-logs-<category> with the first records of a category", r.s.o.Hub, r.s.seeds[0], r.s.o.Hub)
	case kerr.OffsetOutOfRange:
		// The look that follows says what it is.
	case kerr.ThrottlingQuotaExceeded, kerr.PolicyViolation:
		r.note(source.Info, Throttled, "", "the namespace delays requests; nothing is lost, records come later. Raise its throughput or processing units if this lasts")
	default:
		if r.bad >= 2*sayAfter {
			r.note(source.Warning, Unreachable, "", "%s answers with errors for a while (%s); it is tried again, and nothing is skipped", r.s.seeds[0], code.Message)
		}
	}
}

func (r *run) noTLS(err error) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		r.note(source.Failure, Untrusted, "", "the certificate of %s is from an authority that this machine does not know: if a proxy breaks up TLS, add its certificate to the machine's", r.s.seeds[0])
	case errors.As(err, &name):
		r.note(source.Failure, Untrusted, "", "the certificate of %s is one of another name: give the namespace's own host name", r.s.seeds[0])
	case errors.As(err, &invalid):
		r.note(source.Failure, Untrusted, "", "the certificate of %s is not valid: check this machine's clock", r.s.seeds[0])
	default:
		r.note(source.Failure, NoKafka, "", "%s does not speak TLS as a Kafka endpoint does: check host and port (9093). Also, %s", r.s.seeds[0], basic)
	}
}

// noConnection finds out whether the namespace is there and only its Kafka
// endpoint is not.
func (r *run) noConnection() {
	seed := r.s.seeds[0]
	if !r.due(NoKafka) || !r.due(Unreachable) {
		return
	}
	if host, port, err := net.SplitHostPort(seed); r.s.azure && err == nil {
		ctx, cancel := context.WithTimeout(r.ctx, dialTimeout/2)
		defer cancel()
		conn, err := r.s.o.Dial(ctx, "tcp", net.JoinHostPort(host, "5671"))
		if err == nil {
			_ = conn.Close() // nothing was said on it
			r.note(source.Failure, NoKafka, "", "the namespace answers on port 5671 (AMQP), but not on port %s (Kafka): %s. If the tier is right, let outgoing connections to port %s through the firewall", port, basic, port)
			return
		}
	}
	r.note(source.Warning, Unreachable, "", "no connection to %s; it is tried again, and nothing is skipped. Check that outgoing connections to it are let through (firewall, proxy, private link) and that the namespace exists. Also, %s", seed, basic)
}

// ended reports whether a connection was closed by the other side.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || reset(err)
}

func reset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// network names an error of the network without its text, which can hold
// addresses of proxies with their passwords.
func network(err error) string {
	var t interface{ Timeout() bool }
	switch {
	case errors.As(err, &t) && t.Timeout():
		return "no answer in time"
	case ended(err):
		return "the connection is closed"
	}
	return "the connection failed"
}

func in(code string) string {
	if code == "" {
		return ""
	}
	return " (" + code + ")"
}
