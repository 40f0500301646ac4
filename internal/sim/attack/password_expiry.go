package attack

import "time"

// passwordExpiry lets the passwords of many people end on one morning; the
// whole office fails from one address, and then gets in.
func passwordExpiry(s *stage) {
	office := s.office()
	s.now = s.now.Truncate(24 * time.Hour).Add(8 * time.Hour)
	for _, p := range s.some(min(25, len(s.people)/3)) {
		s.signIn(try{who: p, from: office, own: true, trusted: true, code: expired})
		s.wait(40 * time.Second)
		if s.r.IntN(3) == 0 {
			s.signIn(try{who: p, from: office, own: true, trusted: true, code: wrongPassword})
			s.wait(20 * time.Second)
		}
		s.signIn(try{who: p, from: office, own: true, trusted: true, mfa: "claim"})
		s.wait(time.Minute)
	}
}
