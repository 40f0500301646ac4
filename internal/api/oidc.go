package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/wholelog/wholelog/internal/auth"
)

// attemptCookie ties the issuer's answer to the browser that asked. Its value
// is sent on the way back from the issuer, which a strict cookie is not.
func (s *Server) attemptCookie(value string, age int) *http.Cookie {
	name := plainCookie + "-oidc"
	if s.opt.Secure {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.opt.Secure, SameSite: http.SameSiteLaxMode, MaxAge: age}
}

func (s *Server) oidcOff(w http.ResponseWriter, r *http.Request) bool {
	if s.opt.OIDC == nil {
		problem(w, http.StatusNotFound, "nobody signs in at an issuer here", "server.oidc is not set in the configuration")
		return true
	}
	if s.failures.locked(remote(r), s.opt.Now()) {
		w.Header().Set("Retry-After", "60")
		problem(w, http.StatusTooManyRequests, "too many failed sign-ins came from this address", "wait a minute")
		return true
	}
	return false
}

func (s *Server) oidcStart(w http.ResponseWriter, r *http.Request) {
	if s.oidcOff(w, r) {
		return
	}
	to, cookie, err := s.opt.OIDC.Start(r.Context(), r.URL.Query().Get("to"), s.opt.Now())
	if err != nil {
		s.opt.Log.Error("sign-in at the issuer", "error", err)
		s.signInFailed(w, r, "", err)
		return
	}
	http.SetCookie(w, s.attemptCookie(cookie, 600))
	http.Redirect(w, r, to, http.StatusFound)
}

// signInFailed goes back to the page, which says why.
func (s *Server) signInFailed(w http.ResponseWriter, r *http.Request, name string, err error) {
	e := s.entry(r, "signin.fail")
	e.Result, e.Reason, e.Target = "refused", err.Error(), name
	s.audit.offer(e)
	text := "the sign-in failed; try again"
	if errors.Is(err, auth.ErrOIDC) {
		text = err.Error()
	}
	http.Redirect(w, r, "/signin?error="+url.QueryEscape(cut(text, 500)), http.StatusFound)
}

func (s *Server) oidcCallback(w http.ResponseWriter, r *http.Request) {
	if s.oidcOff(w, r) {
		return
	}
	q := r.URL.Query()
	value := ""
	if c, err := r.Cookie(s.attemptCookie("", 0).Name); err == nil {
		value = c.Value
	}
	http.SetCookie(w, s.attemptCookie("", -1))
	if code := q.Get("error"); code != "" {
		s.signInFailed(w, r, "", errors.Join(auth.ErrOIDC, errors.New("the issuer says "+cut(code, 100))))
		return
	}
	who, err := s.opt.OIDC.Finish(r.Context(), q.Get("state"), q.Get("code"), value, s.opt.Now())
	if err != nil {
		s.failures.add(remote(r), s.opt.Now())
		s.signInFailed(w, r, "", err)
		return
	}
	v, until, err := s.rolesOf(r.Context(), who)
	if err != nil {
		s.signInFailed(w, r, who.Name, err)
		return
	}
	if err := s.cookieFor(w, r, v, until); err != nil {
		s.broken(w, r, err)
		return
	}
	// The cookie is strict: a browser sends it with no request that another
	// site began, and this redirect is one. So the page goes on by itself.
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Refresh", "0; url="+(&url.URL{Path: pathOf(who.To), RawQuery: queryOf(who.To)}).String())
	_, _ = w.Write([]byte("<!doctype html><title>Signed in</title><p>You are signed in. <a href=\"/\">Go on</a>")) // whoever asked has gone
}

func pathOf(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Path == "" || u.Host != "" {
		return "/"
	}
	return u.Path
}

func queryOf(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	return u.RawQuery
}

// rolesOf joins what the issuer's groups give and what people were given here.
func (s *Server) rolesOf(_ context.Context, who *auth.Identity) (v auth.Session, until time.Time, err error) {
	roles := who.Roles
	if s.opt.People != nil {
		g, err := s.opt.People.Of(who.Names, who.Subject, who.Groups, s.opt.Now())
		if err != nil {
			return v, until, err
		}
		for _, r := range g.Roles {
			if !contains(roles, r) {
				roles = append(roles, r)
			}
		}
		until = g.Expires
	}
	if len(roles) == 0 {
		return v, until, errors.Join(auth.ErrOIDC, errors.New(who.Name+" has no role here; an admin gives one under Settings, or with wholelog people add"))
	}
	return auth.Session{Way: auth.WayOIDC, User: who.Subject, Name: who.Name, Roles: roles, Scopes: auth.ScopesOf(roles)}, until, nil
}

func contains(list []auth.Role, r auth.Role) bool {
	for _, x := range list {
		if x == r {
			return true
		}
	}
	return false
}
