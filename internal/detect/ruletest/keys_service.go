package ruletest

// services are sign-ins of service principals and managed identities.
func services() base {
	app := func(b *builder, v any) error {
		n := text(v)
		return b.props("servicePrincipalName", n, "appId", AppID(n), "servicePrincipalId", GUID("sp "+n))
	}
	keys := append([]key{{"app", app}, toText("app_id", "properties.appId"), toText("sp_id", "properties.servicePrincipalId"), toText("sp_name", "properties.servicePrincipalName")}, place()...)
	keys = append(keys, named("resource", "resourceDisplayName", "resourceId", AppID), toText("resource_id", "properties.resourceId"),
		key{"code", func(b *builder, v any) error {
			code := text(v)
			var n any = v
			reason := reasons[code]
			if reason == "" {
				reason = "Error code " + code
			}
			return firstError(b.props("status.errorCode", n, "status.failureReason", reason), b.outer("resultType", code))
		}},
		toText("reason", "properties.status.failureReason"), toText("credential", "properties.clientCredentialType"), toText("key_id", "properties.servicePrincipalCredentialKeyId"), toText("thumbprint", "properties.servicePrincipalCredentialThumbprint"),
		toText("federated_id", "properties.federatedCredentialId"), toText("agent", "properties.userAgent"), toText("session", "properties.sessionId"), toText("correlation", "properties.correlationId", "correlationId"), toText("token", "properties.uniqueTokenIdentifier"),
		toText("ca", "properties.conditionalAccessStatus"), toText("app_owner_tenant", "properties.appOwnerTenantId"), toText("resource_tenant", "properties.resourceTenantId"), toText("home_tenant", "properties.homeTenantId"), toText("azure_resource", "properties.managedServiceIdentity.associatedResourceId"), toText("id", "properties.id"))
	return base{keys: keys, before: func(b *builder) error {
		if err := app(b, "svc-reports"); err != nil {
			return err
		}
		return firstError(b.props("id", b.id("service sign-in"), "createdDateTime", stamp(b.at), "correlationId", b.id("correlation"), "uniqueTokenIdentifier", b.id("token")),
			b.outer("time", stamp(b.at.Add(90e9)), "correlationId", b.id("correlation")))
	}}
}

// risk are the keys of what risk records state.
func risk() []key {
	return []key{toText("type", "properties.riskEventType", "properties.riskType"), toText("level", "properties.riskLevel"), toText("state", "properties.riskState"), toText("detail", "properties.riskDetail"),
		toText("ip", "properties.ipAddress"), toText("timing", "properties.detectionTimingType"), toText("source", "properties.source"), toText("info", "properties.additionalInfo"), toText("request", "properties.requestId"), toText("correlation", "properties.correlationId"), toText("id", "properties.id")}
}

const american = "1/2/2006 3:04:05 PM" // the envelope's time of risk records

func userRisks() base {
	user := func(b *builder, v any) error {
		return b.props("userPrincipalName", text(v), "userId", GUID(text(v)), "userDisplayName", person(text(v)))
	}
	keys := append([]key{{"user", user}, toText("user_id", "properties.userId"), toText("country", "properties.location.countryOrRegion"), toText("city", "properties.location.city"),
		key{"detected", func(b *builder, v any) error { return b.props("detectedDateTime", text(v)) }}}, risk()...)
	return base{keys: keys, before: func(b *builder) error {
		at := stamp(b.at)
		return firstError(user(b, "alex@contoso.example"), b.props("id", b.id("risk"), "requestId", b.id("sign-in"), "correlationId", b.id("correlation"), "activityDateTime", at, "detectedDateTime", at, "lastUpdatedDateTime", at), b.outer("time", b.at.UTC().Format(american)))
	}}
}

func riskyUsers() base {
	user := func(b *builder, v any) error {
		return b.props("userPrincipalName", text(v), "id", GUID(text(v)), "userDisplayName", person(text(v)))
	}
	return base{keys: []key{{"user", user}, toText("level", "properties.riskLevel"), toText("state", "properties.riskState"), toText("detail", "properties.riskDetail"), to("guest", "properties.isGuest"), to("deleted", "properties.isDeleted"), toText("id", "properties.id")},
		before: func(b *builder) error {
			return firstError(user(b, "alex@contoso.example"), b.props("riskLastUpdatedDateTime", stamp(b.at)), b.outer("time", b.at.UTC().Format(american)))
		}}
}

func serviceRisks() base {
	app := func(b *builder, v any) error {
		n := text(v)
		return b.props("servicePrincipalDisplayName", n, "servicePrincipalId", GUID("sp "+n), "appId", AppID(n))
	}
	return base{keys: append([]key{{"app", app}, toText("app_id", "properties.appId"), toText("sp_id", "properties.servicePrincipalId"), to("key_ids", "properties.keyIds")}, risk()...), before: func(b *builder) error {
		at := stamp(b.at)
		return firstError(app(b, "svc-reports"), b.props("id", b.id("risk"), "activityDateTime", at, "detectedDateTime", at, "lastUpdatedDateTime", at), b.outer("time", b.at.UTC().Format(american)))
	}}
}

func riskyServices() base {
	app := func(b *builder, v any) error {
		n := text(v)
		return b.props("displayName", n, "id", GUID("sp "+n), "appId", AppID(n))
	}
	return base{keys: []key{{"app", app}, toText("app_id", "properties.appId"), toText("level", "properties.riskLevel"), toText("state", "properties.riskState"), toText("detail", "properties.riskDetail"), to("enabled", "properties.isEnabled"), toText("id", "properties.id")},
		before: func(b *builder) error {
			return firstError(app(b, "svc-reports"), b.props("riskLastUpdatedDateTime", stamp(b.at)), b.outer("time", b.at.UTC().Format(american)))
		}}
}
