package attack

import "time"

// insiderVPN is somebody of the tenant who hides where they are, and what with,
// to reach what their work does not need.
func insiderVPN(s *stage) {
	p := s.deck.deal()
	from := by(s.level, abroad(s.r, hosting[3:5], p.home), one(s.r, hosting[:2]), hosting[5].address(s.r))
	s.now = s.now.Truncate(24 * time.Hour).Add(22*time.Hour + time.Duration(s.r.IntN(3600))*time.Second)
	for i := range by(s.level, 8, 5, 3) {
		s.signIn(try{who: p, from: from, mfa: by(s.level, "done", "claim", "claim"), own: s.level == Evasive, app: []application{azurePortal, azureCLI, exchange}[i%3], client: "Browser"})
		s.wait(6 * time.Minute)
	}
}
