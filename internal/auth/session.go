package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"
)

// Lives of sessions and links.
const (
	IdleLife = 2 * time.Hour  // without a request
	FullLife = 12 * time.Hour // at most
	LinkLife = 15 * time.Minute
	// touchEvery is how often the time of the last request is written down.
	touchEvery  = time.Minute
	mostSession = 2000
)

// Ways in which a session began.
const (
	WayLink  = "link"
	WayToken = "token"
	WayOIDC  = "oidc"
)

// Session is what is kept of somebody who has signed in, or of a link that may
// be used once.
type Session struct {
	ID      string    `json:"id"`     // shown; no secret
	Digest  string    `json:"digest"` // of the cookie's value, or of the link's token
	CSRF    string    `json:"csrf,omitempty"`
	Link    bool      `json:"link,omitempty"`
	Way     string    `json:"way,omitempty"`
	User    string    `json:"user"` // the issuer's subject, a token's id, or "owner"
	Name    string    `json:"name"`
	Roles   []Role    `json:"roles,omitempty"`
	Scopes  []Scope   `json:"scopes"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
}

// Allows reports whether the session has a scope.
func (s *Session) Allows(c Scope) bool { return slices.Contains(s.Scopes, c) }

// over reports that a session has ended.
func (s *Session) over(now time.Time, idle time.Duration) bool {
	return !now.Before(s.Expires) || !s.Link && now.Sub(s.Seen) >= idle
}

// Lives are how long sessions hold; zero fields are the defaults.
type Lives struct{ Idle, Full time.Duration }

// Sessions is a file of sessions.
type Sessions struct {
	list[Session]
	idle, full time.Duration
}

// OpenSessions reads the sessions of a data folder.
func OpenSessions(path string, l Lives) (*Sessions, error) {
	s := &Sessions{list: list[Session]{path: path, what: "sessions"}, idle: l.Idle, full: l.Full}
	if s.idle <= 0 {
		s.idle = IdleLife
	}
	if s.full <= 0 {
		s.full = FullLife
	}
	_, err := s.all()
	return s, err
}

func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return encoding.EncodeToString(b)
}

// add keeps a session and forgets what is over.
func (s *Sessions) add(v Session, now time.Time) error {
	return s.change(func(l []Session) ([]Session, error) {
		l = slices.DeleteFunc(l, func(o Session) bool { return o.over(now, s.idle) })
		if len(l) >= mostSession {
			return nil, errors.New("too many people are signed in: wait until sessions end")
		}
		return append(l, v), nil
	})
}

// NewLink makes a link's token for a role. It can be used once, for LinkLife.
func (s *Sessions) NewLink(name string, roles []Role, now time.Time) (string, error) {
	text := "wl_link_" + secret(32)
	return text, s.add(Session{ID: secret(5), Digest: digest(text), Link: true, Way: WayLink, User: "owner", Name: name, Roles: roles,
		Scopes: ScopesOf(roles), Created: now.UTC(), Seen: now.UTC(), Expires: now.UTC().Add(LinkLife)}, now)
}

// ErrLink says that a link cannot be used.
var ErrLink = errors.New("the link is not known, was used, or is older than 15 minutes; `wholelog signin` prints another")

// UseLink takes a link's token and gives what it was made for. It ends it.
func (s *Sessions) UseLink(text string, now time.Time) (Session, error) {
	if !strings.HasPrefix(text, "wl_link_") || len(text) > 100 {
		return Session{}, ErrLink
	}
	got := digest(text)
	var found *Session
	err := s.change(func(l []Session) ([]Session, error) {
		i := slices.IndexFunc(l, func(v Session) bool {
			return v.Link && subtle.ConstantTimeCompare([]byte(v.Digest), []byte(got)) == 1
		})
		if i < 0 || l[i].over(now, s.idle) {
			return nil, ErrLink
		}
		v := l[i]
		found = &v
		return slices.Delete(l, i, i+1), nil
	})
	if err != nil {
		return Session{}, err
	}
	return *found, nil
}

// Begin makes a session of what v says of somebody and returns the cookie's
// value, which is kept nowhere. until bounds it; zero: nothing but its life.
func (s *Sessions) Begin(v Session, until, now time.Time) (string, Session, error) {
	text := secret(32)
	v.ID, v.Digest, v.CSRF, v.Link = secret(5), digest(text), secret(20), false
	v.Created, v.Seen, v.Expires = now.UTC(), now.UTC(), now.UTC().Add(s.full)
	if !until.IsZero() && until.Before(v.Expires) {
		v.Expires = until.UTC()
	}
	return text, v, s.add(v, now)
}

// Check finds the session that a cookie's value is of, and notes that it is
// used.
func (s *Sessions) Check(text string, now time.Time) (*Session, bool) {
	if text == "" || len(text) > 100 {
		return nil, false
	}
	l, err := s.all()
	if err != nil {
		return nil, false // a damaged file lets nobody in
	}
	got := digest(text)
	for i := range l {
		v := &l[i]
		if v.Link || subtle.ConstantTimeCompare([]byte(v.Digest), []byte(got)) != 1 {
			continue
		}
		if v.over(now, s.idle) {
			return nil, false
		}
		if now.Sub(v.Seen) >= touchEvery {
			v.Seen = now.UTC()
			// What cannot be written shortens the session, no more.
			_ = s.change(func(l []Session) ([]Session, error) {
				for i := range l {
					if l[i].ID == v.ID {
						l[i].Seen = v.Seen
					}
				}
				return l, nil
			})
		}
		return v, true
	}
	return nil, false
}

// End ends a session.
func (s *Sessions) End(id string) error {
	return s.change(func(l []Session) ([]Session, error) {
		return slices.DeleteFunc(l, func(v Session) bool { return v.ID == id && !v.Link }), nil
	})
}

// EndOf ends the sessions that match, as of somebody whose role was taken.
func (s *Sessions) EndOf(is func(*Session) bool) error {
	return s.change(func(l []Session) ([]Session, error) {
		return slices.DeleteFunc(l, func(v Session) bool { return is(&v) }), nil
	})
}

// Any reports whether anybody has a session that holds.
func (s *Sessions) Any(now time.Time) bool {
	l, err := s.all()
	return err == nil && slices.ContainsFunc(l, func(v Session) bool { return !v.Link && !v.over(now, s.idle) })
}
