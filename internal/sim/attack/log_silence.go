package attack

import "time"

// logSilence stops records from being delivered. Its labels name what is
// missing, with no record's id.
func logSilence(s *stage) {
	s.now = s.now.Truncate(24 * time.Hour).Add(8 * time.Hour)
	d := by(s.level, 14*time.Hour, 8*time.Hour, 6*time.Hour)
	for _, c := range by(s.level, []string{"SignInLogs", "NonInteractiveUserSignInLogs", "AuditLogs", "ServicePrincipalSignInLogs"}, []string{"SignInLogs", "NonInteractiveUserSignInLogs"}, []string{"NonInteractiveUserSignInLogs"}) {
		s.gaps = append(s.gaps, gap{c, s.now, s.now.Add(d)})
		s.mark("", "", c)
	}
	start := s.now
	s.now = s.now.Add(d)
	s.mark("", "", s.gaps[0].category) // where it ends
	s.now = start
}
