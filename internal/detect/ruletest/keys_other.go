package ruletest

import (
	"fmt"
	"strings"
)

func provisionings() base {
	user := func(b *builder, v any) error {
		return b.props("sourceIdentity.Id", GUID(text(v)), "sourceIdentity.Name", text(v), "targetIdentity.Id", strings.ToUpper(GUID(text(v))[:8]), "targetIdentity.Name", text(v))
	}
	return base{keys: []key{{"user", user}, toText("action", "properties.provisioningAction"),
		{"status", func(b *builder, v any) error {
			s := text(v)
			return firstError(b.props("provisioningStatusInfo.Status", strings.ToLower(s)), b.outer("resultType", strings.ToUpper(s[:min(1, len(s))])+strings.ToLower(s[min(1, len(s)):])))
		}},
		named("app", "servicePrincipal.Name", "servicePrincipal.Id", AppID), toText("source_system", "properties.sourceSystem.Name"), toText("target_system", "properties.targetSystem.Name"), toText("job", "properties.jobId"), toText("change", "properties.changeId"), toText("cycle", "properties.cycleId"),
		toText("error_code", "properties.provisioningStatusInfo.errorInformation.errorCode"), toText("error", "properties.provisioningStatusInfo.errorInformation.reason"), toText("id", "properties.id")},
		before: func(b *builder) error {
			return firstError(user(b, "alex@contoso.example"), b.props("id", b.id("provisioning"), "changeId", b.id("change"), "activityDateTime", stamp(b.at)), b.outer("time", stamp(b.at.Add(90e9)), "correlationId", b.id("change"), "identity", b.id("provisioning")))
		}}
}

// graphCalls are requests to Microsoft Graph.
func graphCalls() base {
	return base{keys: []key{
		{"user", func(b *builder, v any) error { return b.props("userId", GUID(text(v))) }}, toText("user_id", "properties.userId"),
		{"app", func(b *builder, v any) error { return b.props("appId", AppID(text(v))) }}, toText("app_id", "properties.appId"),
		{"sp", func(b *builder, v any) error {
			return b.props("servicePrincipalId", GUID("sp "+text(v)), "appId", AppID(text(v)), "userId", "")
		}}, toText("sp_id", "properties.servicePrincipalId"),
		toText("ip", "properties.ipAddress", "callerIpAddress"), toText("agent", "properties.userAgent"), toText("method", "properties.requestMethod"),
		{"uri", func(b *builder, v any) error {
			u := text(v)
			if strings.HasPrefix(u, "/") {
				u = "https://graph.microsoft.com" + u
			}
			return b.props("requestUri", u, "apiVersion", map[bool]string{true: "beta", false: "v1.0"}[strings.Contains(u, "/beta/")])
		}},
		{"status", func(b *builder, v any) error {
			return firstError(b.props("responseStatusCode", v), b.outer("resultSignature", text(v)))
		}},
		toText("scopes", "properties.scopes"), toText("roles", "properties.roles"), toText("wids", "properties.wids"), to("auth_method", "properties.clientAuthMethod"), toText("token", "properties.signInActivityId"), toText("session", "properties.sessionId"), toText("device_id", "properties.deviceId"), to("size", "properties.responseSizeBytes"), toText("location", "properties.location", "location"), toText("id", "properties.requestId")},
		before: func(b *builder) error {
			id := b.id("request")
			return firstError(b.props("timeGenerated", stamp(b.at), "requestId", id, "operationId", id, "clientRequestId", id, "userId", GUID("alex@contoso.example"), "appId", AppID("Graph Explorer"), "signInActivityId", b.id("token"), "tokenIssuedAt", stamp(b.at.Add(-10*60e9))),
				b.outer("time", stamp(b.at), "correlationId", id))
		}}
}

