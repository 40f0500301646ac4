package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/auth"
)

// Kinds of who asks.
const (
	KindOwner       = "owner"       // over the data folder's socket
	KindSession     = "session"     // a person who signed in
	KindToken       = "token"       // a program
	KindCertificate = "certificate" // a machine that delivers
	KindNobody      = "nobody"
)

// Who is who sends a request.
type Who struct {
	Kind, ID, Name, Session string
	Roles                   []auth.Role
	Scopes                  []auth.Scope
	CSRF                    string
	Expires                 time.Time // of the session; zero: no end
}

// Allows reports whether a scope is theirs.
func (w *Who) Allows(s auth.Scope) bool { return w.Kind == KindOwner || slices.Contains(w.Scopes, s) }

func whoOf(r *http.Request) *Who {
	if w, ok := r.Context().Value(whoKey).(*Who); ok {
		return w
	}
	return &Who{Kind: KindNobody}
}

const plainCookie = "wholelog"

// cookie is the session cookie's name: under TLS one that a browser takes only
// from this very host, for all of it, and over TLS.
func (s *Server) cookie() string {
	if s.opt.Secure {
		return "__Host-" + plainCookie
	}
	return plainCookie
}

// identify says who sends a request: nil and the status to answer with for
// somebody who shows something wrong, nil and 0 for nobody.
func (s *Server) identify(r *http.Request) (*Who, int) {
	if overSocket(r) {
		return &Who{Kind: KindOwner, ID: "owner", Name: "owner", Roles: []auth.Role{auth.AdminOf}, Scopes: auth.Scopes}, 0
	}
	now, from := s.opt.Now(), remote(r)
	if s.failures.locked(from, now) {
		return nil, http.StatusTooManyRequests
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		t, ok := s.opt.Tokens.Check(strings.TrimSpace(token), now)
		if !ok {
			s.failed(r, "token.fail", "the token is not known or has expired")
			return nil, http.StatusUnauthorized
		}
		return &Who{Kind: KindToken, ID: t.ID, Name: t.Name, Scopes: t.Scopes}, 0
	}
	if c, err := r.Cookie(s.cookie()); err == nil && s.opt.Sessions != nil {
		// A session that began with a token ends with it, however that was revoked.
		if v, ok := s.opt.Sessions.Check(c.Value, now); ok && (v.Way != auth.WayToken || s.opt.Tokens.Holds(v.User, now)) {
			return &Who{Kind: KindSession, ID: v.User, Name: v.Name, Session: v.ID, Roles: v.Roles, Scopes: v.Scopes, CSRF: v.CSRF, Expires: v.Expires}, 0
		}
	}
	// A certificate lets in who delivers, such as a Kubernetes API server.
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 && len(r.TLS.VerifiedChains[0]) > 0 {
		name := r.TLS.VerifiedChains[0][0].Subject.CommonName
		return &Who{Kind: KindCertificate, ID: name, Name: name, Scopes: []auth.Scope{auth.Ingest}}, 0
	}
	return nil, 0
}

// failed counts a wrong secret against its address, and records it.
func (s *Server) failed(r *http.Request, action, why string) {
	s.failures.add(remote(r), s.opt.Now())
	e := s.entry(r, action)
	e.Result, e.Reason = "refused", why
	s.audit.offer(e)
}

// Authorize says who sends a request and whether they may do something: 0, or
// the status to answer with.
func (s *Server) Authorize(r *http.Request, scope auth.Scope) (string, int) {
	who, status := s.admit(r, scope)
	if who == nil {
		return "", status
	}
	return who.Name, status
}

func (s *Server) admit(r *http.Request, scope auth.Scope) (*Who, int) {
	who, status := s.identify(r)
	switch {
	case status != 0:
		return nil, status
	case who == nil:
		return nil, http.StatusUnauthorized
	case !who.Allows(scope):
		return who, http.StatusForbidden
	case who.Kind == KindSession && unsafe(r.Method) && subtle.ConstantTimeCompare([]byte(r.Header.Get("X-CSRF-Token")), []byte(who.CSRF)) != 1:
		return who, statusCSRF
	case who.Kind != KindOwner && scope != auth.Ingest && !s.rates.take(who.Kind+who.ID+who.Session, s.opt.Now()):
		return who, statusBusy
	}
	return who, 0
}

// Statuses that only problems of admission have; what is sent is 403 and 429.
const (
	statusCSRF = -403
	statusBusy = -429
)

func unsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// For is Authorize for one scope, as receivers take it.
func (s *Server) For(scope auth.Scope) func(*http.Request) (string, int) {
	return func(r *http.Request) (string, int) {
		who, status := s.Authorize(r, scope)
		return who, max(status, -status)
	}
}

// need answers requests of those who may not ask and gives the others to next.
func (s *Server) need(scope auth.Scope, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, status := s.admit(r, scope)
		switch status {
		case 0:
			next(w, r.WithContext(context.WithValue(r.Context(), whoKey, who)))
		case http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", `Bearer realm="wholelog"`)
			problem(w, status, "nobody is signed in", "sign in, or send a token as Authorization: Bearer TOKEN; `wholelog signin` prints a link, `wholelog token add` makes a token")
		case http.StatusForbidden:
			s.refuse(w, r, who, scope)
		case statusCSRF:
			problem(w, http.StatusForbidden, "the request does not prove that it comes from the page", "send the csrf value of GET /v1/session as X-CSRF-Token")
		case statusBusy:
			w.Header().Set("Retry-After", "10")
			problem(w, http.StatusTooManyRequests, "too many requests in a short time", "wait a few seconds")
		default:
			w.Header().Set("Retry-After", "60")
			problem(w, status, "too many wrong tokens came from this address", "wait a minute")
		}
	}
}

// refuse tells somebody that they may not, and records that they tried to
// change something.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, who *Who, scope auth.Scope) {
	if unsafe(r.Method) {
		e := s.entry(r.WithContext(context.WithValue(r.Context(), whoKey, who)), "access.refuse")
		e.Target, e.Result, e.Reason = r.Method+" "+r.URL.Path, "refused", "has not the scope "+string(scope)
		s.audit.offer(e)
	}
	if who.Kind == KindToken {
		problem(w, http.StatusForbidden, "the token "+who.Name+" has not the scope "+string(scope), "make one that has: wholelog token add --scope "+string(scope))
		return
	}
	problem(w, http.StatusForbidden, "your role does not allow this", "it needs "+string(scope)+"; an admin can give you another role under Settings, or with wholelog people add")
}
