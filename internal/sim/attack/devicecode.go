package attack

import "time"

// deviceCode talks the person into entering a code, registers a device with
// what it gets, and comes back with that device's primary token.
func deviceCode(s *stage) {
	p := s.deck.deal()
	from := by(s.level, abroad(s.r, hosting[3:5], p.home), abroad(s.r, dwellings, p.home), near(s.r, p.home))
	session := guid(s.r)
	s.signIn(try{who: p, from: from, mfa: "claim", app: broker, client: "Mobile Apps and Desktop clients", protocol: "deviceCode", transfer: "deviceCodeFlow", session: session, agent: script})
	s.wait(2 * time.Minute)
	s.technique = "T1098.005"
	id, name := guid(s.r), by(s.level, "DESKTOP-ATK01", "DESKTOP-7F3K2QP", "LAPTOP-"+guid(s.r)[:6])
	s.audit(change{name: "Register device", category: "Device", service: "Device Registration Service", operation: "Add", actor: p, from: from, targets: []any{object("Device", id, name)},
		details: map[string]string{"Device Trust Type": "Azure AD join", "Device OS": "Windows"}}, p.upn)
	s.audit(change{name: "Add registered owner to device", category: "Device", operation: "Assign", actor: p, from: from, targets: []any{user(p, prop("Device.DisplayName", nil, text(name)), prop("Device.ObjectID", nil, text(id)))}}, p.upn)
	s.technique = "T1550.001"
	for range 4 {
		s.wait(20 * time.Minute)
		s.signIn(try{who: p, from: from, mfa: "claim", silent: true, app: exchange, client: "Mobile Apps and Desktop clients", transfer: "deviceCodeFlow", incoming: "primaryRefreshToken", session: session, agent: oldWindows})
	}
}