// kubeCalls are requests to a Kubernetes API server, in the envelope of AKS.
// Their event is an object until it becomes the text that the record has.
func kubeCalls() base {
	const log = "properties.log."
	user := func(b *builder, v any) error {
		return b.outer(log+"user.username", text(v), log+"user.extra.oid", []any{GUID(text(v))})
	}
	return base{keys: []key{{"user", user}, {"groups", func(b *builder, v any) error { return b.outer(log+"user.groups", list(v)) }}, {"oid", func(b *builder, v any) error { return b.outer(log+"user.extra.oid", list(v)) }},
		toText("verb", log+"verb"), toText("resource", log+"objectRef.resource"), toText("subresource", log+"objectRef.subresource"), toText("api_group", log+"objectRef.apiGroup"), toText("namespace", log+"objectRef.namespace"), toText("name", log+"objectRef.name"), to("code", log+"responseStatus.code"),
		{"ip", func(b *builder, v any) error { return b.outer(log+"sourceIPs", list(v)) }}, toText("agent", log+"userAgent"), toText("uri", log+"requestURI"), toText("stage", log+"stage"), toText("decision", log+"annotations.authorization%k8s%io/decision"), to("request", log+"requestObject"), to("response", log+"responseObject"),
		{"set_event", func(b *builder, v any) error {
			m, _ := v.(map[string]any)
			for _, p := range sorted(m) {
				if err := b.outer(log+p, m[p]); err != nil {
					return err
				}
			}
			return nil
		}}, toText("cluster", "resourceId"), toText("category", "category"), toText("id", log+"auditID")},
		before: func(b *builder) error {
			micro := b.at.UTC().Format("2006-01-02T15:04:05.000000Z")
			return firstError(user(b, "alex@contoso.example"), b.outer("time", b.at.UTC().Format("2006-01-02T15:04:05.000000000Z"), log+"auditID", b.id("kube"), log+"requestReceivedTimestamp", micro, log+"stageTimestamp", micro))
		},
		after: func(b *builder) error {
			ev, ok := b.rec["properties"].(map[string]any)["log"].(map[string]any)
			if !ok {
				return nil // set as text
			}
			notes, _ := ev["annotations"].(map[string]any)
			for _, n := range sorted(notes) {
				if plain := strings.ReplaceAll(n, "%", "."); plain != n { // a dot parts steps of a path
					notes[plain] = notes[n]
					delete(notes, n)
				}
			}
			if ref, ok := ev["objectRef"].(map[string]any); ok && ev["requestURI"] == "" {
				uri := fmt.Sprintf("/api/v1/namespaces/%s/%s/%s", text(ref["namespace"]), text(ref["resource"]), text(ref["name"]))
				if sub := text(ref["subresource"]); sub != "" {
					uri += "/" + sub
				}
				ev["requestURI"] = uri
			}
			t, err := marshal(ev)
			if err != nil {
				return err
			}
			return b.outer("properties.log", string(t))
		}}
}

func securityAlerts() base {
	return base{keys: []key{
		{"user", func(b *builder, v any) error {
			upn := text(v)
			return b.outer("evidence", []any{map[string]any{"@odata.type": "#microsoft.graph.security.userEvidence", "createdDateTime": stamp(b.at), "verdict": "unknown", "remediationStatus": "none", "roles": []any{"compromised"},
				"userAccount": map[string]any{"accountName": person(upn), "azureAdUserId": GUID(upn), "userPrincipalName": upn, "displayName": person(upn)}}})
		}},
		toText("title", "title", "description"), toText("severity", "severity"), toText("status", "status"), toText("category", "category"), toText("service", "serviceSource", "detectionSource"), toText("description", "description"), toText("id", "id")},
		before: func(b *builder) error {
			at := stamp(b.at)
			return b.outer("id", "ad"+b.id("alert"), "providerAlertId", b.id("alert"), "createdDateTime", at, "lastUpdateDateTime", at, "firstActivityDateTime", at, "lastActivityDateTime", at)
		}}
}
