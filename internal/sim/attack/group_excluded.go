package attack

import "time"

// groupExcluded adds an account to a group that policies leave out. Nothing in
// its audit event says so; the group's name does, except at the last level,
// where only an earlier change of a policy names the group.
func groupExcluded(s *stage) {
	a, p := s.admin(), s.deck.deal()
	from := by(s.level, abroad(s.r, dwellings, a.home), abroad(s.r, hosting, a.home), a.home)
	id, name := guid(s.r), by(s.level, "CA-Exclusions", "Conditional Access exempt", "Legacy printers")
	pol := s.policies[int(s.level)%len(s.policies)] // each level has one of its own
	policy := func(groups ...string) string {
		if groups == nil {
			groups = []string{}
		}
		return text(tree{"id": pol.id, "displayName": pol.name, "state": "enabled", "conditions": tree{"users": tree{"includeUsers": []string{"All"}, "excludeUsers": []string{}, "excludeGroups": groups}}, "grantControls": tree{"operator": "OR", "builtInControls": []string{"mfa"}}})
	}
	now := s.now
	s.now = s.from.Add(9 * time.Hour) // the exclusion is old and was agreed on
	s.audit(change{name: "Update conditional access policy", category: "Policy", service: "Conditional Access", actor: a, targets: []any{object("Policy", pol.id, pol.name, prop("ConditionalAccessPolicy", policy(), policy(id)))}}, pol.name)
	s.labels, s.now = nil, now
	s.audit(change{name: "Add member to group", category: "GroupManagement", operation: "Assign", actor: a, from: from,
		targets: []any{user(p, prop("Group.ObjectID", nil, text(id)), prop("Group.DisplayName", nil, text(name)), prop("Group.WellKnownObjectName", nil, nil)), object("Group", id, "")}}, p.upn)
	s.wait(20 * time.Minute)
	s.technique = "T1078.004"
	s.signIn(try{who: p, from: by(s.level, from, from, near(s.r, p.home)), app: exchange, client: "Browser"})
}
