package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

var roles = []named{
	{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"},
	{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"},
	{"4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"},
	{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
}

// change is one audit event to be written.
type change struct {
	name, category, service, operation string
	targets                            []object
	details                            []object
}

func prop(name string, old, new any) object {
	return object{{"displayName", name}, {"oldValue", old}, {"newValue", new}}
}

func target(kind, id string, name any, props ...object) object {
	return object{{"id", id}, {"displayName", name}, {"type", kind}, {"modifiedProperties", append([]object{}, props...)}, {"administrativeUnits", []object{}}}
}

// auditDay makes the changes that administrators make in a day.
func (t *tenant) auditDay(day time.Time, emit func(record)) {
	r := source(t.seed, "audit", day.Format("2006-01-02"))
	if len(t.admins) == 0 {
		return
	}
	for range 5 + len(t.people)/20 {
		a := t.admins[r.IntN(len(t.admins))]
		at := day.Add(hours(8 + 9*r.Float64())).Truncate(time.Second).Add(tick(r))
		t.audit(a, at, t.change(r), r, emit)
	}
	// Eligible administrators activate a role for a few hours.
	for range 1 + len(t.admins)/4 {
		a := t.admins[r.IntN(len(t.admins))]
		role := roles[zipf(r, len(roles))]
		at := day.Add(hours(8 + 9*r.Float64())).Truncate(time.Second).Add(tick(r))
		for i, name := range []string{"Add member to role requested (PIM activation)", "Add member to role completed (PIM activation)"} {
			t.audit(a, at.Add(time.Duration(i)*2*time.Second), change{name: name, category: "RoleManagement", service: "PIM", operation: "Assign",
				targets: []object{target("Role", role.id, role.name), target("Request", guid(r), nil), append(target("User", a.id, a.name), member{"userPrincipalName", a.upn})},
				details: []object{{{"key", "RoleDefinitionOriginId"}, {"value", role.id}}, {{"key", "StartTime"}, {"value", at.Format(time.RFC3339)}}, {{"key", "ExpirationTime"}, {"value", at.Add(4 * time.Hour).Format(time.RFC3339)}}}}, r, emit)
		}
	}
}

// change draws what an administrator does.
func (t *tenant) change(r *rand.Rand) change {
	who := t.people[r.IntN(len(t.people)-2)] // not the accounts for emergencies
	g := t.groups[r.IntN(len(t.groups))]
	user := func(props ...object) object {
		return append(target("User", who.id, nil, props...), member{"userPrincipalName", who.upn})
	}
	group := append(target("Group", g.id, nil), member{"groupType", "azureAD"})
	c := change{service: "Core Directory", category: "UserManagement", operation: "Update"}
	switch x := r.IntN(100); {
	case x < 28:
		c.name, c.category, c.operation = "Add member to group", "GroupManagement", "Assign"
		c.targets = []object{user(prop("Group.ObjectID", nil, text(g.id)), prop("Group.DisplayName", nil, text(g.name)), prop("Group.WellKnownObjectName", nil, nil)), group}
	case x < 42:
		c.name, c.category, c.operation = "Remove member from group", "GroupManagement", "Unassign"
		c.targets = []object{user(prop("Group.ObjectID", text(g.id), nil), prop("Group.DisplayName", text(g.name), nil), prop("Group.WellKnownObjectName", nil, nil)), group}
	case x < 46:
		role := roles[zipf(r, len(roles))]
		c.name, c.category, c.operation = "Add member to role", "RoleManagement", "Assign"
		c.targets = []object{user(prop("Role.ObjectID", nil, text(guid(r))), prop("Role.DisplayName", nil, text(role.name)), prop("Role.TemplateId", nil, text(role.id)), prop("Role.WellKnownObjectName", nil, text(role.name)))}
	case x < 56:
		c.name, c.targets = "Reset user password", []object{user()}
	case x < 60:
		s := t.services[r.IntN(len(t.services))]
		c.name, c.category = "Update application – Certificates and secrets management ", "ApplicationManagement"
		c.targets = []object{target("Application", s.id, s.name, prop("KeyDescription", "[]", text([]string{"[KeyIdentifier=" + guid(r) + ",KeyType=Password,KeyUsage=Verify,DisplayName=deploy]"})), prop("Included Updated Properties", nil, text("KeyDescription")))}
	case x < 63:
		p := t.policies[r.IntN(len(t.policies))]
		c.name, c.category, c.service = "Update conditional access policy", "Policy", "Conditional Access"
		c.targets = []object{target("Policy", p.id, p.name, prop("ConditionalAccessPolicy", `{"state":"enabled"}`, `{"state":"enabledForReportingButNotEnforced"}`))}
	case x < 70:
		c.name, c.service = "User registered security info", "Authentication Methods"
		c.targets = []object{user()}
	case x < 74:
		c.name, c.category, c.operation = "Add user", "UserManagement", "Add"
		c.targets = []object{user(prop("AccountEnabled", "[]", "[true]"), prop("UserPrincipalName", "[]", text([]string{who.upn})), prop("Included Updated Properties", nil, text("AccountEnabled, UserPrincipalName")))}
	case x < 78:
		s := t.services[r.IntN(len(t.services))]
		c.name, c.category, c.operation = "Consent to application", "ApplicationManagement", "Assign"
		c.targets = []object{target("ServicePrincipal", s.id, s.name, prop("ConsentContext.IsAdminConsent", nil, text("False")), prop("ConsentAction.Permissions", nil, text("[] => [[Id: x, Scope: User.Read openid profile]]; ")))}
	default:
		c.name = "Update user"
		c.targets = []object{user(prop("Department", text([]string{who.department}), text([]string{departments[r.IntN(len(departments))]})), prop("Included Updated Properties", nil, text("Department")), prop("TargetId.UserType", nil, text("Member")))}
	}
	return c
}

func (t *tenant) audit(a *person, at time.Time, c change, r *rand.Rand, emit func(record)) {
	corr, result := guid(r), "success"
	if r.IntN(40) == 0 {
		result = "failure"
	}
	prefix := map[string]string{"PIM": "PIM", "Core Directory": "Directory", "Conditional Access": "Directory"}[c.service]
	if prefix == "" {
		prefix = "IDM"
	}
	props := object{
		{"tenantId", t.id}, {"resultType", ""}, {"resultDescription", ""}, {"operationName", c.name}, {"identity", a.name}, {"tenantGeo", "EU"},
		{"id", fmt.Sprintf("%s_%s_%s_%d", prefix, corr, "SIM01", r.IntN(1e8))}, {"category", c.category}, {"correlationId", corr}, {"result", result}, {"resultReason", ""},
		{"activityDisplayName", c.name}, {"activityDateTime", at.UTC().Format("2006-01-02T15:04:05.0000000+00:00")}, {"loggedByService", c.service}, {"operationType", c.operation}, {"userAgent", nil},
		{"initiatedBy", object{{"user", object{{"id", a.id}, {"displayName", a.name}, {"userPrincipalName", a.upn}, {"ipAddress", a.homeIP}, {"roles", []string{}}}}}},
		{"targetResources", c.targets}, {"additionalDetails", append([]object{{{"key", "User-Agent"}, {"value", agents[0].ua}}}, c.details...)},
	}
	emit(t.diagnostic("AuditLogs", c.name, at, props, object{{"resultSignature", "None"}, {"callerIpAddress", a.homeIP}, {"correlationId", corr}, {"identity", a.name}}, r))
}
