package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// roles that administrators are eligible for, by their place in the list of
// administrators: most only help users, and one may do everything.
var roles = []named{
	{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
	{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"},
	{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"},
	{"4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"},
}

// How often what few administrators do seldom happens. No public figures were
// found; docs/detection-bench.md names these as assumptions.
const (
	secretLife      = 180.0 // days between two secrets of an application
	policyEvery     = 45.0  // days between two changes of a conditional access policy
	rolloutEvery    = 45.0  // days between two apps that an administrator consents to
	roleEvery       = 90.0  // days between two assignments of a lesser role
	activationShare = 0.5   // of administrators who activate their role on a working day
	globalShare     = 0.1   // of those activations, how many are of the strongest role where somebody may have it
	weekendShare    = 0.1   // of the work of a working day that a day of the weekend has
)

// change is one audit event to be written.
type change struct {
	name, category, service, operation string
	targets                            []object
	details                            []object
	reason                             string
}

func prop(name string, old, new any) object {
	return object{{"displayName", name}, {"oldValue", old}, {"newValue", new}}
}

func target(kind, id string, name any, props ...object) object {
	return object{{"id", id}, {"displayName", name}, {"type", kind}, {"modifiedProperties", append([]object{}, props...)}, {"administrativeUnits", []object{}}}
}

func account(p *person, props ...object) object {
	return append(target("User", p.id, nil, props...), member{"userPrincipalName", p.upn})
}

// auditDay makes the changes of a day: of administrators in their working
// hours and from where they work, and of people to their own accounts.
func (t *tenant) auditDay(day time.Time, emit func(record)) {
	r := source(t.seed, "audit", day.Format("2006-01-02"))
	if len(t.admins) == 0 {
		return
	}
	share := 1.0
	if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		share = weekendShare
	}
	at := func(p *person) time.Time {
		return day.Add(hours(p.start + 0.5 + 7.5*r.Float64())).Truncate(time.Second).Add(tick(r))
	}
	for n := poisson(r, share*float64(5+len(t.people)/20)); n > 0; n-- {
		who, c := t.change(r)
		t.audit(who, at(who), c, r, emit)
	}
	for n := poisson(r, share*(1+float64(len(t.people))/200)); n > 0; n-- {
		who, c := t.self(r)
		t.audit(who, at(who), c, r, emit)
	}
	t.seldom(share, r, func(p *person, c change) { t.audit(p, at(p), c, r, emit) })
	for i, a := range t.admins {
		if r.Float64() >= share*activationShare {
			continue
		}
		role := roles[1+i%(len(roles)-1)]
		if i == 0 && r.Float64() < globalShare {
			role = roles[0]
		}
		t.activate(a, role, at(a), r, emit)
	}
}

// activate makes an eligible administrator's role active for a few hours.
func (t *tenant) activate(a *person, role named, at time.Time, r *rand.Rand, emit func(record)) {
	for i, name := range []string{"Add member to role requested (PIM activation)", "Add member to role completed (PIM activation)"} {
		t.audit(a, at.Add(time.Duration(i)*2*time.Second), change{name: name, category: "RoleManagement", service: "PIM", operation: "Assign", reason: "Tickets of the day",
			targets: []object{target("Role", role.id, role.name), target("Request", guid(r), nil), append(target("User", a.id, a.name), member{"userPrincipalName", a.upn})},
			details: []object{{{"key", "RoleDefinitionOriginId"}, {"value", role.id}}, {{"key", "StartTime"}, {"value", at.Format(time.RFC3339)}}, {{"key", "ExpirationTime"}, {"value", at.Add(4 * time.Hour).Format(time.RFC3339)}}}}, r, emit)
	}
}

// anybody is somebody whose account is in ordinary use.
func (t *tenant) anybody(r *rand.Rand) *person { return t.people[r.IntN(len(t.people)-2)] }

// change draws what an administrator does day by day.
func (t *tenant) change(r *rand.Rand) (*person, change) {
	a, who := t.admins[r.IntN(len(t.admins))], t.anybody(r)
	g := t.groups[r.IntN(len(t.groups))]
	group := append(target("Group", g.id, nil), member{"groupType", "azureAD"})
	c := change{service: "Core Directory", category: "UserManagement", operation: "Update"}
	switch x := r.IntN(100); {
	case x < 30:
		c.name, c.category, c.operation = "Add member to group", "GroupManagement", "Assign"
		c.targets = []object{account(who, prop("Group.ObjectID", nil, text(g.id)), prop("Group.DisplayName", nil, text(g.name)), prop("Group.WellKnownObjectName", nil, nil)), group}
	case x < 46:
		c.name, c.category, c.operation = "Remove member from group", "GroupManagement", "Unassign"
		c.targets = []object{account(who, prop("Group.ObjectID", text(g.id), nil), prop("Group.DisplayName", text(g.name), nil), prop("Group.WellKnownObjectName", nil, nil)), group}
	case x < 56:
		if who.admin { // they reset their own passwords
			return who, change{name: "Change user password", service: c.service, category: c.category, operation: c.operation, targets: []object{account(who)}}
		}
		c.name, c.targets = "Reset user password", []object{account(who)}
	case x < 60:
		c.name, c.operation = "Add user", "Add"
		c.targets = []object{account(who, prop("AccountEnabled", "[]", "[true]"), prop("UserPrincipalName", "[]", text([]string{who.upn})), prop("Included Updated Properties", nil, text("AccountEnabled, UserPrincipalName")))}
	default:
		c.name = "Update user"
		c.targets = []object{account(who, prop("Department", text([]string{who.department}), text([]string{departments[r.IntN(len(departments))]})), prop("Included Updated Properties", nil, text("Department")), prop("TargetId.UserType", nil, text("Member")))}
	}
	return a, c
}

// self draws what somebody does to their own account.
func (t *tenant) self(r *rand.Rand) (*person, change) {
	who := t.anybody(r)
	c := change{service: "Core Directory", category: "UserManagement", operation: "Update", targets: []object{account(who)}}
	switch x := r.IntN(100); {
	case x < 40:
		c.name, c.service = "User registered security info", "Authentication Methods"
	case x < 80:
		c.name = "Change user password"
	default:
		s := t.services[r.IntN(len(t.services))]
		c.name, c.category, c.operation = "Consent to application", "ApplicationManagement", "Assign"
		c.targets = []object{target("ServicePrincipal", s.id, s.name, prop("ConsentContext.IsAdminConsent", nil, text("False")), prop("ConsentAction.Permissions", nil, text("[] => [[Id: x, Scope: User.Read openid profile]]; ")))}
	}
	return who, c
}

// seldom makes what happens a few times a year: the owner of an application
// gives it a new secret, a policy is made stricter, an app is brought in, a
// lesser role is given.
func (t *tenant) seldom(share float64, r *rand.Rand, do func(*person, change)) {
	now := func(days float64) bool { return r.Float64() < share/days }
	for i, s := range t.services {
		if s.managed || s.cert || !now(secretLife) {
			continue
		}
		entry := func(key string) string {
			return "[KeyIdentifier=" + key + ",KeyType=Password,KeyUsage=Verify,DisplayName=deploy]"
		}
		old := s.key
		s.key = guid(r)
		do(t.admins[i%len(t.admins)], change{name: "Update application – Certificates and secrets management ", category: "ApplicationManagement", service: "Core Directory", operation: "Update",
			targets: []object{target("Application", s.id, s.name, prop("KeyDescription", text([]string{entry(old)}), text([]string{entry(s.key)})), prop("Included Updated Properties", nil, text("KeyDescription")))}})
	}
	if now(policyEvery) {
		p := t.policies[len(t.policies)/2+r.IntN(len(t.policies)/2)]
		do(t.admins[0], change{name: "Update conditional access policy", category: "Policy", service: "Conditional Access", operation: "Update",
			targets: []object{target("Policy", p.id, p.name, prop("ConditionalAccessPolicy", `{"state":"enabledForReportingButNotEnforced"}`, `{"state":"enabled"}`))}})
	}
	if now(rolloutEvery) {
		id, name := guid(r), []string{"Miro", "Figma", "Zoom", "Asana", "DocuSign", "Grammarly"}[r.IntN(6)]
		do(t.admins[0], change{name: "Add service principal", category: "ApplicationManagement", service: "Core Directory", operation: "Add", targets: []object{target("ServicePrincipal", id, name)}})
		do(t.admins[0], change{name: "Consent to application", category: "ApplicationManagement", service: "Core Directory", operation: "Assign",
			targets: []object{target("ServicePrincipal", id, name, prop("ConsentContext.IsAdminConsent", nil, text("True")), prop("ConsentAction.Permissions", nil, text("[] => [[Id: x, ConsentType: AllPrincipals, Scope: User.Read openid profile email]]; ")))}})
	}
	if now(roleEvery) {
		who, role := t.anybody(r), roles[3]
		do(t.admins[0], change{name: "Add member to role", category: "RoleManagement", service: "Core Directory", operation: "Assign",
			targets: []object{account(who, prop("Role.ObjectID", nil, text(guid(r))), prop("Role.DisplayName", nil, text(role.name)), prop("Role.TemplateId", nil, text(role.id)), prop("Role.WellKnownObjectName", nil, text(role.name)))}})
	}
}

// desk is the address from which somebody works at a time of day: that of the
// office for those who go there, else that of home.
func (p *person) desk(r *rand.Rand) string {
	if p.pattern == atOffice || p.pattern == hybrid && r.IntN(2) == 0 {
		return offices[p.office].ip
	}
	return p.homeIP
}

func (t *tenant) audit(a *person, at time.Time, c change, r *rand.Rand, emit func(record)) {
	corr, result, ip := guid(r), "success", a.desk(r)
	if r.IntN(40) == 0 {
		result = "failure"
	}
	prefix := map[string]string{"PIM": "PIM", "Core Directory": "Directory", "Conditional Access": "Directory"}[c.service]
	if prefix == "" {
		prefix = "IDM"
	}
	props := object{
		{"tenantId", t.id}, {"resultType", ""}, {"resultDescription", c.reason}, {"operationName", c.name}, {"identity", a.name}, {"tenantGeo", "EU"},
		{"id", fmt.Sprintf("%s_%s_%s_%d", prefix, corr, "SIM01", r.IntN(1e8))}, {"category", c.category}, {"correlationId", corr}, {"result", result}, {"resultReason", c.reason},
		{"activityDisplayName", c.name}, {"activityDateTime", at.UTC().Format("2006-01-02T15:04:05.0000000+00:00")}, {"loggedByService", c.service}, {"operationType", c.operation}, {"userAgent", nil},
		{"initiatedBy", object{{"user", object{{"id", a.id}, {"displayName", a.name}, {"userPrincipalName", a.upn}, {"ipAddress", ip}, {"roles", []string{}}}}}},
		{"targetResources", c.targets}, {"additionalDetails", append([]object{{{"key", "User-Agent"}, {"value", agents[0].ua}}}, c.details...)},
	}
	emit(t.diagnostic("AuditLogs", c.name, at, props, object{{"resultSignature", "None"}, {"callerIpAddress", ip}, {"correlationId", corr}, {"identity", a.name}}, r))
}
