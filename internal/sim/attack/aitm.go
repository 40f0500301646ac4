package attack

import "time"

// aitm puts a proxy between the person and the sign-in page: the second factor
// is given to the proxy, and its cookie is used from elsewhere.
func aitm(s *stage) {
	p := s.deck.deal()
	session := guid(s.r)
	proxy := by(s.level, abroad(s.r, hosting[3:5], p.home), one(s.r, hosting[:2]), hosting[5].address(s.r))
	s.signIn(try{who: p, from: proxy, mfa: "done", app: officeHome, client: "Browser", session: session, agent: oldWindows})
	s.technique = "T1539"
	s.wait(by(s.level, 4*time.Minute, 25*time.Minute, 3*time.Hour))
	replay := by(s.level, abroad(s.r, dwellings, p.home), abroad(s.r, hosting, p.home), near(s.r, p.home))
	for range by(s.level, 6, 4, 3) {
		s.signIn(try{who: p, from: replay, mfa: "claim", silent: true, app: exchange, client: "Browser", session: session, agent: linuxChrome, incoming: "refreshToken"})
		s.wait(5 * time.Minute)
	}
	if s.level == Evasive {
		return
	}
	s.technique = "T1098.005"
	s.audit(change{name: "User registered security info", category: "UserManagement", service: "Authentication Methods", actor: p, from: replay, targets: []any{user(p)},
		details: map[string]string{"AuthenticationMethod": "Microsoft Authenticator"}}, p.upn)
}
