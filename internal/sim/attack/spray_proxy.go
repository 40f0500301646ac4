package attack

import "time"

// sprayProxy tries one password for many users, each try from a home
// connection of its own that a proxy sells.
func sprayProxy(s *stage) {
	pause := by(s.level, 10*time.Second, 2*time.Minute, 16*time.Minute)
	agents := []agent{oldWindows, linuxChrome, script}[:by(s.level, 1, 1, 3)]
	for i, p := range s.some(by(s.level, 50, 45, 40)) {
		a := try{who: p, from: one(s.r, dwellings), code: wrongPassword, app: azureCLI, client: "Mobile Apps and Desktop clients", agent: agents[i%len(agents)]}
		if i == 30 {
			a.code, a.mfa = mfaAsked, "asked"
		}
		s.signIn(a)
		s.wait(pause)
	}
}
