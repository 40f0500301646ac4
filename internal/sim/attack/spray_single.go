package attack

import "time"

// spraySingle tries one password for many users from one address, and gets one
// right, which only the second factor stops.
func spraySingle(s *stage) {
	from := one(s.r, by(s.level, dwellings, hosting, hosting))
	pause := by(s.level, 15*time.Second, 40*time.Second, 80*time.Minute)
	users := s.some(by(s.level, 40, 22, 14))
	for i, p := range users {
		a := try{who: p, from: from, code: wrongPassword, app: officeHome, client: "Browser", agent: by(s.level, script, oldWindows, oldWindows)}
		if i == len(users)*3/4 {
			a.code, a.mfa = mfaAsked, "asked"
		}
		s.signIn(a)
		s.wait(pause)
	}
}
