package schema

import (
	"strings"

	"github.com/wholelog/wholelog/kql"
)

// promoted lists, per table, the paths that queries use most. A number in a
// path is an array index.
var promoted = map[string][]Promotion{
	"SigninLogs":                      join(signIn, paths("MfaDetail", kql.String, "authMethod"), policies),
	"AADNonInteractiveUserSignInLogs": join(signIn, policies),
	"AADServicePrincipalSignInLogs":   location,
	"AADManagedIdentitySignInLogs":    location,
	"AADUserRiskEvents":               paths("Location", kql.String, "countryOrRegion", "city"),
	"AuditLogs": join(
		paths("InitiatedBy", kql.String, "user.userPrincipalName", "user.id", "user.displayName", "user.ipAddress",
			"app.displayName", "app.servicePrincipalId", "app.appId"),
		paths("TargetResources", kql.String, "0.displayName", "0.id", "0.type", "0.userPrincipalName", "1.displayName", "1.id", "1.type",
			"0.modifiedProperties.0.displayName", "0.modifiedProperties.0.oldValue", "0.modifiedProperties.0.newValue", "0.modifiedProperties.1.newValue"),
		list("TargetResources", "", "displayName", "id", "type", "userPrincipalName"),
		list("TargetResources", "0.modifiedProperties", "displayName", "oldValue", "newValue")),
	"AKSAudit":      kube,
	"AKSAuditAdmin": kube,
}

var (
	location = join(
		paths("LocationDetails", kql.String, "countryOrRegion", "state", "city"),
		paths("LocationDetails", kql.Real, "geoCoordinates.latitude", "geoCoordinates.longitude"))
	policies = list("ConditionalAccessPolicies", "", "displayName", "id", "result")
	signIn   = join(location,
		paths("Status", kql.Long, "errorCode"),
		paths("Status", kql.String, "failureReason", "additionalDetails"),
		paths("DeviceDetail", kql.String, "deviceId", "displayName", "operatingSystem", "browser", "trustType"),
		paths("DeviceDetail", kql.Bool, "isCompliant", "isManaged"),
		paths("AuthenticationDetails", kql.String, "0.authenticationMethod", "1.authenticationMethod", "0.authenticationStepResultDetail"))
	kube = join(
		paths("User", kql.String, "username"),
		paths("ObjectRef", kql.String, "resource", "namespace", "name", "subresource"),
		paths("ResponseStatus", kql.Long, "code"),
		paths("SourceIps", kql.String, "0"))
)

func paths(column string, t kql.Type, list ...string) []Promotion {
	out := make([]Promotion, len(list))
	for i, p := range list {
		out[i] = Promotion{Column: column, Path: strings.Split(p, "."), Type: t}
	}
	return out
}

// list promotes the array at a path with these members of its elements.
func list(column, path string, fields ...string) []Promotion {
	p := Promotion{Column: column, Type: kql.Dynamic, Fields: fields}
	if path != "" {
		p.Path = strings.Split(path, ".")
	}
	return []Promotion{p}
}

func join(lists ...[]Promotion) []Promotion {
	var out []Promotion
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}
