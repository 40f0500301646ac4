package sim

import "time"

var categories = []string{"SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs", "AuditLogs", "ProvisioningLogs",
	"UserRiskEvents", "RiskyUsers", "ServicePrincipalRiskEvents", "RiskyServicePrincipals", clusterCategory}

const clusterCategory = "kube-audit"

// Categories are the diagnostic categories that a live tenant's events have.
// All but the last, kube-audit, are Entra ID's.
func Categories() []string { return append([]string(nil), categories...) }

// Cluster is the resource id of the tenant's cluster, in capitals as Azure
// Monitor writes it.
func (l *Live) Cluster() string { return l.t.cluster }

// Resource is the resource that a diagnostic record is about, as blob names
// have it: tenantId=ID of Entra ID's own categories, resourceId=ID of others.
func (e *Event) Resource() string {
	if e.Category == clusterCategory {
		id, _ := e.rec.envelope.get("resourceId").(string)
		return "resourceId=" + id
	}
	id, _ := e.rec.envelope.get("tenantId").(string)
	return "tenantId=" + id
}

// Emitted is the time that the envelope of the diagnostic record states.
func (e *Event) Emitted() time.Time { return envelopeTime(e.rec.envelope) }

// Audit is a cluster's request as its API server writes it, nil of other
// events.
func (e *Event) Audit() []byte {
	if e.Category != clusterCategory {
		return nil
	}
	props, _ := e.rec.envelope.get("properties").(object)
	log, _ := props.get("log").(string)
	return []byte(log)
}
