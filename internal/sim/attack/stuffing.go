package attack

import (
	"fmt"
	"time"
)

// stuffing tries pairs of names and passwords from a leak: many names do not
// exist here, and one pair is right.
func stuffing(s *stage) {
	var from []network
	for range by(s.level, 1, 5, 30) {
		from = append(from, one(s.r, by(s.level, hosting, hosting, dwellings)))
	}
	users := s.some(30)
	pause := by(s.level, 6*time.Second, 45*time.Second, 5*time.Minute)
	for i := range by(s.level, 100, 80, 60) {
		a := try{who: users[i/2%len(users)], from: from[i%len(from)], code: wrongPassword, app: officeHome, client: "Browser", agent: by(s.level, script, linuxChrome, linuxChrome)}
		switch {
		case i == 40:
			a.code, a.mfa = 0, ""
		case i%2 == 0:
			p := *a.who
			p.upn, p.id, p.name = fmt.Sprintf("%s%d@%s", []string{"info", "mail", "j.smith", "contact"}[s.r.IntN(4)], s.r.IntN(1e4), s.domain), "00000000-0000-0000-0000-000000000000", ""
			a.who, a.code = &p, unknownUser
		}
		s.signIn(a)
		s.wait(pause)
	}
}
