package auth

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.json")
	s, err := OpenSessions(path, Lives{})
	if err != nil {
		t.Fatal(err)
	}
	text, v, err := s.Begin(Session{User: "u", Name: "Ada", Scopes: ScopesOf([]Role{Viewer})}, time.Time{}, now)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(file), text) {
		t.Errorf("the file holds the cookie: %v", err)
	}
	other, err := OpenSessions(path, Lives{}) // after a restart
	if err != nil {
		t.Fatal(err)
	}
	f := func(text string, at time.Time, want bool) {
		t.Helper()
		if _, ok := other.Check(text, at); ok != want {
			t.Errorf("%v at %s, want %v", ok, at, want)
		}
	}
	f(text, now, true)
	f(text+"x", now, false)
	f("", now, false)
	f(v.Digest, now, false)
	f(text, now.Add(IdleLife-time.Second), true) // which prolongs it
	f(text, now.Add(2*IdleLife-2*time.Second), true)
	f(text, now.Add(4*IdleLife), false)
	text, v, err = s.Begin(Session{User: "u"}, now.Add(10*time.Minute), now)
	if err != nil {
		t.Fatal(err)
	}
	f(text, now.Add(9*time.Minute), true)
	f(text, now.Add(10*time.Minute), false) // whatever it was used
	if err := s.End(v.ID); err != nil {
		t.Fatal(err)
	}
	f(text, now, false)
	text, _, err = s.Begin(Session{User: "u"}, time.Time{}, now)
	if err != nil {
		t.Fatal(err)
	}
	for at := now; at.Before(now.Add(FullLife)); at = at.Add(time.Hour) {
		f(text, at, true)
	}
	f(text, now.Add(FullLife), false) // however busy
}

func TestALinkWorksOnce(t *testing.T) {
	s, err := OpenSessions(filepath.Join(t.TempDir(), "sessions.json"), Lives{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.NewLink("owner", []Role{AdminOf}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Check(text, now); ok {
		t.Error("a link is a session")
	}
	if _, err := s.UseLink(text[:len(text)-1], now); !errors.Is(err, ErrLink) {
		t.Errorf("%v", err)
	}
	v, err := s.UseLink(text, now)
	if err != nil || !v.Allows(Admin) || v.Name != "owner" {
		t.Errorf("%+v %v", v, err)
	}
	if _, err := s.UseLink(text, now); !errors.Is(err, ErrLink) {
		t.Errorf("used twice: %v", err)
	}
	text, err = s.NewLink("owner", []Role{AdminOf}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UseLink(text, now.Add(LinkLife)); !errors.Is(err, ErrLink) {
		t.Errorf("used late: %v", err)
	}
}

func TestPeople(t *testing.T) {
	p, err := OpenPeople(filepath.Join(t.TempDir(), "people.json"))
	if err != nil {
		t.Fatal(err)
	}
	end := now.Add(30 * 24 * time.Hour)
	late := now.Add(2 * MaxAudit)
	for _, bad := range []Person{{Value: "a", Role: "boss"}, {Role: Viewer}, {Value: "a", Role: Auditor}, {Value: "a", Role: Auditor, Expires: &late}, {Kind: "tribe", Value: "a", Role: Viewer}, {Value: "a", Role: Viewer, Expires: &now}} {
		if _, err := p.Add(bad, now); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	for _, a := range []Person{{Value: "ada@example.org", Role: Analyst}, {Kind: BySubject, Value: "s-1", Role: AdminOf}, {Kind: ByGroup, Value: "g-1", Role: Auditor, Expires: &end}} {
		if _, err := p.Add(a, now); err != nil {
			t.Fatal(err)
		}
	}
	f := func(names []string, subject string, groups []string, at time.Time, want int, ends time.Time) {
		t.Helper()
		g, err := p.Of(names, subject, groups, at)
		if err != nil || len(g.Roles) != want || !g.Expires.Equal(ends) {
			t.Errorf("%+v %v", g, err)
		}
	}
	f([]string{"ADA@example.org"}, "", nil, now, 1, time.Time{})
	f([]string{"s-1"}, "", nil, now, 0, time.Time{}) // a name is no subject
	f(nil, "s-1", []string{"g-1"}, now, 2, end)
	f(nil, "", []string{"g-1"}, end, 0, time.Time{})
	f(nil, "", nil, now, 0, time.Time{})
}
