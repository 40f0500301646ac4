package attack

import "time"

// fatigue has the password and asks for the second factor until the person
// gives in.
func fatigue(s *stage) {
	p := s.deck.deal()
	from := by(s.level, abroad(s.r, dwellings, p.home), abroad(s.r, hosting, p.home), near(s.r, p.home))
	for range by(s.level, 12, 7, 3) {
		s.signIn(try{who: p, from: from, code: mfaDenied, mfa: "denied", app: officeHome, client: "Browser"})
		s.wait(by(s.level, 35*time.Second, 80*time.Second, 9*time.Minute))
	}
	s.technique = "T1078.004"
	s.signIn(try{who: p, from: from, mfa: "done", app: officeHome, client: "Browser"})
}
