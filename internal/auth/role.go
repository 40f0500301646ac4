package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a person is here. It stands for scopes.
type Role string

// The roles. An auditor reads and takes evidence along, and for a time only.
const (
	Viewer  Role = "viewer"
	Analyst Role = "analyst"
	Auditor Role = "auditor"
	AdminOf Role = "admin"
)

// Roles are all of them.
var Roles = []Role{Viewer, Analyst, Auditor, AdminOf}

// grants is the table of roles.
var grants = map[Role][]Scope{
	Viewer:  {Query},
	Analyst: {Query, Export, Triage, Rules},
	Auditor: {Query, Export},
	AdminOf: {Query, Export, Triage, Rules, Metrics, Admin},
}

// ScopesOf joins what roles allow, in the order of Scopes.
func ScopesOf(roles []Role) []Scope {
	var out []Scope
	for _, s := range Scopes {
		for _, r := range roles {
			if slices.Contains(grants[r], s) {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	r := Role(strings.ToLower(strings.TrimSpace(s)))
	if !slices.Contains(Roles, r) {
		return "", fmt.Errorf("role %q: use viewer, analyst, auditor or admin", s)
	}
	return r, nil
}
