package intake

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// TestCountsOfAJointPage: what cannot be told apart is not told.
func TestCountsOfAJointPage(t *testing.T) {
	in, err := New(Options{Name: "x", Authorize: Certificate(), Route: func(*http.Request) (Route, error) { return Route{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	known, none := event.Record{Table: "SigninLogs"}, event.Record{}
	settle := func(t source.Taken) (*Answer, *Answer) {
		a, b := &delivery{in: in, moved: make(chan struct{}, 1), read: 3}, &delivery{in: in, moved: make(chan struct{}, 1), read: 1}
		parts := []*part{{from: a, records: []event.Record{known, none}}, {from: b, records: []event.Record{known}}, {from: a, records: []event.Record{known}}}
		in.settle(parts, t, nil)
		return a.result(), b.result()
	}
	a, b := settle(source.Taken{Read: 4, Accepted: 3, Unparsed: 1})
	if a.Joint != nil || *a.Accepted != 2 || a.Unparsed != 1 || *b.Accepted != 1 || b.Unparsed != 0 {
		t.Errorf("all new: %+v and %+v", a, b)
	}
	a, b = settle(source.Taken{Read: 4, Duplicates: 4})
	if a.Joint != nil || *a.Duplicates != 3 || *b.Duplicates != 1 || *b.Accepted != 0 {
		t.Errorf("all repeats: %+v and %+v", a, b)
	}
	a, b = settle(source.Taken{Read: 4, Accepted: 1, Versions: 1, Duplicates: 2})
	if a.Accepted != nil || a.Joint == nil || a.Joint.Read != 4 || b.Joint == nil || b.Joint.Versions != 1 || a.Read != 3 {
		t.Errorf("mixed: %+v and %+v", a, b)
	}
}

func TestWhoIsLetIn(t *testing.T) {
	const good = "0123456789abcdef-token"
	bearer, err := Bearer(map[string]string{"functions": good, "other": "another-token-0123"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(auth func(*http.Request) (string, int), header, cert, who string, status int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		if cert != "" {
			leaf := &x509.Certificate{Subject: pkix.Name{CommonName: cert}, DNSNames: []string{"dns." + cert}}
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}
			if cert != "unverified" {
				r.TLS.VerifiedChains = [][]*x509.Certificate{{leaf}}
			}
		}
		if w, s := auth(r); w != who || s != status {
			t.Errorf("%q, certificate %q: %q and %d, want %q and %d", header, cert, w, s, who, status)
		}
	}
	f(bearer, "Bearer "+good, "", "functions", 0)
	f(bearer, "bearer  "+good, "", "functions", 0)
	f(bearer, "Bearer "+good[1:], "", "", 401)
	f(bearer, "Bearer", "", "", 401)
	f(bearer, good, "", "", 401)
	f(bearer, "", "", "", 401)
	named, all := Certificate("apiserver", "dns.b"), Certificate()
	f(named, "", "apiserver", "apiserver", 0)
	f(named, "", "b", "dns.b", 0)
	f(named, "", "c", "", 403)
	f(named, "", "unverified", "", 401)
	f(all, "", "c", "c", 0)
	f(all, "", "unverified", "", 401)
	f(Any(bearer, named), "Bearer "+good, "c", "functions", 0)
	f(Any(bearer, named), "", "apiserver", "apiserver", 0)
	f(Any(bearer, named), "", "c", "", 403)
	f(Any(bearer, named), "", "", "", 401)
}

// TestRoomIsGivenInTurn and not waited for without end.
func TestRoomIsGivenInTurn(t *testing.T) {
	r := newRoom(10, 20*time.Millisecond)
	if err := r.take(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	if err := r.take(t.Context(), 5); !errors.Is(err, errBusy) {
		t.Errorf("no room: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.take(ctx, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("the sender is gone: error %v", err)
	}
	r.leave(8)
	if err := r.take(t.Context(), 10); err != nil || r.used.Load() != 10 {
		t.Errorf("room again: error %v, used %d", err, r.used.Load())
	}
}

func TestProblemsAreBounded(t *testing.T) {
	var a Answer
	for i := range 100 {
		a.problem(i, strings.Repeat("\n", 10_000))
	}
	size := 0
	for _, p := range a.Problems {
		size += len(p.Reason)
	}
	if len(a.Problems) != maxProblems || a.More != 100-maxProblems || size > 4*maxProblems*maxText {
		t.Errorf("%d problems of %d bytes, %d more", len(a.Problems), size, a.More)
	}
}
