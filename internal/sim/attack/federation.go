package attack

import "time"

// federation makes an identity provider of the attacker's sign tokens for a
// domain of the tenant.
func federation(s *stage) {
	a := s.admin()
	from := by(s.level, abroad(s.r, dwellings, a.home), abroad(s.r, hosting, a.home), a.home)
	domain := by(s.level, s.domain, "login-"+s.domain, s.domain)
	do := func(name string, props ...any) {
		s.audit(change{name: name, category: "DirectoryManagement", actor: a, from: from, targets: []any{object("Domain", domain, domain, props...)}}, domain)
		s.wait(3 * time.Minute)
	}
	if s.level == Realistic {
		do("Add unverified domain", prop("Name", "[]", text([]string{domain})))
		do("Verify domain", prop("Verified", "[false]", "[true]"))
	}
	if s.level != Evasive {
		do("Set domain authentication", prop("LiveType", text([]string{"Managed"}), text([]string{"Federated"})), prop("IssuerUri", nil, text("http://any.sts/"+guid(s.r)[:8])))
	}
	do("Set federation settings on domain", prop("IssuerUri", nil, text("http://any.sts/"+guid(s.r)[:8])), prop("NextSigningCertificate", nil, text("MII"+s.token())))
}
