package attack

import "time"

// airlineWiFi is somebody on an aeroplane: a satellite operator's address far
// from where they left an hour ago.
func airlineWiFi(s *stage) {
	p := s.deck.deal()
	sky := network{prefix: "148.252", asn: 22351, city: "Fucino", state: "Abruzzo", country: "IT", lat: 41.98, lon: 13.6}.address(s.r)
	s.signIn(try{who: p, from: p.home, own: true, mfa: "claim"})
	s.wait(75 * time.Minute)
	for range 2 {
		s.signIn(try{who: p, from: sky, own: true, mfa: "claim"})
		s.wait(50 * time.Minute)
	}
	s.wait(5 * time.Hour)
	s.signIn(try{who: p, from: p.home, own: true, mfa: "claim"})
}
