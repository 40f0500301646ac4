package identify

import (
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/event/tabular"
)

// portalTable tells which table a row of a portal CSV belongs to. Interactive
// and non-interactive downloads have the same columns, and no cell tells them
// apart for certain, so there, and only there, the file's name decides:
// NonInteractiveSignIns or MSISignIns as the portal names its files.
func portalTable(v *View, source string) string {
	name := strings.ToLower(source[strings.LastIndexAny(source, "/\\:!")+1:])
	switch v.header.Kind {
	case tabular.Audits:
		return "AuditLogs"
	case tabular.Identities:
		return "AADManagedIdentitySignInLogs"
	case tabular.Applications:
		msi := v.Root.Path("managedServiceIdentity", "msiType").Str()
		if msi != "" && !strings.EqualFold(msi, "none") || strings.Contains(name, "msisignins") {
			return "AADManagedIdentitySignInLogs"
		}
		return "AADServicePrincipalSignInLogs"
	}
	if strings.EqualFold(v.Root.Get("tokenIssuerType").Str(), "ADFederationServices") {
		return "ADFSSignInLogs"
	}
	if strings.Contains(name, "noninteractive") {
		return "AADNonInteractiveUserSignInLogs"
	}
	return "SigninLogs"
}

// analyticsRow tells the table of a Log Analytics row by its Type column, its
// category, or the set of its columns.
func analyticsRow(s *shape) {
	switch {
	case s.header == nil:
		s.format = event.FormatLogAnalytics
	case s.header.Kind == tabular.AnalyticsRow:
		s.format = event.FormatLARow
	default:
		s.format = event.FormatLACSV
	}
	typ, category := s.Root.Get("Type").Str(), s.Root.Get("Category").Str()
	switch {
	case tables[typ]:
		s.table = typ
	case typ != "" && typ != "AzureDiagnostics":
	case categories[strings.ToLower(category)] != "":
		s.table = categories[strings.ToLower(category)]
	case typ == "":
		s.table = byColumns(s.Root, s.header)
	}
	switch {
	case s.table != "":
	case typ != "":
		s.problem = "Log Analytics table " + quote(typ) + " has no table here"
	default:
		s.problem = "a Log Analytics row whose columns fit no table: keep the column Type in the result, or do not project columns away"
	}
}

// byColumns tells a table by columns that only it has. The columns of an
// answer count even where their cells are empty.
func byColumns(r rawjson.Value, h *tabular.Header) string {
	has := func(names ...string) bool {
		for _, n := range names {
			found := r.Get(n).Kind() != rawjson.Missing
			if h != nil && !found {
				for _, have := range h.Names {
					if base, _, _ := strings.Cut(have, " ["); strings.TrimSuffix(strings.TrimSuffix(base, "_dynamic"), "_string") == n {
						found = true
						break
					}
				}
			}
			if !found {
				return false
			}
		}
		return true
	}
	if h != nil && h.Kind == tabular.AnalyticsRow && has("LocationDetails", "UserPrincipalName") {
		// The type of the column differs between the two on purpose.
		if h.Type("LocationDetails") == "dynamic" {
			return "SigninLogs"
		}
		return "AADNonInteractiveUserSignInLogs"
	}
	switch {
	case has("AuditId", "Stage"):
		return "AKSAudit"
	case has("RiskEventType", "ServicePrincipalId") && !has("UserPrincipalName"):
		return "AADServicePrincipalRiskEvents"
	case has("RiskEventType"):
		return "AADUserRiskEvents"
	case has("RiskLastUpdatedDateTime", "UserPrincipalName"):
		return "AADRiskyUsers"
	case has("RiskLastUpdatedDateTime"):
		return "AADRiskyServicePrincipals"
	case has("ProvisioningAction"), has("ProvisioningSteps"), has("JobId", "CycleId"):
		return "AADProvisioningLogs"
	case has("AADOperationType"), has("TargetResources"), has("ActivityDisplayName"), has("LoggedByService"), has("InitiatedBy", "OperationName"):
		return "AuditLogs"
	case has("RequestUri", "ActorType"):
		return "AADGraphActivityLogs"
	case has("RequestUri"):
		return "MicrosoftGraphActivityLogs"
	case has("ManagedServiceIdentity"):
		return "AADManagedIdentitySignInLogs"
	case has("Requirement") && has("TokenIssuerType"):
		return "ADFSSignInLogs"
	case has("ClientSessionId"), has("SignInEventTypes"):
		return "AADNonInteractiveUserSignInLogs"
	case has("FlaggedForReview"), has("SignInIdentifier"), has("ProcessingTimeInMilliseconds"):
		return "SigninLogs"
	case has("ServicePrincipalId") && !has("UserPrincipalName") && (has("ServicePrincipalCredentialKeyId") || has("ResourceDisplayName")):
		return "AADServicePrincipalSignInLogs"
	case has("UserPrincipalName") && (has("AppDisplayName") || has("ResultType")):
		return signInTable(r)
	case has("Message", "PodName"):
		return "AKSControlPlane"
	}
	return ""
}
