package attack

import "time"

// spSecret adds a secret to an application and signs in with it.
func spSecret(s *stage) {
	a, v := s.admin(), s.services[s.r.IntN(len(s.services))]
	from := by(s.level, abroad(s.r, hosting[3:5], a.home), one(s.r, hosting[:2]), a.home)
	key := guid(s.r)
	entry := func(id, name string) string {
		return "[KeyIdentifier=" + id + ",KeyType=Password,KeyUsage=Verify,DisplayName=" + name + "]"
	}
	old := entry(guid(s.r), "deploy")
	s.audit(change{name: by(s.level, "Add service principal credentials", "Update application – Certificates and secrets management ", "Update application – Certificates and secrets management "), category: "ApplicationManagement", actor: a, from: from,
		targets: []any{object(by(s.level, "ServicePrincipal", "Application", "Application"), v.id, v.name, prop("KeyDescription", text([]string{old}), text([]string{old, entry(key, by(s.level, "x", "backup", "deploy"))})), prop("Included Updated Properties", nil, text("KeyDescription")))}}, v.name)
	s.technique = "T1078.004"
	s.wait(by(s.level, 5*time.Minute, time.Hour, 5*time.Hour))
	use := by(s.level, one(s.r, hosting[3:5]), one(s.r, hosting[:2]), hosting[5].address(s.r))
	for range 4 {
		s.serviceSignIn(v, use, key)
		s.wait(20 * time.Minute)
	}
}
