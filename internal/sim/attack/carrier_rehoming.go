package attack

import "time"

// gateways are those of carriers in the countries of the offices: the city to
// which phones are moved.
var gateways = []network{
	{prefix: "109.249", asn: 12576, city: "Glasgow", state: "Scotland", country: "GB", lat: 55.8642, lon: -4.2518},
	{prefix: "172.56", asn: 21928, city: "Dallas", state: "Texas", country: "US", lat: 32.7767, lon: -96.797},
	{prefix: "89.206", asn: 6805, city: "Dusseldorf", state: "Nordrhein-Westfalen", country: "DE", lat: 51.2217, lon: 6.7762},
	{prefix: "157.49", asn: 55836, city: "Mumbai", state: "Maharashtra", country: "IN", lat: 19.076, lon: 72.8777},
}

// carrierRehoming is a mobile carrier that moves subscribers to a gateway in
// another city of their country; phones appear there while their owners'
// computers do not.
func carrierRehoming(s *stage) {
	phone := agent{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "Mobile Safari", "Ios 18.6"}
	// The carrier of the country that most people live in.
	lives := map[string][]*person{}
	best := gateways[0]
	for _, p := range s.some(len(s.people)) {
		lives[p.home.country] = append(lives[p.home.country], p)
	}
	for _, g := range gateways {
		if len(lives[g.country]) > len(lives[best.country]) {
			best = g
		}
	}
	people := lives[best.country]
	people = people[:min(len(people), max(2, len(s.people)/8))]
	start := s.now.Truncate(24 * time.Hour)
	for day := range 2 {
		s.now = start.AddDate(0, 0, day).Add(7 * time.Hour)
		for _, p := range people {
			s.signIn(try{who: p, from: p.home, own: true, mfa: "claim"})
			s.wait(10 * time.Minute)
			s.signIn(try{who: p, from: best.address(s.r), mfa: "claim", agent: phone, client: "Mobile Apps and Desktop clients"})
			s.wait(8 * time.Hour / time.Duration(1+len(people)))
		}
	}
}
