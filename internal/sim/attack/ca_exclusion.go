package attack

// caExclusion opens a hole in a conditional access policy.
func caExclusion(s *stage) {
	a := s.admin()
	from := by(s.level, abroad(s.r, dwellings, a.home), abroad(s.r, hosting, a.home), a.home)
	// Not the first ones, which leave out groups (see groupExcluded): what is
	// written here would put an end to that.
	first := min(len(Levels()), len(s.policies)-1)
	pol, p := s.policies[first+s.r.IntN(len(s.policies)-first)], s.deck.deal()
	policy := func(state string, users, locations []string) string {
		return text(tree{"id": pol.id, "displayName": pol.name, "state": state, "createdDateTime": stamp(s.from), "conditions": tree{"applications": tree{"includeApplications": []string{"All"}, "excludeApplications": []string{}},
			"users":            tree{"includeUsers": []string{"All"}, "excludeUsers": users, "includeGroups": []string{}, "excludeGroups": []string{}},
			"locations":        tree{"includeLocations": []string{"All"}, "excludeLocations": locations},
			"signInRiskLevels": []string{}, "clientAppTypes": []string{"all"}}, "grantControls": tree{"operator": "OR", "builtInControls": []string{"mfa"}}})
	}
	none := []string{}
	before := policy("enabled", none, none)
	after := by(s.level, policy("disabled", none, none), policy("enabled", []string{p.id}, none), policy("enabled", none, []string{"AllTrusted"}))
	s.audit(change{name: "Update conditional access policy", category: "Policy", service: "Conditional Access", actor: a, from: from,
		targets: []any{object("Policy", pol.id, pol.name, prop("ConditionalAccessPolicy", before, after))}}, pol.name)
}
