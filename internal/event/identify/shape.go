package identify

import (
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/event/tabular"
)

// shape is what a record turned out to be.
type shape struct {
	*View
	table   string
	format  event.Format
	problem string // why it is no record
}

// categories maps the diagnostic categories that Azure Monitor documents to
// tables (DIAGNOSTICS reference: Entra ID and AKS), in lower case.
var categories = map[string]string{
	"signinlogs": "SigninLogs", "noninteractiveusersigninlogs": "AADNonInteractiveUserSignInLogs",
	"serviceprincipalsigninlogs": "AADServicePrincipalSignInLogs", "managedidentitysigninlogs": "AADManagedIdentitySignInLogs",
	"microsoftserviceprincipalsigninlogs": "MicrosoftServicePrincipalSignInLogs", "adfssigninlogs": "ADFSSignInLogs",
	"auditlogs": "AuditLogs", "provisioninglogs": "AADProvisioningLogs",
	"riskyusers": "AADRiskyUsers", "userriskevents": "AADUserRiskEvents",
	"riskyserviceprincipals": "AADRiskyServicePrincipals", "serviceprincipalriskevents": "AADServicePrincipalRiskEvents",
	"microsoftgraphactivitylogs": "MicrosoftGraphActivityLogs", "azureadgraphactivitylogs": "AADGraphActivityLogs", "aadgraphactivitylogs": "AADGraphActivityLogs",
	"kube-audit": "AKSAudit", "kube-audit-admin": "AKSAuditAdmin",
	"kube-apiserver": "AKSControlPlane", "kube-controller-manager": "AKSControlPlane", "kube-scheduler": "AKSControlPlane",
	"cluster-autoscaler": "AKSControlPlane", "cloud-controller-manager": "AKSControlPlane", "guard": "AKSControlPlane",
	"csi-azuredisk-controller": "AKSControlPlane", "csi-azurefile-controller": "AKSControlPlane", "csi-snapshot-controller": "AKSControlPlane",
}

// elsewhere are documented categories without a table here. Their records can
// look like others of ours, so they are told by their category alone.
var elsewhere = map[string]bool{}

func init() {
	for _, c := range []string{"NetworkAccessTrafficLogs", "NetworkAccessAlerts", "NetworkAccessConnectionEvents", "NetworkAccessGenerativeAIInsights",
		"EnrichedOffice365AuditLogs", "RemoteNetworkHealthLogs", "GraphNotificationsActivityLogs", "B2CRequestLogs", "RiskyAgents", "AgentRiskEvents",
		"MicrosoftGraphPolicyLogs", "PreAuthenticationDiscoveryLogs", "CustomSecurityAttributeAuditLogs"} {
		elsewhere[strings.ToLower(c)] = true
	}
}

// known reports whether Azure Monitor documents a category.
func known(category string) bool {
	c := strings.ToLower(category)
	return categories[c] != "" || elsewhere[c]
}

// tables is the set of table names, which is what a Log Analytics row says in
// its Type column.
var tables = func() map[string]bool {
	m := map[string]bool{}
	for _, t := range categories {
		m[t] = true
	}
	for _, name := range []string{"SecurityAlert", "SecurityIncident", "WholelogRuleRun", "WholelogDelivery", "WholelogException", "WholelogAudit"} {
		m[name] = true // has no diagnostic category
	}
	return m
}()

// objects maps Graph's type annotations to tables; sign-ins need a look inside.
var objects = map[string]string{
	"#microsoft.graph.directoryaudit": "AuditLogs", "#microsoft.graph.provisioningobjectsummary": "AADProvisioningLogs",
	"#microsoft.graph.riskyuser": "AADRiskyUsers", "#microsoft.graph.riskyuserhistoryitem": "AADRiskyUsers", "#microsoft.graph.riskdetection": "AADUserRiskEvents",
	"#microsoft.graph.riskyserviceprincipal": "AADRiskyServicePrincipals", "#microsoft.graph.riskyserviceprincipalhistoryitem": "AADRiskyServicePrincipals",
	"#microsoft.graph.serviceprincipalriskdetection": "AADServicePrincipalRiskEvents",
	"#microsoft.graph.security.alert":                "SecurityAlert",
}

func shapeOf(v *View, rec *event.Record) shape {
	s := shape{View: v}
	switch {
	case v.header != nil && v.header.Kind != tabular.AnalyticsCSV && v.header.Kind != tabular.AnalyticsRow:
		s.format, s.table = event.FormatPortalCSV, portalTable(v, rec.Source)
	case v.Envelope.Exists():
		diagnostic(&s)
	case v.kube:
		s.table, s.format = "AKSAudit", event.FormatKubeEvent
	case analytics(v.Root, v.header):
		analyticsRow(&s)
	default:
		graph(&s, rec.Format)
	}
	return s
}

func diagnostic(s *shape) {
	s.format = event.FormatDiagnostic
	category := s.Root.GetFold("category").Str()
	s.table = categories[strings.ToLower(category)]
	switch {
	case s.kube:
		s.format = event.FormatAKS
	case elsewhere[strings.ToLower(category)]:
	case s.table == "":
		s.table = byFields(s.Body)
	}
	if s.table == "" {
		s.problem = "diagnostic category " + quote(category) + " has no table here"
	}
}

