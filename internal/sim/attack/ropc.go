package attack

import "time"

// ropc uses protocols that send the password and know no second factor.
func ropc(s *stage) {
	p := s.deck.deal()
	from := by(s.level, abroad(s.r, dwellings, p.home), abroad(s.r, hosting, p.home), near(s.r, p.home))
	client := by(s.level, "IMAP4", otherClients, "Mobile Apps and Desktop clients")
	protocol := by(s.level, "none", "ropc", "ropc")
	for range by(s.level, 8, 3, 0) {
		s.signIn(try{who: p, from: from, code: wrongPassword, app: exchange, client: client, protocol: protocol, agent: by(s.level, agent{"BAV2ROPC", "", ""}, script, script)})
		s.wait(time.Minute)
	}
	for range by(s.level, 6, 3, 2) {
		s.signIn(try{who: p, from: from, app: exchange, client: client, protocol: protocol, agent: by(s.level, agent{"BAV2ROPC", "", ""}, script, script)})
		s.wait(30 * time.Minute)
	}
}
