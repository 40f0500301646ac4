package attack

import (
	"fmt"
	"time"
)

// breakGlass uses an account for emergencies, or prepares to.
func breakGlass(s *stage) {
	p := *s.admin()
	n := 1 + s.r.IntN(2)
	p.upn, p.id, p.name = fmt.Sprintf("emergency%d@%s", n, s.domain), guid(s.r), fmt.Sprintf("Emergency Access %d", n)
	switch s.level {
	case Easy:
		s.signIn(try{who: &p, from: one(s.r, dwellings), app: azurePortal, client: "Browser"})
	case Realistic:
		from := one(s.r, hosting)
		for range 2 {
			s.signIn(try{who: &p, from: from, code: wrongPassword, app: azurePortal, client: "Browser"})
			s.wait(time.Minute)
		}
	case Evasive:
		a := s.admin()
		s.audit(change{name: "Reset user password", category: "UserManagement", actor: a, targets: []any{user(&p)}}, p.upn)
	}
}
