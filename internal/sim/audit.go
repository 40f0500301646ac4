package sim

import (
	"encoding/json"
	"fmt"
	"time"
)

var roles = []struct{ id, name string }{
	{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
	{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"},
	{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"},
	{"4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"},
}

// text is a value as modifiedProperties holds it: JSON inside a string.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only strings and lists of strings are passed
	}
	return string(b)
}

// auditDay makes the changes that administrators make in a day.
func (t *tenant) auditDay(day time.Time, emit func(record) error) error {
	r := source(t.seed, "audit", day.Format("2006-01-02"))
	if len(t.admins) == 0 {
		return nil
	}
	for range 5 + len(t.people)/20 {
		a := t.admins[r.IntN(len(t.admins))]
		who := t.people[r.IntN(len(t.people))]
		g := t.groups[r.IntN(len(t.groups))]
		at := day.Add(time.Duration((8 + 9*r.Float64()) * float64(time.Hour))).Truncate(time.Second).Add(tick(r))
		user := object{{"id", who.id}, {"displayName", nil}, {"type", "User"}, {"userPrincipalName", who.upn}}
		groupProps := func(old, new string) []any {
			return []any{
				object{{"displayName", "Group.ObjectID"}, {"oldValue", old}, {"newValue", new}},
				object{{"displayName", "Group.DisplayName"}, {"oldValue", nil}, {"newValue", text(g.name)}},
			}
		}
		name, category, op := "Update user", "UserManagement", "Update"
		var targets []any
		switch x := r.IntN(100); {
		case x < 30:
			name, category, op = "Add member to group", "GroupManagement", "Assign"
			targets = []any{append(user, member{"modifiedProperties", groupProps("", text(g.id))}), object{{"id", g.id}, {"displayName", nil}, {"type", "Group"}, {"groupType", "azureAD"}, {"modifiedProperties", []any{}}}}
		case x < 45:
			name, category, op = "Remove member from group", "GroupManagement", "Unassign"
			targets = []any{append(user, member{"modifiedProperties", groupProps(text(g.id), "")}), object{{"id", g.id}, {"displayName", nil}, {"type", "Group"}, {"groupType", "azureAD"}, {"modifiedProperties", []any{}}}}
		case x < 52:
			name, category, op = "Add member to role", "RoleManagement", "Assign"
			role := roles[zipf(r, len(roles))]
			targets = []any{append(user, member{"modifiedProperties", []any{
				object{{"displayName", "Role.ObjectID"}, {"oldValue", nil}, {"newValue", text(guid(r))}},
				object{{"displayName", "Role.DisplayName"}, {"oldValue", nil}, {"newValue", text(role.name)}},
				object{{"displayName", "Role.TemplateId"}, {"oldValue", nil}, {"newValue", text(role.id)}}}})}
		case x < 65:
			name, op = "Reset user password", "Update"
			targets = []any{append(user, member{"modifiedProperties", []any{}})}
		case x < 70:
			name, category = "Update application – Certificates and secrets management ", "ApplicationManagement"
			s := t.services[r.IntN(len(t.services))]
			targets = []any{object{{"id", s.id}, {"displayName", s.name}, {"type", "Application"}, {"modifiedProperties", []any{object{{"displayName", "KeyDescription"}, {"oldValue", "[]"}, {"newValue", text([]string{"[KeyIdentifier=" + guid(r) + ",KeyType=Password,KeyUsage=Verify,DisplayName=deploy]"})}}}}}}
		case x < 74:
			name, category = "Update conditional access policy", "Policy"
			p := t.policies[r.IntN(len(t.policies))]
			targets = []any{object{{"id", p.id}, {"displayName", p.name}, {"type", "Policy"}, {"modifiedProperties", []any{object{{"displayName", "ConditionalAccessPolicy"}, {"oldValue", `{"state":"enabled"}`}, {"newValue", `{"state":"enabledForReportingButNotEnforced"}`}}}}}}
		default:
			targets = []any{append(user, member{"modifiedProperties", []any{object{{"displayName", "Department"}, {"oldValue", text([]string{who.department})}, {"newValue", text([]string{departments[r.IntN(len(departments))]})}}}})}
		}
		corr, result := guid(r), "success"
		if r.IntN(40) == 0 {
			result = "failure"
		}
		props := object{
			{"tenantId", t.id}, {"resultType", ""}, {"resultDescription", ""}, {"operationName", name}, {"identity", a.name}, {"tenantGeo", "EU"},
			{"id", fmt.Sprintf("Directory_%s_%s_%d", corr, "SIM01", r.IntN(1e8))}, {"category", category}, {"correlationId", corr}, {"result", result}, {"resultReason", ""},
			{"activityDisplayName", name}, {"activityDateTime", at.UTC().Format("2006-01-02T15:04:05.0000000+00:00")}, {"loggedByService", "Core Directory"}, {"operationType", op}, {"userAgent", nil},
			{"initiatedBy", object{{"user", object{{"id", a.id}, {"displayName", a.name}, {"userPrincipalName", a.upn}, {"ipAddress", a.home.net + "." + a.lastOctets}, {"roles", []any{}}}}}},
			{"targetResources", targets}, {"additionalDetails", []any{object{{"key", "User-Agent"}, {"value", userAgents[0].ua}}}},
		}
		rec := t.diagnostic("AuditLogs", name, at, props, object{{"resultSignature", "None"}, {"callerIpAddress", a.home.net + "." + a.lastOctets}, {"correlationId", corr}, {"identity", a.name}}, r)
		if err := emit(rec); err != nil {
			return err
		}
	}
	return nil
}
