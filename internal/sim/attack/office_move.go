package attack

import "time"

// officeMove gives an office a new address: for two days a third of the people
// sign in from there, on their own devices, and mistype now and then.
func officeMove(s *stage) {
	to := nearby[s.r.IntN(len(nearby))].address(s.r)
	start := s.now.Truncate(24 * time.Hour)
	for day := range 2 {
		s.now = start.AddDate(0, 0, day).Add(8 * time.Hour)
		for _, p := range s.some(len(s.people) / 3) {
			if s.r.IntN(12) == 0 {
				s.signIn(try{who: p, from: to, own: true, code: wrongPassword})
				s.wait(30 * time.Second)
			}
			s.signIn(try{who: p, from: to, own: true, mfa: "done"})
			s.wait(6 * time.Hour / time.Duration(1+len(s.people)/3))
		}
	}
}
