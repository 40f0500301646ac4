package channel_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// postOffice is a real mail server with TLS that knows one user.
type postOffice struct {
	addr, ca string
	mu       sync.Mutex
	raw      []byte
	to       []string
	auth     string
	tls      bool
}

func newPostOffice(t *testing.T, encrypted bool) *postOffice {
	t.Helper()
	p := &postOffice{}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &visit{p, c}, nil }))
	s.Domain = "mail.test"
	if encrypted {
		var cert tls.Certificate
		cert, p.ca = certificate(t)
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return p
}

type visit struct {
	p *postOffice
	c *smtp.Conn
}

func (v *visit) AuthMechanisms() []string {
	if _, ok := v.c.TLSConnectionState(); !ok {
		return nil
	}
	return []string{"PLAIN", "XOAUTH2"}
}

func (v *visit) Auth(mech string) (sasl.Server, error) {
	if mech == "XOAUTH2" {
		return xoauth2(func(user, token string) error { return v.login("XOAUTH2", user, token) }), nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return v.login(mech, user, password) }), nil
}

func (v *visit) login(mech, user, secret string) error {
	if user != "alerts" || secret != "hunter2hunter2" {
		return errors.New("no such user: " + user + " " + secret)
	}
	v.p.mu.Lock()
	defer v.p.mu.Unlock()
	v.p.auth = mech
	return nil
}

// xoauth2 is the server's side of that mechanism.
type xoauth2 func(user, token string) error

func (x xoauth2) Next(b []byte) ([]byte, bool, error) {
	f := strings.Split(string(b), "\x01")
	if len(f) < 2 {
		return nil, false, nil
	}
	return nil, true, x(strings.TrimPrefix(f[0], "user="), strings.TrimPrefix(f[1], "auth=Bearer "))
}

func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.p.mu.Lock()
	defer v.p.mu.Unlock()
	v.p.to = append(v.p.to, to)
	return nil
}
func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.p.mu.Lock()
	defer v.p.mu.Unlock()
	v.p.raw = b
	_, v.p.tls = v.c.TLSConnectionState()
	return err
}
func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// certificate makes one for this machine, and the file of its authority.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// parts reads a mail as a mail program does.
func parts(t *testing.T, raw []byte) (mail.Header, map[string]string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %s: %v", kind, err)
	}
	out := map[string]string{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, out
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		out[kind] = string(b)
	}
}

func TestHostileTextInMail(t *testing.T) {
	p := newPostOffice(t, false)
	s := one(t, fmt.Sprintf(", email_configs: [{to: 'soc@contoso.example', from: 'a@contoso.example', smarthost: %q, require_tls: false, headers: {X-Account: '{{ .CommonLabels.account }}'}}]", p.addr), "")
	send(t, s, delivery(sample()))
	h, part := parts(t, p.raw)
	if h.Get("Bcc") != "" || len(p.to) != 1 || len(h["X-Account"]) != 1 {
		t.Errorf("headers were injected: %v to %v", h, p.to)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "[wholelog] high: Odd client </td>") || strings.ContainsAny(subject, "\u202e\u200b\r\n") {
		t.Errorf("subject %q: %v", subject, err)
	}
	html := part["text/html"]
	for _, bad := range []string{"<script", "\u202e", "\u200b", "<img", "src=", "url(", "@import", "<link"} {
		if strings.Contains(html, bad) {
			t.Errorf("the HTML holds %q:\n%s", bad, html)
		}
	}
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "2 of 42 rows", `href="https://wholelog.example/incidents/7"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the HTML lacks %q:\n%s", want, html)
		}
	}
	if text := part["text/plain"]; !strings.Contains(text, "2 of 42 rows") || !strings.Contains(text, "https://wholelog.example/incidents/7") || strings.Contains(text, "\u202e") {
		t.Errorf("text:\n%s", text)
	}
}

func TestOwnTemplatesInMail(t *testing.T) {
	p := newPostOffice(t, false)
	s := one(t, fmt.Sprintf(", email_configs: [{to: 'soc@contoso.example', from: 'a@contoso.example', smarthost: %q, require_tls: false, headers: {subject: 'S {{ .CommonLabels.severity }}'}, html: '<p>{{ .CommonLabels.account }}</p>', text: 'T {{ .CommonAnnotations.incident }}'}]", p.addr), "")
	send(t, s, delivery(sample()))
	h, part := parts(t, p.raw)
	if h.Get("Subject") != "S high" || part["text/plain"] != "T #7" || !strings.HasPrefix(part["text/html"], "<p>&lt;/td&gt;&lt;script") {
		t.Errorf("%v %q", h, part)
	}
}

func TestMailLogin(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("hunter2hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(more, extra, wantAuth string) {
		t.Helper()
		p := newPostOffice(t, true)
		s := one(t, fmt.Sprintf(", email_configs: [{to: 'soc@contoso.example', from: 'a@contoso.example', smarthost: %q, tls_config: {ca_file: %q}, %s}]", p.addr, p.ca, more), extra)
		r := s.Send(context.Background(), delivery(sample()))
		if wantAuth == "" {
			if r.Err == nil || strings.Contains(r.Err.Error(), "hunter2") || strings.Contains(r.Err.Error(), "wrong word") {
				t.Errorf("%s: %v", more, r.Err)
			}
			return
		}
		if r.Err != nil || !p.tls || p.auth != wantAuth {
			t.Errorf("%s: %v, TLS %v, login %q", more, r.Err, p.tls, p.auth)
		}
	}
	f("auth_username: alerts, auth_password: hunter2hunter2", "", "PLAIN")
	f(fmt.Sprintf("auth_username: alerts, auth_password_file: %q", token), "", "PLAIN")
	f("auth_username: alerts", fmt.Sprintf(", mail_oauth2: [{username: alerts, token: {file: %q}}]", token), "XOAUTH2")
	f("auth_username: alerts, auth_password: 'wrong word'", "", "")

	implicit := newPostOffice(t, true)
	cert, ca := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &visit{implicit, c}, nil }))
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	direct := one(t, fmt.Sprintf(", email_configs: [{to: 'soc@contoso.example', from: 'a@contoso.example', smarthost: %q, force_implicit_tls: true, tls_config: {ca_file: %q}}]", l.Addr().String(), ca), "")
	if r := direct.Send(context.Background(), delivery(sample())); r.Err != nil || !implicit.tls {
		t.Errorf("TLS from the first octet: %v", r.Err)
	}

	// TLS is required by default, and the certificate is checked.
	p := newPostOffice(t, false)
	s := one(t, fmt.Sprintf(", email_configs: [{to: 'soc@contoso.example', from: 'a@contoso.example', smarthost: %q}]", p.addr), "")
	if r := s.Send(context.Background(), delivery(sample())); r.Err == nil || p.raw != nil {
		t.Errorf("mail went out without TLS: %+v", r)
	}
	p = newPostOffice(t, true)
	s = one(t, fmt.Sprintf(", email_configs: [{to: 'soc@contoso.example', from: 'a@contoso.example', smarthost: %q}]", p.addr), "")
	if r := s.Send(context.Background(), delivery(sample())); r.Err == nil || p.raw != nil {
		t.Errorf("mail went out to whom nobody vouches for: %+v", r)
	}
}
