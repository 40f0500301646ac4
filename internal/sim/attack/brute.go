package attack

import "time"

// brute guesses the password of one account until it is locked or right.
func brute(s *stage) {
	p := s.deck.deal()
	var from []network
	for range by(s.level, 1, 1, 4) {
		from = append(from, one(s.r, hosting))
	}
	n := by(s.level, 60, 35, 24)
	for i := range n {
		a := try{who: p, from: from[i%len(from)], code: wrongPassword, app: azurePortal, client: "Browser", agent: script}
		switch {
		case s.level == Easy && i > 10 && i%3 == 0:
			a.code = locked
		case i == n-1:
			a.code, a.mfa = mfaAsked, "asked"
		}
		s.signIn(a)
		s.wait(by(s.level, 8*time.Second, time.Minute, 45*time.Minute))
	}
}
