package attack

import "time"

// officeMove gives the office of a country a new address: for two days most of
// the people who live there sign in from it, on their own devices, and mistype
// now and then.
func officeMove(s *stage) {
	to := near(s.r, s.office())
	var staff []*person
	for _, p := range s.some(len(s.people)) {
		if p.home.country == to.country && len(staff) < max(4, len(s.people)/3) {
			staff = append(staff, p)
		}
	}
	start := s.now.Truncate(24 * time.Hour)
	for day := range 2 {
		s.now = start.AddDate(0, 0, day).Add(8 * time.Hour)
		for _, p := range staff {
			if s.r.IntN(12) == 0 {
				s.signIn(try{who: p, from: to, own: true, code: wrongPassword})
				s.wait(30 * time.Second)
			}
			s.signIn(try{who: p, from: to, own: true, mfa: "done"})
			s.wait(6 * time.Hour / time.Duration(1+len(staff)))
		}
	}
}
