package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kinds of what a Person names.
const (
	ByName    = "name"    // what the issuer says somebody is called: e-mail or user principal name
	BySubject = "subject" // the issuer's id of somebody, which never changes
	ByGroup   = "group"   // the id of a group of the issuer
)

// Person gives a role to somebody, or to all of a group.
type Person struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"` // name, subject or group
	Value   string     `json:"value"`
	Role    Role       `json:"role"`
	Created time.Time  `json:"created"`
	By      string     `json:"by,omitempty"`
	Expires *time.Time `json:"expires,omitempty"` // nil: never; an auditor's always ends
}

// MaxAudit is the longest time for which somebody is an auditor.
const MaxAudit = 366 * 24 * time.Hour

// People is a file of assignments.
type People struct{ list[Person] }

// OpenPeople reads the assignments of a data folder.
func OpenPeople(path string) (*People, error) {
	p := &People{list[Person]{path: path, what: "people"}}
	_, err := p.all()
	return p, err
}

// Add keeps an assignment. Expires is needed for an auditor.
func (p *People) Add(a Person, now time.Time) (Person, error) {
	role, err := ParseRole(string(a.Role))
	if err != nil {
		return a, err
	}
	a.Role, a.Value = role, strings.TrimSpace(a.Value)
	if a.Kind == "" {
		a.Kind = ByName
	}
	switch {
	case a.Kind != ByName && a.Kind != BySubject && a.Kind != ByGroup:
		return a, fmt.Errorf("kind %q: use name, subject or group", a.Kind)
	case a.Value == "" || len(a.Value) > 300 || strings.ContainsFunc(a.Value, func(r rune) bool { return r < ' ' }):
		return a, errors.New("value is missing: a name such as ada@example.org, or the id of a subject or group")
	case role == Auditor && a.Expires == nil:
		return a, errors.New("an auditor's access ends: give expires, at most a year ahead")
	case a.Expires != nil && !now.Before(*a.Expires):
		return a, errors.New("expires is over already")
	case role == Auditor && a.Expires.Sub(now) > MaxAudit:
		return a, errors.New("an auditor's access ends within a year: give an earlier expires")
	}
	id := make([]byte, 5)
	rand.Read(id)
	a.ID, a.Created = encoding.EncodeToString(id), now.UTC()
	return a, p.change(func(l []Person) ([]Person, error) { return append(l, a), nil })
}

// Remove ends an assignment.
func (p *People) Remove(id string) (gone Person, err error) {
	return gone, p.change(func(l []Person) ([]Person, error) {
		i := slices.IndexFunc(l, func(x Person) bool { return x.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("no assignment has the id %q; `wholelog people list` shows them", id)
		}
		gone = l[i]
		return slices.Delete(l, i, i+1), nil
	})
}

// List gives the assignments, expired ones too.
func (p *People) List() ([]Person, error) { return p.all() }

// Grant is what somebody may at a moment, and until when at most.
type Grant struct {
	Roles   []Role
	Expires time.Time // zero: no end
}

// Of joins the assignments of somebody that hold.
func (p *People) Of(names []string, subject string, groups []string, now time.Time) (Grant, error) {
	var g Grant
	l, err := p.all()
	if err != nil {
		return g, err
	}
	for _, a := range l {
		if a.Expires != nil && !now.Before(*a.Expires) {
			continue
		}
		is := false
		switch a.Kind {
		case ByName:
			is = slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, a.Value) })
		case BySubject:
			is = subject != "" && a.Value == subject
		case ByGroup:
			is = slices.ContainsFunc(groups, func(n string) bool { return strings.EqualFold(n, a.Value) })
		}
		if !is {
			continue
		}
		if !slices.Contains(g.Roles, a.Role) {
			g.Roles = append(g.Roles, a.Role)
		}
		if a.Expires != nil && (g.Expires.IsZero() || a.Expires.Before(g.Expires)) {
			g.Expires = *a.Expires
		}
	}
	return g, nil
}
