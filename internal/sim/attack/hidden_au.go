package attack

import "time"

// hiddenAU hides accounts in an administrative unit whose members nobody sees
// and nobody else may change.
func hiddenAU(s *stage) {
	a, p := s.admin(), s.deck.deal()
	from := by(s.level, abroad(s.r, dwellings, a.home), abroad(s.r, hosting, a.home), a.home)
	id, name := guid(s.r), by(s.level, "hidden", "Krbtgt", "Regional Support")
	props := []any{prop("DisplayName", "[]", text([]string{name})), prop("IsMemberManagementRestricted", "[]", "[true]")}
	if s.level != Evasive {
		props = append(props, prop("Visibility", "[]", text([]string{"HiddenMembership"})))
	}
	s.audit(change{name: "Add administrative unit", category: "AdministrativeUnit", operation: "Add", actor: a, from: from, targets: []any{object("AdministrativeUnit", id, name, props...)}}, name)
	s.wait(4 * time.Minute)
	s.audit(change{name: "Add member to restricted management administrative unit", category: "AdministrativeUnit", operation: "Assign", actor: a, from: from,
		targets: []any{user(p, prop("AdministrativeUnit.ObjectID", nil, text(id)), prop("AdministrativeUnit.DisplayName", nil, text(name))), object("AdministrativeUnit", id, name)}}, p.upn)
	s.wait(4 * time.Minute)
	s.audit(change{name: "Add scoped member to role", category: "RoleManagement", operation: "Assign", actor: a, from: from,
		targets: []any{user(p, prop("Role.DisplayName", nil, text("User Administrator")), prop("Role.TemplateId", nil, text("fe930be7-5e62-47db-91af-98c3a49a38b1")), prop("Role.ScopedToAdministrativeUnit", nil, text(id)))}}, p.upn)
}
