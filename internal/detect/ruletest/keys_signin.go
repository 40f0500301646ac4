package ruletest

import (
	"fmt"
	"strings"
)

// apps are ids that everybody knows, by name in small letters.
var apps = map[string]string{
	"azure portal": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "microsoft azure cli": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "azure powershell": "1950a258-227b-4e31-a9cf-717495945fc2",
	"microsoft azure powershell": "1950a258-227b-4e31-a9cf-717495945fc2", "microsoft graph": "00000003-0000-0000-c000-000000000000", "windows azure active directory": "00000002-0000-0000-c000-000000000000",
	"office 365 exchange online": "00000002-0000-0ff1-ce00-000000000000", "office 365 sharepoint online": "00000003-0000-0ff1-ce00-000000000000", "officehome": "4765445b-32c6-49b0-83e6-1d93765276ca",
	"microsoft office": "d3590ed6-52b3-4102-aeff-aad2292ab01c", "microsoft teams": "1fec8e78-bce4-4aaf-ab1b-5451cc387264", "microsoft authentication broker": "29d9ed98-a469-4536-ade2-f981bc1d605e",
	"graph explorer": "de8bc8b5-d9f9-48b1-a8ad-b748da725064", "microsoft graph command line tools": "14d82eec-204b-4c2f-b7e8-296a70dab67e", "windows azure service management api": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
	"visual studio code": "aebc6443-996d-45c2-90f0-388ff96faa56", "device registration service": "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9", "azure key vault": "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
}

// AppID is the id of an application's name: the known one, else GUID.
func AppID(name string) string {
	if id := apps[strings.ToLower(name)]; id != "" {
		return id
	}
	return GUID(name)
}

// reasons are texts of frequent codes; others get one that names the code.
var reasons = map[string]string{
	"0": "Other.", "50126": "Error validating credentials due to invalid username or password.", "50053": "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
	"50034": "The user account does not exist in the directory.", "50057": "The user account is disabled.", "50074": "Strong Authentication is required.", "50076": "Multi-factor authentication is required to access the resource.",
	"500121": "Authentication failed during strong authentication request.", "53003": "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", "50055": "The password is expired.",
}

// early are the codes at which a sign-in ends before policies are looked at.
var early = map[string]bool{"50126": true, "50053": true, "50034": true, "50056": true, "50057": true, "50055": true}

func step(b *builder, method string, ok bool, result, requirement string, n int) map[string]any {
	return map[string]any{"authenticationStepDateTime": stamp(b.at), "authenticationMethod": method, "succeeded": ok,
		"authenticationStepResultDetail": result, "authenticationStepRequirement": requirement, "StatusSequence": 0, "RequestSequence": n}
}

// place are the keys of where a sign-in came from.
func place() []key {
	return []key{toText("ip", "properties.ipAddress", "callerIpAddress"), toText("country", "properties.location.countryOrRegion", "location"), toText("city", "properties.location.city"), toText("state", "properties.location.state"),
		to("lat", "properties.location.geoCoordinates.latitude"), to("lon", "properties.location.geoCoordinates.longitude"), to("asn", "properties.autonomousSystemNumber")}
}

func named(name, display, id string, of func(string) string) key {
	return key{name, func(b *builder, v any) error { return b.props(display, text(v), id, of(text(v))) }}
}

