package attack

import "time"

// spraySlow tries each user once a day, for three days.
func spraySlow(s *stage) {
	users := s.some(by(s.level, 60, 40, 30))
	sources := by(s.level, 2, 12, 30)
	var from []network
	for range sources {
		from = append(from, one(s.r, by(s.level, hosting[:1], hosting, dwellings)))
	}
	start := s.now.Truncate(24 * time.Hour)
	for day := range 3 {
		s.now = start.AddDate(0, 0, day).Add(time.Hour)
		for i, p := range users {
			s.signIn(try{who: p, from: from[(i+day)%len(from)], code: wrongPassword, app: exchange, client: "Browser", agent: oldWindows})
			s.wait(22 * time.Hour / time.Duration(len(users)) / 4 * 3)
		}
	}
}
