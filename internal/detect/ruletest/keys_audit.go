package ruletest

import (
	"fmt"
	"strings"
)

// audits are directory audits.
func audits() base {
	actor := func(b *builder, v any) error {
		upn := text(v)
		return firstError(b.props("initiatedBy", map[string]any{"user": map[string]any{"id": GUID(upn), "displayName": person(upn), "userPrincipalName": upn, "ipAddress": "198.51.100.10", "roles": []any{}}}, "identity", person(upn)), b.outer("identity", person(upn)))
	}
	initiator := func(b *builder, member string, v any) error {
		by, _ := b.rec["properties"].(map[string]any)["initiatedBy"].(map[string]any)
		m, ok := by["user"].(map[string]any)
		if !ok {
			m, _ = by["app"].(map[string]any)
		}
		m[member] = v
		return nil
	}
	keys := []key{
		{"activity", func(b *builder, v any) error {
			return firstError(b.props("activityDisplayName", text(v), "operationName", text(v)), b.outer("operationName", text(v)))
		}},
		toText("category", "properties.category"), toText("service", "properties.loggedByService"), toText("operation", "properties.operationType"), toText("result", "properties.result"), toText("reason", "properties.resultReason"),
		{"actor", actor},
		{"actor_app", func(b *builder, v any) error {
			n := text(v)
			return firstError(b.props("initiatedBy", map[string]any{"app": map[string]any{"appId": AppID(n), "displayName": n, "servicePrincipalId": GUID("sp " + n), "servicePrincipalName": nil}}, "identity", n), b.outer("identity", n))
		}},
		{"actor_id", func(b *builder, v any) error {
			if _, app := b.given["actor_app"]; app {
				return initiator(b, "servicePrincipalId", text(v))
			}
			return initiator(b, "id", text(v))
		}},
		{"actor_name", func(b *builder, v any) error { return initiator(b, "displayName", text(v)) }},
		{"actor_ip", func(b *builder, v any) error {
			if _, app := b.given["actor_app"]; !app {
				if err := initiator(b, "ipAddress", text(v)); err != nil {
					return err
				}
			}
			return b.outer("callerIpAddress", text(v))
		}},
		{"actor_agent", func(b *builder, v any) error {
			return b.props("userAgent", text(v), "additionalDetails", []any{map[string]any{"key": "User-Agent", "value": text(v)}})
		}},
		{"targets", auditTargets}, {"details", auditDetails}, toText("correlation", "properties.correlationId", "correlationId"), toText("id", "properties.id"),
	}
	return base{keys: keys, before: func(b *builder) error {
		return firstError(actor(b, "admin@contoso.example"), b.props("id", "Directory_"+b.id("audit")+"_TEST1_"+fmt.Sprint(1000+b.n), "correlationId", b.id("correlation"), "activityDateTime", strings.TrimSuffix(stamp(b.at), "Z")+"+00:00",
			"category", "UserManagement", "operationType", "Update"), b.outer("time", stamp(b.at.Add(90e9)), "correlationId", b.id("correlation")))
	}}
}

// auditTargets sets what was changed.
func auditTargets(b *builder, v any) error {
	var out []any
	for i, e := range list(v) {
		m, ok := e.(map[string]any)
		if !ok {
			return fmt.Errorf("[%d]: write {type: User, upn: ...}", i)
		}
		t := map[string]any{"id": "", "displayName": nil, "type": "Other", "modifiedProperties": []any{}, "administrativeUnits": []any{}}
		name := text(m["name"])
		kind := text(m["type"])
		if upn := text(m["upn"]); upn != "" {
			t["userPrincipalName"], t["id"], t["displayName"] = upn, GUID(upn), person(upn)
			if kind == "" {
				kind = "User"
			}
		}
		if name != "" {
			t["displayName"] = name
			if t["id"] == "" {
				switch kind {
				case "ServicePrincipal":
					t["id"] = GUID("sp " + name)
				default:
					t["id"] = GUID(strings.ToLower(kind) + " " + name)
				}
			}
		}
		if kind != "" {
			t["type"] = kind
		}
		if kind == "Group" {
			t["groupType"] = "azureAD"
		}
		for k, v := range m {
			switch k {
			case "type", "name", "upn":
			case "id":
				t["id"] = text(v)
			case "group_type":
				t["groupType"] = text(v)
			case "modified":
				props, err := modified(v)
				if err != nil {
					return fmt.Errorf("[%d].modified: %w", i, err)
				}
				t["modifiedProperties"] = props
			default:
				return fmt.Errorf("[%d]: a target has type, id, name, upn, group_type, modified; not %q", i, k)
			}
		}
		out = append(out, t)
	}
	return b.props("targetResources", out)
}

// modified makes modifiedProperties of {Name: [old, new]}, or of a list of such
// where the order matters. A value that is no list of two is the new one.
func modified(v any) ([]any, error) {
	out := []any{}
	one := func(m map[string]any) error {
		for _, n := range sorted(m) {
			var before, after any
			if pair, ok := m[n].([]any); ok && len(pair) == 2 {
				before, after = pair[0], pair[1]
			} else {
				after = m[n]
			}
			o, err := inner(before)
			if err != nil {
				return err
			}
			c, err := inner(after)
			if err != nil {
				return err
			}
			out = append(out, map[string]any{"displayName": n, "oldValue": o, "newValue": c})
		}
		return nil
	}
	for _, e := range list(v) {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%v: write {Property: [old, new]}", e)
		}
		if err := one(m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// auditDetails adds to additionalDetails.
func auditDetails(b *builder, v any) error {
	have, _ := b.rec["properties"].(map[string]any)["additionalDetails"].([]any)
	for _, e := range list(v) {
		m, ok := e.(map[string]any)
		if !ok {
			return fmt.Errorf("%v: write {key: value}", e)
		}
		for _, k := range sorted(m) {
			have = append(have, map[string]any{"key": k, "value": text(m[k])})
		}
	}
	return b.props("additionalDetails", have)
}