func signIns() base {
	user := func(b *builder, v any) error {
		upn := text(v)
		return firstError(b.props("userPrincipalName", upn, "signInIdentifier", upn, "alternateSignInName", upn, "userId", GUID(upn), "userDisplayName", person(upn)), b.outer("identity", person(upn)))
	}
	keys := append([]key{{"user", user}, {"upn", user}, toText("user_id", "properties.userId"), toText("user_name", "properties.userDisplayName", "identity"), to("user_type", "properties.userType")}, place()...)
	keys = append(keys, named("app", "appDisplayName", "appId", AppID), toText("app_id", "properties.appId"), named("resource", "resourceDisplayName", "resourceId", AppID), toText("resource_id", "properties.resourceId"),
		toText("client", "properties.clientAppUsed"), toText("agent", "properties.userAgent"), toText("browser", "properties.deviceDetail.browser"), toText("os", "properties.deviceDetail.operatingSystem"),
		key{"managed", func(b *builder, v any) error {
			if v == false { // what nobody manages has no identity
				return b.props("deviceDetail.deviceId", "", "deviceDetail.displayName", "", "deviceDetail.isManaged", false, "deviceDetail.isCompliant", false, "deviceDetail.trustType", "")
			}
			return b.props("deviceDetail.isManaged", v)
		}},
		named("device", "deviceDetail.displayName", "deviceDetail.deviceId", GUID), toText("device_id", "properties.deviceDetail.deviceId"), to("compliant", "properties.deviceDetail.isCompliant"), toText("trust", "properties.deviceDetail.trustType"),
		key{"code", signInCode}, toText("reason", "properties.status.failureReason", "resultDescription"), key{"mfa", signInMFA}, key{"requirement", func(b *builder, v any) error { return b.props("authenticationRequirement", full(text(v))) }},
		toText("session", "properties.sessionId"), toText("correlation", "properties.correlationId", "correlationId"), toText("token", "properties.uniqueTokenIdentifier"), toText("incoming_token", "properties.incomingTokenType"), toText("protocol", "properties.authenticationProtocol"), toText("transfer", "properties.originalTransferMethod"),
		key{"risk", func(b *builder, v any) error {
			return b.props("riskLevelDuringSignIn", text(v), "riskLevelAggregated", text(v), "riskState", map[bool]string{true: "none", false: "atRisk"}[text(v) == "none"])
		}},
		toText("risk_state", "properties.riskState"), toText("risk_detail", "properties.riskDetail"), to("risk_types", "properties.riskEventTypes_v2"), toText("ca", "properties.conditionalAccessStatus"), key{"policies", signInPolicies},
		toText("cross_tenant", "properties.crossTenantAccessType"), toText("home_tenant", "properties.homeTenantId"), toText("resource_tenant", "properties.resourceTenantId"), toText("credential", "properties.clientCredentialType"),
		key{"trusted", func(b *builder, v any) error {
			if v != true {
				return b.props("networkLocationDetails", []any{})
			}
			return b.props("networkLocationDetails", []any{map[string]any{"networkType": "trustedNamedLocation", "networkNames": []any{"Offices"}}})
		}},
		toText("id", "properties.id"))
	return base{keys: keys, before: func(b *builder) error {
		if err := user(b, "alex@contoso.example"); err != nil {
			return err
		}
		at := stamp(b.at)
		return firstError(b.props("id", b.id("sign-in"), "originalRequestId", b.id("sign-in"), "createdDateTime", at, "correlationId", b.id("correlation"), "sessionId", b.id("session"), "uniqueTokenIdentifier", b.id("token"),
			"authenticationDetails.0.authenticationStepDateTime", at), b.outer("time", stamp(b.at.Add(90e9)), "correlationId", b.id("correlation")))
	}}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func full(s string) string {
	switch s {
	case "mfa", "multi":
		return "multiFactorAuthentication"
	case "single":
		return "singleFactorAuthentication"
	}
	return s
}

// signInCode sets the outcome and what of policies and steps goes with it.
func signInCode(b *builder, v any) error {
	code := text(v)
	var n int64
	if _, err := fmt.Sscan(code, &n); err != nil {
		return fmt.Errorf("%q is no number", code)
	}
	reason := reasons[code]
	if reason == "" {
		reason = "Error code " + code
	}
	said := reason
	if n == 0 {
		said = ""
	}
	if err := firstError(b.props("status.errorCode", n, "status.failureReason", reason), b.outer("resultType", code, "resultDescription", said)); err != nil || n == 0 {
		return err
	}
	switch {
	case early[code]:
		return b.props("status.additionalDetails", nil, "authenticationRequirement", "singleFactorAuthentication", "authenticationRequirementPolicies", []any{}, "conditionalAccessStatus", "notApplied", "appliedConditionalAccessPolicies", []any{},
			"authenticationDetails", []any{step(b, "Password", false, "Invalid username or password or Invalid on-premise username or password.", "Primary authentication", 1)})
	case code == "53003" || code == "53000" || code == "53001":
		return b.props("status.additionalDetails", nil, "conditionalAccessStatus", "failure", "appliedConditionalAccessPolicies.0.result", "failure")
	case code == "50074" || code == "50076" || code == "500121":
		steps := []any{step(b, "Password", true, "Correct password", "Primary authentication", 1)}
		if code == "500121" {
			steps = append(steps, step(b, "Mobile app notification", false, "MFA denied; user declined the authentication", "Multifactor authentication", 2))
		}
		return b.props("status.additionalDetails", map[bool]any{true: "MFA denied; user declined the authentication", false: nil}[code == "500121"], "conditionalAccessStatus", "failure", "appliedConditionalAccessPolicies.0.result", "failure", "authenticationDetails", steps)
	}
	return b.props("status.additionalDetails", nil)
}

// signInMFA says whether a second factor was given now (true), not asked for
// (false), or remembered ("claim").
func signInMFA(b *builder, v any) error {
	switch v {
	case false:
		return b.props("authenticationRequirement", "singleFactorAuthentication", "authenticationRequirementPolicies", []any{}, "status.additionalDetails", nil, "conditionalAccessStatus", "notApplied", "appliedConditionalAccessPolicies", []any{},
			"authenticationDetails", []any{step(b, "Password", true, "Correct password", "Primary authentication", 1)})
	case true:
		return b.props("authenticationRequirement", "multiFactorAuthentication", "status.additionalDetails", "MFA completed in Azure AD", "authenticationDetails", []any{step(b, "Password", true, "Correct password", "Primary authentication", 1),
			step(b, "Mobile app notification", true, "MFA successfully completed", "Multifactor authentication", 2)})
	case "claim":
		return b.props("authenticationRequirement", "multiFactorAuthentication", "status.additionalDetails", "MFA requirement satisfied by claim in the token")
	}
	return fmt.Errorf("%v: write true, false or claim", v)
}

// signInPolicies sets the conditional access policies that were looked at.
func signInPolicies(b *builder, v any) error {
	var out []any
	for i, e := range list(v) {
		m, ok := e.(map[string]any)
		if !ok {
			m = map[string]any{"name": e}
		}
		p := map[string]any{"id": GUID("policy " + text(m["name"])), "displayName": text(m["name"]), "result": "success", "enforcedGrantControls": []any{"Mfa"}, "enforcedSessionControls": []any{}, "conditionsSatisfied": 3, "conditionsNotSatisfied": 0}
		for k, v := range m {
			switch k {
			case "name":
			case "id", "result":
				p[k] = text(v)
			case "grant":
				p["enforcedGrantControls"] = list(v)
			case "session":
				p["enforcedSessionControls"] = list(v)
			default:
				return fmt.Errorf("[%d]: a policy has name, id, result, grant, session; not %q", i, k)
			}
		}
		out = append(out, p)
	}
	return b.props("appliedConditionalAccessPolicies", out)
}