func graph(s *shape, hint event.Format) {
	s.format = event.FormatGraph
	if hint == event.FormatPortalJSON || hint == event.FormatGraphBeta {
		s.format = hint
	} else if s.Root.Get("signInEventTypes").Exists() || s.Root.Get("authenticationRequirement").Exists() {
		s.format = event.FormatGraphBeta // the v1.0 resource has neither
	}
	kind := strings.ToLower(s.Root.Get("@odata.type").Str())
	switch s.table = objects[kind]; {
	case s.table != "":
	case kind == "#microsoft.graph.signin":
		s.table = signInTable(s.Root)
	case strings.HasPrefix(kind, "#microsoft.graph."): // says itself that it is none of ours
	default:
		s.table = byFields(s.Root)
	}
	if s.table == "" {
		s.problem = "no record of a known kind: looked for the fields of sign-ins, audits, provisioning, risk, Graph activity and Kubernetes audit events"
		if c := s.Root.GetFold("category").Str(); c != "" && s.Root.GetFold("resourceId").Exists() {
			s.problem = "diagnostic category " + quote(c) + " has no table here"
		}
		if kind != "" {
			s.problem = "Graph type " + quote(s.Root.Get("@odata.type").Str()) + " has no table here"
		}
	}
}

// byFields tells a record by the members that only one kind of record has.
func byFields(b rawjson.Value) string {
	has := func(names ...string) bool {
		for _, n := range names {
			if b.GetFold(n).Kind() == rawjson.Missing {
				return false
			}
		}
		return true
	}
	servicePrincipal := has("servicePrincipalId") && !has("userPrincipalName") && !has("userId")
	switch {
	case has("providerAlertId"), has("serviceSource", "detectionSource"): // it has the times and status of a sign-in
		return "SecurityAlert"
	case has("riskEventType") || has("detectedDateTime", "riskLevel"):
		if servicePrincipal {
			return "AADServicePrincipalRiskEvents"
		}
		return "AADUserRiskEvents"
	case has("riskLastUpdatedDateTime"):
		if has("userPrincipalName") || has("userDisplayName") {
			return "AADRiskyUsers"
		}
		return "AADRiskyServicePrincipals"
	case has("provisioningSteps"), has("provisioningAction"), has("provisioningStatusInfo"), has("jobId", "cycleId"):
		return "AADProvisioningLogs"
	case has("activityDateTime") && (has("initiatedBy") || has("targetResources") || has("activityDisplayName")),
		has("activityDisplayName") && (has("initiatedBy") || has("targetResources") || has("loggedByService")):
		return "AuditLogs"
	case has("requestUri", "requestMethod"):
		if strings.Contains(strings.ToLower(b.GetFold("requestUri").Str()), "graph.windows.net") {
			return "AADGraphActivityLogs"
		}
		return "MicrosoftGraphActivityLogs"
	case has("createdDateTime") && (has("appId") || has("appDisplayName") || has("userPrincipalName") || has("status")),
		has("conditionalAccessStatus") && (has("appId") || has("appDisplayName")), has("signInEventTypes"):
		return signInTable(b)
	}
	return ""
}

// signInTable tells the kinds of sign-ins apart, as signInEventTypes does in
// the beta resource; v1.0 has interactive sign-ins only.
func signInTable(b rawjson.Value) string {
	if strings.EqualFold(b.GetFold("tokenIssuerType").Str(), "ADFederationServices") {
		return "ADFSSignInLogs"
	}
	table := ""
	b.GetFold("signInEventTypes").Elements(func(e rawjson.Value) bool {
		switch strings.ToLower(e.Str()) {
		case "noninteractiveuser":
			table = "AADNonInteractiveUserSignInLogs"
		case "serviceprincipal":
			table = "AADServicePrincipalSignInLogs"
		case "managedidentity":
			table = "AADManagedIdentitySignInLogs"
		case "interactiveuser":
			table = "SigninLogs"
		}
		return table == ""
	})
	said := func(name string) bool { return b.GetFold(name).Text() != "" }
	switch {
	case table != "":
		return table
	case (said("servicePrincipalId") || said("servicePrincipalName")) && !said("userPrincipalName") && !said("userId"):
		if msi := b.Path("managedServiceIdentity", "msiType").Str(); msi != "" && !strings.EqualFold(msi, "none") {
			return "AADManagedIdentitySignInLogs"
		}
		return "AADServicePrincipalSignInLogs"
	case b.GetFold("isInteractive").Kind() == rawjson.False, strings.EqualFold(b.GetFold("isInteractive").Str(), "false"):
		return "AADNonInteractiveUserSignInLogs"
	}
	return "SigninLogs"
}

func tenantOf(s shape) string {
	if id := s.Envelope.GetFold("resourceId").Str(); id != "" {
		if rest, ok := cutFold(id, "/tenants/"); ok {
			t, _, _ := strings.Cut(rest, "/")
			return strings.ToLower(t)
		}
	}
	if s.Envelope.Exists() && s.format != event.FormatAKS {
		for _, v := range []rawjson.Value{s.Envelope, s.Body} {
			if t := v.GetFold("tenantId").Str(); t != "" {
				return strings.ToLower(t)
			}
		}
	}
	if s.format == event.FormatLogAnalytics || s.format == event.FormatLARow || s.format == event.FormatLACSV {
		return strings.ToLower(s.Root.GetFold("AADTenantId").Str()) // TenantId is the workspace
	}
	return ""
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func quote(s string) string {
	if len(s) > 64 {
		s = strings.ToValidUTF8(s[:64], "")
	}
	return string(rawjson.Append(nil, s))
}
