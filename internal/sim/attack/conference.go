package attack

import "time"

// conference takes a few people to one city, behind one address of a hotel.
func conference(s *stage) {
	hotel := network{prefix: "83.36", asn: 3352, city: "Barcelona", state: "Catalonia", country: "ES", lat: 41.3874, lon: 2.1686}.address(s.r)
	people := s.some(6)
	start := s.now.Truncate(24 * time.Hour)
	s.now = start.Add(6 * time.Hour)
	for _, p := range people {
		s.signIn(try{who: p, from: p.home, own: true, mfa: "claim"})
	}
	for day := range 2 {
		s.now = start.AddDate(0, 0, day).Add(20 * time.Hour)
		for _, p := range people {
			s.signIn(try{who: p, from: hotel, own: true, mfa: "done"})
			s.wait(12 * time.Minute)
		}
	}
}
