package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/auth"
)

// SessionAnswer is the answer of GET /v1/session. To who is not signed in it
// says only how one could.
type SessionAnswer struct {
	SignedIn bool         `json:"signedIn"`
	User     *UserAnswer  `json:"user,omitempty"`
	Roles    []auth.Role  `json:"roles,omitempty"`
	May      []string     `json:"may,omitempty"`
	Expires  *time.Time   `json:"expires,omitempty"`
	CSRF     string       `json:"csrf,omitempty"`
	OIDC     OIDCAnswer   `json:"oidc"`
	Server   *ServerFacts `json:"server,omitempty"`
}

// UserAnswer is who is signed in.
type UserAnswer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// OIDCAnswer says whether people can sign in at an issuer.
type OIDCAnswer struct {
	Enabled bool   `json:"enabled"`
	Name    string `json:"name,omitempty"`
}

// ServerFacts are about the server.
type ServerFacts struct {
	Version string         `json:"version"`
	Now     time.Time      `json:"now"`
	Tenants []TenantAnswer `json:"tenants"`
}

// TenantAnswer is a tenant of the configuration.
type TenantAnswer struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Secret is the body of POST /v1/session/link and /v1/session/token.
type Secret struct {
	Token string `json:"token"`
}

const maxSecret = 4 << 10

func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	a := SessionAnswer{OIDC: OIDCAnswer{Enabled: s.opt.OIDC != nil}}
	if s.opt.OIDC != nil {
		a.OIDC.Name = s.opt.OIDC.Name
	}
	who, _ := s.identify(r)
	if who == nil || who.Kind == KindCertificate {
		s.json(w, a)
		return
	}
	a.SignedIn, a.User, a.Roles, a.CSRF = true, &UserAnswer{who.ID, who.Name}, who.Roles, who.CSRF
	for _, c := range []auth.Scope{auth.Query, auth.Export, auth.Triage, auth.Rules, auth.Admin} {
		if who.Allows(c) {
			a.May = append(a.May, string(c))
		}
	}
	if !who.Expires.IsZero() {
		a.Expires = &who.Expires
	}
	a.Server = &ServerFacts{Version: s.opt.Version, Now: s.opt.Now().UTC(), Tenants: s.tenants()}
	s.json(w, a)
}

func (s *Server) tenants() []TenantAnswer {
	out := []TenantAnswer{}
	if s.opt.Config != nil {
		for _, t := range s.opt.Config().Tenants {
			out = append(out, TenantAnswer{t.ID, t.Name})
		}
	}
	return out
}

// secretOf reads a secret that a page of ours sends: a form of another site
// cannot send JSON.
func (s *Server) secretOf(w http.ResponseWriter, r *http.Request) (string, bool) {
	if s.opt.Sessions == nil {
		problem(w, http.StatusNotFound, "nobody signs in here", "")
		return "", false
	}
	if s.failures.locked(remote(r), s.opt.Now()) {
		w.Header().Set("Retry-After", "60")
		problem(w, http.StatusTooManyRequests, "too many wrong tokens came from this address", "wait a minute")
		return "", false
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		problem(w, http.StatusForbidden, "another site sends this", "open this server's own page")
		return "", false
	}
	var a Secret
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		problem(w, http.StatusUnsupportedMediaType, "the body is no JSON", `send {"token": "..."} as application/json`)
		return "", false
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSecret)).Decode(&a); err != nil || a.Token == "" {
		problem(w, http.StatusBadRequest, "the body holds no token", `send {"token": "..."}`)
		return "", false
	}
	return strings.TrimSpace(a.Token), true
}

func (s *Server) signInByLink(w http.ResponseWriter, r *http.Request) {
	text, ok := s.secretOf(w, r)
	if !ok {
		return
	}
	v, err := s.opt.Sessions.UseLink(text, s.opt.Now())
	if errors.Is(err, auth.ErrLink) {
		s.failed(r, "signin.fail", "a link that cannot be used")
		problem(w, http.StatusUnauthorized, err.Error(), "")
		return
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.begin(w, r, v, time.Time{})
}

func (s *Server) signInByToken(w http.ResponseWriter, r *http.Request) {
	text, ok := s.secretOf(w, r)
	if !ok {
		return
	}
	now := s.opt.Now()
	t, ok := s.opt.Tokens.Check(text, now)
	if !ok {
		s.failed(r, "signin.fail", "a token that is not known or has expired")
		problem(w, http.StatusUnauthorized, "the token is not known or has expired", "`wholelog token add NAME --scope query` makes one")
		return
	}
	if !t.Allows(auth.Query) {
		problem(w, http.StatusForbidden, "the token has not the scope query", "make one that has: wholelog token add --scope query")
		return
	}
	until := time.Time{}
	if t.Expires != nil {
		until = *t.Expires
	}
	s.begin(w, r, auth.Session{Way: auth.WayToken, User: t.ID, Name: t.Name, Scopes: t.Scopes}, until)
}

// begin makes a session and its cookie. It answers, but does not redirect.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, v auth.Session, until time.Time) {
	if err := s.cookieFor(w, r, v, until); err != nil {
		s.broken(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) cookieFor(w http.ResponseWriter, r *http.Request, v auth.Session, until time.Time) error {
	text, got, err := s.opt.Sessions.Begin(v, until, s.opt.Now())
	if err != nil {
		return err
	}
	e := s.entry(r, "signin")
	e.Details = map[string]any{"way": got.Way, "expires": got.Expires}
	e.who = &Who{Kind: KindSession, ID: got.User, Name: got.Name, Session: got.ID, Roles: got.Roles}
	if err := s.audit.keep(detached(r.Context()), e); err != nil {
		return errors.Join(err, s.opt.Sessions.End(got.ID))
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookie(), Value: text, Path: "/", HttpOnly: true, Secure: s.opt.Secure, SameSite: http.SameSiteStrictMode,
		MaxAge: int(got.Expires.Sub(s.opt.Now()).Seconds())})
	return nil
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r)
	if who.Kind == KindSession {
		if err := s.opt.Sessions.End(who.Session); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookie(), Path: "/", HttpOnly: true, Secure: s.opt.Secure, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	w.WriteHeader(http.StatusNoContent)
}

// Link is the answer of POST /v1/signin: where to sign in, once.
type Link struct {
	Token   string    `json:"token"`
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// signInLink makes a link; only the data folder's owner may.
func (s *Server) signInLink(w http.ResponseWriter, r *http.Request) {
	if !overSocket(r) {
		problem(w, http.StatusForbidden, "links are made over the data folder's socket only", "run wholelog signin where the server runs")
		return
	}
	role := auth.AdminOf
	if v := r.URL.Query().Get("role"); v != "" {
		got, err := auth.ParseRole(v)
		if err != nil {
			problem(w, http.StatusBadRequest, err.Error(), "")
			return
		}
		role = got
	}
	l, err := s.NewLink("owner", role)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	note(r).Target = string(role)
	s.json(w, l)
}

// NewLink makes a link by which somebody can sign in once. Its token stands
// behind #, which a browser sends to no server, so that no log has it.
func (s *Server) NewLink(name string, role auth.Role) (Link, error) {
	now := s.opt.Now()
	text, err := s.opt.Sessions.NewLink(name, []auth.Role{role}, now)
	return Link{Token: text, URL: s.opt.URL() + "/signin#token=" + text, Expires: now.UTC().Add(auth.LinkLife)}, err
}
