package identify

import (
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// shape is what a record turned out to be.
type shape struct {
	table    string
	format   event.Format
	root     rawjson.Value // the whole record
	body     rawjson.Value // the object with the event's own fields
	envelope bool          // root is a diagnostic envelope
	kube     bool          // body is, or holds as text, an audit.k8s.io Event
	problem  string        // why it is no record
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
	"microsoftgraphactivitylogs": "MicrosoftGraphActivityLogs", "azureadgraphactivitylogs": "AADGraphActivityLogs",
	"kube-audit": "AKSAudit", "kube-audit-admin": "AKSAuditAdmin",
	"kube-apiserver": "AKSControlPlane", "kube-controller-manager": "AKSControlPlane", "kube-scheduler": "AKSControlPlane",
	"cluster-autoscaler": "AKSControlPlane", "cloud-controller-manager": "AKSControlPlane", "guard": "AKSControlPlane",
	"csi-azuredisk-controller": "AKSControlPlane", "csi-azurefile-controller": "AKSControlPlane", "csi-snapshot-controller": "AKSControlPlane",
}

// tables is the set of table names, which is what a Log Analytics row says in
// its Type column.
var tables = func() map[string]bool {
	m := map[string]bool{}
	for _, t := range categories {
		m[t] = true
	}
	return m
}()

func shapeOf(root rawjson.Value, hint event.Format) shape {
	s := shape{root: root, body: root}
	switch {
	case isKubeEvent(root):
		s.table, s.format, s.kube = "AKSAudit", event.FormatKubeEvent, true
	case tables[root.Get("Type").Str()] && root.Get("TimeGenerated").Exists():
		s.table, s.format = root.Get("Type").Str(), event.FormatLogAnalytics
	case root.GetFold("properties").Kind() == rawjson.Object && (root.GetFold("category").Exists() || root.GetFold("operationName").Exists()):
		return diagnostic(s)
	default:
		return graph(s, hint)
	}
	return s
}

func isKubeEvent(v rawjson.Value) bool {
	if v.Get("kind").Str() != "Event" {
		return false
	}
	return strings.HasPrefix(v.Get("apiVersion").Str(), "audit.k8s.io/") ||
		v.Get("verb").Exists() && (v.Get("objectRef").Exists() || v.Get("auditID").Exists() || v.Get("requestURI").Exists())
}

func diagnostic(s shape) shape {
	s.envelope, s.format, s.body = true, event.FormatDiagnostic, s.root.GetFold("properties")
	category := s.root.GetFold("category").Str()
	s.table = categories[strings.ToLower(category)]
	if s.table == "AKSAudit" || s.table == "AKSAuditAdmin" {
		s.kube, s.format = true, event.FormatAKS
		if log := s.body.Get("log"); log.Exists() {
			s.body = log
		}
		return s
	}
	if s.table == "" {
		s.table = byFields(s.body)
	}
	if s.table == "" {
		s.problem = "diagnostic category " + quote(category) + " has no table here"
	}
	return s
}

func graph(s shape, hint event.Format) shape {
	s.format = event.FormatGraph
	if hint == event.FormatPortalJSON || hint == event.FormatGraphBeta {
		s.format = hint
	} else if s.root.Get("signInEventTypes").Exists() || s.root.Get("authenticationRequirement").Exists() {
		s.format = event.FormatGraphBeta // the v1.0 resource has neither
	}
	s.table = byFields(s.root)
	if s.table == "" {
		s.problem = "no record of a known kind: looked for the fields of sign-ins, audits, provisioning, risk, Graph activity and Kubernetes audit events"
	}
	return s
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
	case has("riskEventType") && has("detectedDateTime"):
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
	case has("activityDateTime") && (has("initiatedBy") || has("targetResources") || has("activityDisplayName")):
		return "AuditLogs"
	case has("requestUri", "requestMethod"):
		return "MicrosoftGraphActivityLogs"
	case has("createdDateTime") && (has("appId") || has("appDisplayName") || has("userPrincipalName") || has("status")):
		return signInTable(b)
	}
	return ""
}

// signInTable tells the four kinds of sign-ins apart, as signInEventTypes
// does in the beta resource; v1.0 has interactive sign-ins only.
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
	switch {
	case table != "":
		return table
	case b.GetFold("servicePrincipalId").Str() != "" && b.GetFold("userPrincipalName").Str() == "" && b.GetFold("userId").Str() == "":
		return "AADServicePrincipalSignInLogs"
	case b.GetFold("isInteractive").Kind() == rawjson.False:
		return "AADNonInteractiveUserSignInLogs"
	}
	return "SigninLogs"
}

func tenantOf(s shape) string {
	switch {
	case s.envelope:
		id := s.root.GetFold("resourceId").Str()
		if rest, ok := cutFold(id, "/tenants/"); ok {
			t, _, _ := strings.Cut(rest, "/")
			return strings.ToLower(t)
		}
		if t := s.root.GetFold("tenantId").Str(); t != "" {
			return strings.ToLower(t)
		}
	case s.format == event.FormatLogAnalytics:
		return strings.ToLower(s.root.Get("AADTenantId").Str())
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
		s = s[:64]
	}
	return string(rawjson.Append(nil, s))
}
