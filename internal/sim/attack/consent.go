package attack

import "time"

// consent gets an app of the attacker the right to read mail.
func consent(s *stage) {
	p := s.deck.deal()
	if s.level == Easy {
		p = s.admin()
	}
	scope := by(s.level, "Mail.ReadWrite Mail.Send Files.ReadWrite.All offline_access", "Mail.Read offline_access User.Read", "Files.Read offline_access User.Read openid profile")
	id, name := guid(s.r), by(s.level, "Mail Upgrade", "O365 Document Viewer", "Calendar Sync")
	appID := guid(s.r)
	s.signIn(try{who: p, from: p.home, own: true, mfa: "claim", app: application{appID, name, "Microsoft Graph", "00000003-0000-0000-c000-000000000000"}, code: 65001})
	s.wait(20 * time.Second)
	s.audit(change{name: "Add service principal", category: "ApplicationManagement", operation: "Add", actor: p, targets: []any{object("ServicePrincipal", id, name, prop("AppId", nil, text(appID)), prop("AccountEnabled", nil, "[true]"))}}, name)
	s.audit(change{name: "Add delegated permission grant", category: "ApplicationManagement", operation: "Assign", actor: p, targets: []any{object("ServicePrincipal", "", "Microsoft Graph", prop("DelegatedPermissionGrant.Scope", nil, text(scope)), prop("DelegatedPermissionGrant.ConsentType", nil, text(by(s.level, "AllPrincipals", "Principal", "Principal"))), prop("ServicePrincipal.ObjectID", nil, text(id)), prop("ServicePrincipal.DisplayName", nil, text(name)))}}, name)
	s.audit(change{name: "Consent to application", category: "ApplicationManagement", operation: "Assign", actor: p, targets: []any{object("ServicePrincipal", id, name, prop("ConsentContext.IsAdminConsent", nil, text(by(s.level, "True", "False", "False"))), prop("ConsentContext.IsAppOnly", nil, text("False")), prop("ConsentContext.OnBehalfOfAll", nil, text(by(s.level, "True", "False", "False"))),
		prop("ConsentAction.Permissions", nil, text("[] => [[Id: "+guid(s.r)+", ClientId: "+id+", PrincipalId: "+p.id+", ResourceId: "+guid(s.r)+", ConsentType: "+by(s.level, "AllPrincipals", "Principal", "Principal")+", Scope: "+scope+", CreatedDateTime: , LastModifiedDateTime ]]; ")))}}, name)
}
