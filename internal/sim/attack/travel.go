package attack

import "time"

// travel signs in from far away while the person works at home, 20 minutes, no
// time at all, or three hours later.
func travel(s *stage) {
	p := s.deck.deal()
	s.now = s.now.Truncate(24 * time.Hour).Add(10*time.Hour + time.Duration(s.r.IntN(4*3600))*time.Second)
	victim := *s // what the person does has no label
	victim.signIn(try{who: p, from: p.home, own: true, mfa: "claim", app: officeHome})
	s.records = victim.records
	s.now = s.now.Add(by(s.level, 20*time.Minute, 0, 3*time.Hour))
	from := by(s.level, abroad(s.r, dwellings, p.home), abroad(s.r, dwellings, p.home), abroad(s.r, hosting, p.home))
	for far(from, p.home) < 4000 {
		from = abroad(s.r, by(s.level, dwellings, dwellings, append(hosting[2:3:3], dwellings...)), p.home)
	}
	mfa := by(s.level, "", "claim", "done")
	for range 2 {
		s.signIn(try{who: p, from: from, mfa: mfa, app: exchange, client: "Browser", agent: by(s.level, linuxChrome, oldWindows, oldWindows)})
		s.wait(10 * time.Minute)
	}
}
