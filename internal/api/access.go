package api

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
)

// TokenAnswer is a token, without what it is.
type TokenAnswer struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Scopes  []auth.Scope `json:"scopes"`
	Created time.Time    `json:"created"`
	Expires *time.Time   `json:"expires,omitempty"`
}

// NewToken is the body of POST /v1/tokens.
type NewToken struct {
	Name    string       `json:"name"`
	Scopes  []auth.Scope `json:"scopes"`
	Expires string       `json:"expires,omitempty"` // a duration such as 90d, 0d for no end, or a time; "": Days
	Days    float64      `json:"days,omitempty"`    // 0: 90
}

// MadeToken is a new token with its text, which is shown only now.
type MadeToken struct {
	TokenAnswer
	Token string `json:"token"`
}

func tokenAnswer(t auth.Token) TokenAnswer {
	return TokenAnswer{t.ID, t.Name, t.Scopes, t.Created, t.Expires}
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request) {
	list, err := s.opt.Tokens.List()
	if err != nil {
		s.broken(w, r, err)
		return
	}
	var out []TokenAnswer
	for _, t := range list {
		out = append(out, tokenAnswer(t))
	}
	listed(s, w, r, out)
}

// life reads a duration or a time from now.
func life(text, otherwise string, now time.Time) (time.Duration, error) {
	if text == "" {
		text = otherwise
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Sub(now), nil
	}
	return config.ParseDuration(text)
}

func (s *Server) addToken(w http.ResponseWriter, r *http.Request) {
	var b NewToken
	if !s.body(w, r, maxChange, &b, `send {"name": "grafana", "scopes": ["query"], "expires": "90d"}`) {
		return
	}
	d, err := life(b.Expires, "90d", s.opt.Now())
	if b.Expires == "" && b.Days > 0 && b.Days < 36500 {
		d = time.Duration(b.Days * 24 * float64(time.Hour))
	}
	if err != nil {
		problem(w, http.StatusBadRequest, "expires: "+err.Error(), "")
		return
	}
	text, t, err := s.opt.Tokens.Add(b.Name, b.Scopes, d, s.opt.Now())
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	e := note(r)
	e.Target, e.Details = t.ID, map[string]any{"name": t.Name, "scopes": t.Scopes, "expires": t.Expires}
	s.json(w, MadeToken{tokenAnswer(t), text})
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	note(r).Target = id
	if err := s.opt.Tokens.Revoke(id); err != nil {
		problem(w, http.StatusNotFound, err.Error(), "")
		return
	}
	if s.opt.Sessions != nil {
		if err := s.opt.Sessions.EndOf(func(v *auth.Session) bool { return v.Way == auth.WayToken && v.User == id }); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// NewPerson is the body of POST /v1/people.
type NewPerson struct {
	Kind    string    `json:"kind,omitempty"` // name, subject or group, of Value; or one of these itself:
	Value   string    `json:"value,omitempty"`
	Name    string    `json:"name,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Group   string    `json:"group,omitempty"`
	Role    auth.Role `json:"role"`
	Expires string    `json:"expires,omitempty"` // a time, or a duration from now; an auditor needs one
}

// PersonAnswer is an assignment of a role: by name, subject or group.
type PersonAnswer struct {
	auth.Person
	Name    string `json:"name,omitempty"`
	Subject string `json:"subject,omitempty"`
	Group   string `json:"group,omitempty"`
	Source  string `json:"source,omitempty"` // "configuration": it stands in the file
}

func personAnswer(p auth.Person) PersonAnswer {
	a := PersonAnswer{Person: p}
	switch p.Kind {
	case auth.BySubject:
		a.Subject = p.Value
	case auth.ByGroup:
		a.Group = p.Value
	default:
		a.Name = p.Value
	}
	return a
}

func (s *Server) peopleOff(w http.ResponseWriter) bool {
	if s.opt.People == nil {
		problem(w, http.StatusNotFound, "nobody signs in here", "")
	}
	return s.opt.People == nil
}

func (s *Server) people(w http.ResponseWriter, r *http.Request) {
	if s.peopleOff(w) {
		return
	}
	list, err := s.opt.People.List()
	if err != nil {
		s.broken(w, r, err)
		return
	}
	var out []PersonAnswer
	for _, p := range list {
		out = append(out, personAnswer(p))
	}
	if s.opt.Config != nil && s.opt.Config().Server.OIDC != nil {
		roles := s.opt.Config().Server.OIDC.Roles
		for _, g := range slices.Sorted(maps.Keys(roles)) {
			a := personAnswer(auth.Person{Kind: auth.ByGroup, Value: g, Role: auth.Role(roles[g])})
			a.Source = "configuration"
			out = append(out, a)
		}
	}
	listed(s, w, r, out)
}

func (s *Server) addPerson(w http.ResponseWriter, r *http.Request) {
	if s.peopleOff(w) {
		return
	}
	var b NewPerson
	if !s.body(w, r, maxChange, &b, `send {"value": "ada@example.org", "role": "analyst"}`) {
		return
	}
	p := auth.Person{Kind: b.Kind, Value: b.Value, Role: b.Role, By: whoOf(r).Name}
	switch {
	case b.Name != "":
		p.Kind, p.Value = auth.ByName, b.Name
	case b.Subject != "":
		p.Kind, p.Value = auth.BySubject, b.Subject
	case b.Group != "":
		p.Kind, p.Value = auth.ByGroup, b.Group
	}
	if b.Expires != "" {
		d, err := life(b.Expires, "", s.opt.Now())
		if err != nil {
			problem(w, http.StatusBadRequest, "expires: "+err.Error(), "")
			return
		}
		at := s.opt.Now().Add(d).UTC()
		p.Expires = &at
	}
	p, err := s.opt.People.Add(p, s.opt.Now())
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	e := note(r)
	e.Target, e.Details = p.ID, map[string]any{"kind": p.Kind, "value": p.Value, "role": p.Role, "expires": p.Expires}
	s.json(w, personAnswer(p))
}

func (s *Server) removePerson(w http.ResponseWriter, r *http.Request) {
	if s.peopleOff(w) {
		return
	}
	gone, err := s.opt.People.Remove(r.PathValue("id"))
	e := note(r)
	e.Target = r.PathValue("id")
	if err != nil {
		problem(w, http.StatusNotFound, err.Error(), "")
		return
	}
	e.Details = map[string]any{"kind": gone.Kind, "value": gone.Value, "role": gone.Role}
	// What they may now is found out when they sign in again.
	if s.opt.Sessions != nil {
		if err := s.opt.Sessions.EndOf(func(v *auth.Session) bool { return v.Way == auth.WayOIDC }); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
