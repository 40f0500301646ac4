package attack

import "time"

// vpnChange moves the company's VPN to a provider whose exit stands in another
// country: people are there and at home within minutes. The client of a
// company's VPN is on its own devices; a few people let theirs in, too.
func vpnChange(s *stage) {
	exit := one(s.r, hosting[:2])
	start := s.now.Truncate(24 * time.Hour)
	for day := range 2 {
		s.now = start.AddDate(0, 0, day).Add(7 * time.Hour)
		for _, p := range append(s.withDevice(len(s.people)/4), s.some(len(s.people)/20)...) {
			s.signIn(try{who: p, from: p.home, own: true, mfa: "claim"})
			s.wait(4 * time.Minute)
			s.signIn(try{who: p, from: exit, own: true, mfa: "claim"})
			s.wait(8 * time.Hour / time.Duration(1+len(s.people)/4))
		}
	}
}
