package api

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/auth"
)

type ctxKey int

const (
	ownerKey ctxKey = iota
)

// OwnerConn marks connections that came over the data folder's socket. It is
// the ConnContext of the server that listens there, and of no other.
func OwnerConn(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, ownerKey, true)
}

func overSocket(r *http.Request) bool {
	v, _ := r.Context().Value(ownerKey).(bool)
	return v
}

// Authorize says who sends a request and whether they may do something: 0, or
// the status to answer with.
func (s *Server) Authorize(r *http.Request, scope auth.Scope) (string, int) {
	if overSocket(r) {
		return "owner", 0
	}
	from := remote(r)
	if s.failures.locked(from, s.opt.Now()) {
		return "", http.StatusTooManyRequests
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		t, ok := s.opt.Tokens.Check(strings.TrimSpace(token), s.opt.Now())
		if !ok {
			s.failures.add(from, s.opt.Now())
			return "", http.StatusUnauthorized
		}
		if !t.Allows(scope) {
			return t.Name, http.StatusForbidden
		}
		return t.Name, 0
	}
	// A certificate lets in who delivers, such as a Kubernetes API server.
	if scope == auth.Ingest && r.TLS != nil && len(r.TLS.VerifiedChains) > 0 && len(r.TLS.VerifiedChains[0]) > 0 {
		return r.TLS.VerifiedChains[0][0].Subject.CommonName, 0
	}
	return "", http.StatusUnauthorized
}

// For is Authorize for one scope, as receivers take it.
func (s *Server) For(scope auth.Scope) func(*http.Request) (string, int) {
	return func(r *http.Request) (string, int) { return s.Authorize(r, scope) }
}

// need answers requests of those who may not ask and gives the others to next.
func (s *Server) need(scope auth.Scope, next http.HandlerFunc) http.HandlerFunc {
	return s.needWho(scope, func(w http.ResponseWriter, r *http.Request, _ string) { next(w, r) })
}

// needWho is need for what is done in somebody's name.
func (s *Server) needWho(scope auth.Scope, next func(w http.ResponseWriter, r *http.Request, who string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, status := s.Authorize(r, scope)
		switch status {
		case 0:
			next(w, r, who)
		case http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", `Bearer realm="wholelog"`)
			problem(w, status, "a token is needed", "send it as Authorization: Bearer TOKEN; `wholelog token add` makes one")
		case http.StatusForbidden:
			problem(w, status, "the token "+who+" has not the scope "+string(scope), "make one that has: wholelog token add --scope "+string(scope))
		default:
			w.Header().Set("Retry-After", "60")
			problem(w, status, "too many wrong tokens came from this address", "wait a minute")
		}
	}
}

// knownHost refuses requests under a name that is none of the server's, so
// that a web page cannot reach it by making its own name resolve to here (DNS
// rebinding).
func (s *Server) knownHost(r *http.Request) bool {
	if overSocket(r) {
		return true
	}
	host := strings.ToLower(r.Host)
	bare := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		bare = h
	}
	bare = strings.Trim(bare, "[]")
	if bare == "localhost" || s.opt.Host != "" && bare == s.opt.Host {
		return true
	}
	// An address cannot be rebound: no name was resolved.
	if net.ParseIP(bare) != nil {
		return true
	}
	for _, h := range s.opt.Hosts {
		if h = strings.ToLower(h); h == host || h == bare {
			return true
		}
	}
	return false
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// failures counts wrong tokens by address, in windows of a minute.
type failures struct {
	mu     sync.Mutex
	window time.Time
	counts map[string]int
}

const (
	mostFailures  = 20
	mostAddresses = 10_000
)

func (f *failures) turn(now time.Time) {
	if f.counts == nil || now.Sub(f.window) >= time.Minute || now.Before(f.window) {
		f.window, f.counts = now, map[string]int{}
	}
}

func (f *failures) add(from string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(now)
	if _, ok := f.counts[from]; ok || len(f.counts) < mostAddresses {
		f.counts[from]++
	}
}

func (f *failures) locked(from string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(now)
	return f.counts[from] >= mostFailures
}
