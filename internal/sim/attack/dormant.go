package attack

import (
	"fmt"
	"time"
)

// dormant takes over an account that nobody has used since the history began.
func dormant(s *stage) {
	p := *s.deck.deal()
	p.upn, p.id, p.name = fmt.Sprintf("contractor%d@%s", 100+s.r.IntN(900), s.domain), guid(s.r), "Former Contractor"
	// Its last use, long before: ordinary, hence without a label.
	now := s.now
	s.now = s.from.Add(time.Hour)
	s.signIn(try{who: &p, from: p.home, own: true, app: officeHome})
	s.labels, s.now = nil, now
	from := by(s.level, abroad(s.r, dwellings, p.home), abroad(s.r, hosting, p.home), near(s.r, p.home))
	for range by(s.level, 4, 2, 0) {
		s.signIn(try{who: &p, from: from, code: wrongPassword, app: officeHome, client: "Browser"})
		s.wait(time.Minute)
	}
	for range 3 {
		s.signIn(try{who: &p, from: from, app: officeHome, client: "Browser"})
		s.wait(15 * time.Minute)
	}
}
