package attack

import "time"

// saasRollout brings a new app to everybody: an administrator consents, people
// are stopped before that and use it after.
func saasRollout(s *stage) {
	a := s.admin()
	id, name := guid(s.r), "Lumen Boards"
	app := application{guid(s.r), name, "Microsoft Graph", "00000003-0000-0000-c000-000000000000"}
	for _, p := range s.some(6) {
		s.signIn(try{who: p, from: p.home, own: true, code: 65001, app: app})
		s.wait(4 * time.Minute)
	}
	s.audit(change{name: "Add service principal", category: "ApplicationManagement", operation: "Add", actor: a, targets: []any{object("ServicePrincipal", id, name, prop("AppId", nil, text(app.id)))}}, name)
	s.audit(change{name: "Consent to application", category: "ApplicationManagement", operation: "Assign", actor: a, targets: []any{object("ServicePrincipal", id, name, prop("ConsentContext.IsAdminConsent", nil, text("True")),
		prop("ConsentAction.Permissions", nil, text("[] => [[Id: "+guid(s.r)+", ClientId: "+id+", ConsentType: AllPrincipals, Scope: User.Read openid profile email]]; ")))}}, name)
	for _, p := range s.some(30) {
		s.signIn(try{who: p, from: p.home, own: true, mfa: "claim", app: app})
		s.wait(5 * time.Minute)
	}
}
