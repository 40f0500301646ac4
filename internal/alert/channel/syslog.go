package channel

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	commoncfg "github.com/prometheus/common/config"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/render"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// syslog sends RFC 5424 messages over TLS (RFC 5425), counted in octets, each
// on a connection of its own that is closed in order. The protocol has no
// answer: an orderly close by the other side is the most that can be known.
type syslog struct{ cfg *setup.Syslog }

func (s *syslog) Closed() bool { return setup.Wants(s.cfg.SendClosed) }

func (s *syslog) Send(ctx context.Context, d *Delivery) Result {
	line, err := s.line(d)
	if err != nil {
		return Result{Err: err, Permanent: true}
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return Result{Err: scrub(err, nil)}
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	if _, err := fmt.Fprintf(conn, "%d %s", len(line), line); err != nil {
		return Result{Err: fmt.Errorf("write: %w", err)}
	}
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		if err := c.CloseWrite(); err != nil {
			return Result{Err: fmt.Errorf("close: %w", err)}
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	status := "closed in order"
	if _, err := io.Copy(io.Discard, conn); err != nil {
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() {
			return Result{Err: fmt.Errorf("the other side broke off: %w", err)}
		}
		status = "written; the other side did not close"
	}
	return Result{Status: status}
}

func (s *syslog) dial(ctx context.Context) (net.Conn, error) {
	nd := &net.Dialer{Timeout: 10 * time.Second}
	if s.cfg.Plain {
		return nd.DialContext(ctx, "tcp", s.cfg.Address)
	}
	name := s.cfg.TLS.ServerName
	if name == "" {
		name, _, _ = net.SplitHostPort(s.cfg.Address)
	}
	tc, err := commoncfg.NewTLSConfig(&commoncfg.TLSConfig{CAFile: s.cfg.TLS.CA, CertFile: s.cfg.TLS.Cert, KeyFile: s.cfg.TLS.Key, ServerName: name})
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return (&tls.Dialer{NetDialer: nd, Config: tc}).DialContext(ctx, "tcp", s.cfg.Address)
}

// maxLine is what receivers usually take of one message.
const maxLine = 32 << 10

// line makes the message: structured data for what filters need, the rest as
// JSON.
func (s *syslog) line(d *Delivery) (string, error) {
	n := *d.Notification
	facility := 13
	if s.cfg.Facility != nil {
		facility = *s.cfg.Facility
	}
	host := s.cfg.Hostname
	if host == "" {
		host, _ = os.Hostname()
	}
	sd := fmt.Sprintf(`[wholelog@32473 delivery="%s" incident="%s" revision="%d" kind="%s" severity="%s" rule="%s" tenant="%s"]`,
		d.ID, param(n.Incident), n.Revision, n.Kind, param(n.Severity), param(n.Labels["rule"]), param(n.Tenant))
	head := fmt.Sprintf("<%d>1 %s %s wholelog - %s %s ", facility*8+syslogSeverity(&n), d.Enqueued.UTC().Format("2006-01-02T15:04:05.000000Z"), token(host, 255), token(d.ID, 32), sd)
	for {
		b, err := json.Marshal(struct {
			Changes int `json:"changes"`
			message.Notification
		}{d.Changes, n})
		if err != nil {
			return "", err
		}
		line := head + "\ufeff" + string(b)
		switch {
		case len(line) <= maxLine:
			return line, nil
		case n.Evidence != nil:
			n.Evidence = nil
		case n.Query != "":
			n.Query = ""
		case len(n.Summary) > 1000:
			n.Summary = message.Shorten(n.Summary, 1000)
		case len(n.Entities) > 5:
			n.Entities = n.Entities[:5]
		default:
			return message.Shorten(line, maxLine), nil
		}
	}
}

// token is a header field: visible ASCII, or "-". The end of a delivery's ID
// tells it apart, so that is kept where it is too long.
func token(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r > 32 && r < 127 {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "-"
	}
	return s[max(len(s)-limit, 0):]
}

func param(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(message.Shorten(render.Plain(s), 300))
}

func syslogSeverity(n *message.Notification) int {
	if n.Urgent {
		return 1 // alert
	}
	switch strings.ToLower(n.Severity) {
	case "critical":
		return 2
	case "high":
		return 3
	case "medium":
		return 4
	case "low":
		return 5
	}
	return 6
}
