package attack

import "time"

// carrierRehoming is a mobile carrier that moves subscribers to a gateway in
// another city; phones appear there while their owners' computers do not.
func carrierRehoming(s *stage) {
	phone := agent{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "Mobile Safari", "Ios 18.6"}
	gateway := network{prefix: "109.249", asn: 12576, city: "Glasgow", state: "Scotland", country: "GB", lat: 55.8642, lon: -4.2518}
	start := s.now.Truncate(24 * time.Hour)
	people := s.some(len(s.people) / 8)
	for day := range 2 {
		s.now = start.AddDate(0, 0, day).Add(7 * time.Hour)
		for _, p := range people {
			s.signIn(try{who: p, from: p.home, own: true, mfa: "claim"})
			s.wait(10 * time.Minute)
			s.signIn(try{who: p, from: gateway.address(s.r), mfa: "claim", agent: phone, client: "Mobile Apps and Desktop clients"})
			s.wait(8 * time.Hour / time.Duration(1+len(people)))
		}
	}
}
