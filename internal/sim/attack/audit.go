package attack

import "fmt"

// change is one event of the audit log.
type change struct {
	name, category, service, operation string
	actor                              *person
	app                                string  // acts instead of a person
	from                               network // of the actor; zero: home
	targets                            []any
	details                            map[string]string
}

func prop(name string, old, new any) any {
	return tree{"displayName": name, "oldValue": old, "newValue": new}
}

func object(kind, id, name string, props ...any) tree {
	return tree{"id": id, "displayName": name, "type": kind, "modifiedProperties": append([]any{}, props...), "administrativeUnits": []any{}}
}

func user(p *person, props ...any) tree {
	t := object("User", p.id, p.name, props...)
	t["userPrincipalName"] = p.upn
	return t
}

// audit makes an event of the audit log; victim is the account or object of
// its label.
func (s *stage) audit(c change, victim string) {
	if c.service == "" {
		c.service = "Core Directory"
	}
	if c.operation == "" {
		c.operation = "Update"
	}
	if c.from.ip == "" && c.actor != nil {
		c.from = c.actor.home
	}
	corr := guid(s.r)
	prefix := map[string]string{"PIM": "PIM", "Core Directory": "Directory", "Conditional Access": "Directory"}[c.service]
	if prefix == "" {
		prefix = "IDM"
	}
	id := fmt.Sprintf("%s_%s_%s_%d", prefix, corr, "SIM01", s.r.IntN(1e8))
	by, identity, actor := tree{}, c.app, c.app
	if c.actor != nil {
		identity, actor = c.actor.name, c.actor.upn
		by["user"] = tree{"id": c.actor.id, "displayName": c.actor.name, "userPrincipalName": c.actor.upn, "ipAddress": c.from.ip, "roles": []any{}}
	} else {
		by["app"] = tree{"appId": nil, "displayName": c.app, "servicePrincipalId": guid(s.r), "servicePrincipalName": nil}
	}
	details := []any{tree{"key": "User-Agent", "value": oldWindows.ua}}
	for _, k := range sorted(c.details) {
		details = append(details, tree{"key": k, "value": c.details[k]})
	}
	t := tree{"resourceId": "/tenants/" + s.tenant + "/providers/Microsoft.aadiam", "operationName": c.name, "operationVersion": "1.0", "category": "AuditLogs", "tenantId": s.tenant, "durationMs": 0, "Level": 4,
		"resultSignature": "None", "callerIpAddress": c.from.ip, "correlationId": corr, "identity": identity,
		"properties": tree{"tenantId": s.tenant, "resultType": "", "resultDescription": "", "operationName": c.name, "identity": identity, "tenantGeo": "EU",
			"id": id, "category": c.category, "correlationId": corr, "result": "success", "resultReason": "", "activityDisplayName": c.name,
			"activityDateTime": s.now.UTC().Format("2006-01-02T15:04:05.0000000+00:00"), "loggedByService": c.service, "operationType": c.operation, "userAgent": nil,
			"initiatedBy": by, "targetResources": c.targets, "additionalDetails": details}}
	s.envelope(t)
	s.put(t, id, actor, victim)
}
