package attack

import "time"

const globalAdmin = "62e90394-69f5-4237-9190-012177145e10"

// pim makes a hijacked administrator's power last.
func pim(s *stage) {
	a := s.admin()
	from := by(s.level, abroad(s.r, dwellings, a.home), abroad(s.r, hosting, a.home), near(s.r, a.home))
	s.now = s.now.Truncate(24 * time.Hour).Add(2*time.Hour + time.Duration(s.r.IntN(7200))*time.Second)
	s.signIn(try{who: a, from: from, mfa: "claim", app: azurePortal, client: "Browser"})
	s.wait(3 * time.Minute)
	role := object("Role", globalAdmin, "Global Administrator")
	details := map[string]string{"RoleDefinitionOriginId": globalAdmin, "StartTime": s.now.Format(time.RFC3339), "ExpirationTime": s.now.Add(8 * time.Hour).Format(time.RFC3339)}
	for _, n := range []string{"Add member to role requested (PIM activation)", "Add member to role completed (PIM activation)"} {
		s.audit(change{name: n, category: "RoleManagement", service: "PIM", operation: "Assign", actor: a, from: from, targets: []any{role, object("Request", guid(s.r), ""), user(a)}, details: details}, a.upn)
	}
	s.wait(10 * time.Minute)
	p := s.deck.deal()
	switch s.level {
	case Easy:
		s.audit(change{name: "Add member to role", category: "RoleManagement", operation: "Assign", actor: a, from: from, targets: []any{user(p, prop("Role.ObjectID", nil, text(guid(s.r))), prop("Role.DisplayName", nil, text("Global Administrator")), prop("Role.TemplateId", nil, text(globalAdmin)), prop("Role.WellKnownObjectName", nil, text("TenantAdmins")))}}, p.upn)
	case Realistic:
		s.audit(change{name: "Add eligible member to role in PIM completed (permanent)", category: "RoleManagement", service: "PIM", operation: "Assign", actor: a, from: from,
			targets: []any{object("Role", globalAdmin, "Global Administrator", prop("RoleDefinitionOriginId", nil, text(globalAdmin))), object("Request", guid(s.r), ""), user(p)}, details: map[string]string{"RoleDefinitionOriginId": globalAdmin}}, p.upn)
	case Evasive:
		s.audit(change{name: "Update role setting in PIM", category: "RoleManagement", service: "PIM", actor: a, from: from, targets: []any{role},
			details: map[string]string{"RoleDefinitionOriginId": globalAdmin, "ChangedRule": "MfaRule, ApprovalRule"}}, "Global Administrator")
	}
}
