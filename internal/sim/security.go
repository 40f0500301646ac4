package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// securityDay makes what only live tenants have: risk of service principals
// and security alerts. It has a random source of its own, so that the
// histories of Run do not change.
func (t *tenant) securityDay(day time.Time, emit func(record)) {
	r := source(t.seed, "security", day.Format("2006-01-02"))
	clock := func() time.Time { return day.Add(time.Duration(r.IntN(86400)) * time.Second).Add(tick(r)) }
	for range r.IntN(3) {
		t.serviceRisk(clock(), r, emit)
	}
	for range 1 + r.IntN(4) {
		t.alert(clock(), r, emit)
	}
}

// serviceRisk makes a detection about a service principal and the state that
// it puts it in; an administrator dismisses some.
func (t *tenant) serviceRisk(at time.Time, r *rand.Rand, emit func(record)) {
	s := t.services[r.IntN(len(t.services))]
	id := guid(r)
	kind := []string{"suspiciousSignins", "leakedCredentials", "anomalousServicePrincipalActivity"}[r.IntN(3)]
	state := func(state, level, detail string, when time.Time) {
		props := object{{"id", id}, {"requestId", nil}, {"correlationId", nil}, {"riskEventType", kind}, {"riskState", state}, {"riskLevel", level}, {"riskDetail", detail}, {"source", "IdentityProtection"}, {"detectionTimingType", "offline"}, {"activity", "servicePrincipal"}, {"tokenIssuerType", "AzureAD"},
			{"ipAddress", s.ip}, {"location", nil}, {"activityDateTime", stamp(at)}, {"detectedDateTime", stamp(at.Add(time.Hour))}, {"lastUpdatedDateTime", stamp(when)},
			{"servicePrincipalId", s.id}, {"servicePrincipalDisplayName", s.name}, {"appId", s.appID}, {"keyIds", []string{s.key}}, {"additionalInfo", `[{"Key":"alertUrl","Value":null}]`}}
		emit(t.diagnostic("ServicePrincipalRiskEvents", "Service principal risk detection", when, props, object{{"correlationId", s.id}, {"identity", s.name}}, r).american())
		sp := object{{"id", s.id}, {"isEnabled", true}, {"isProcessing", false}, {"riskLastUpdatedDateTime", stamp(when)}, {"riskLevel", level}, {"riskState", state}, {"riskDetail", detail}, {"displayName", s.name}, {"appId", s.appID}, {"servicePrincipalType", "Application"}}
		emit(t.diagnostic("RiskyServicePrincipals", "Risky service principal", when, sp, object{{"correlationId", s.id}, {"identity", s.name}}, r).american())
	}
	state("atRisk", "high", "none", at.Add(time.Hour))
	if r.IntN(2) == 0 {
		state("dismissed", "none", "adminDismissedAllRiskForServicePrincipal", at.Add(hours(2+8*r.Float64())))
	}
}

// alert makes a security alert, which stays new or is resolved hours later.
func (t *tenant) alert(at time.Time, r *rand.Rand, emit func(record)) {
	p := t.people[r.IntN(len(t.people)-2)]
	kind := []struct{ service, source, title, category, technique string }{
		{"azureAdIdentityProtection", "azureAdIdentityProtection", "Anonymous IP address", "InitialAccess", "T1078"},
		{"microsoftDefenderForIdentity", "microsoftDefenderForIdentity", "Suspected brute-force attack (Kerberos, NTLM)", "CredentialAccess", "T1110"},
		{"microsoftDefenderForCloudApps", "cloudAppSecurity", "Impossible travel activity", "InitialAccess", "T1078"},
	}[r.IntN(3)]
	id, incident := fmt.Sprintf("ad%s", guid(r)), fmt.Sprint(1000+r.IntN(9000))
	state := func(status string, resolved any, when time.Time) {
		evidence := object{{"@odata.type", "#microsoft.graph.security.userEvidence"}, {"createdDateTime", stamp(at)}, {"verdict", "unknown"}, {"remediationStatus", "none"}, {"roles", []string{"compromised"}},
			{"userAccount", object{{"accountName", p.name}, {"azureAdUserId", p.id}, {"userPrincipalName", p.upn}, {"displayName", p.name}}}}
		props := object{{"@odata.type", "#microsoft.graph.security.alert"}, {"id", id}, {"providerAlertId", id[2:]}, {"incidentId", incident}, {"status", status}, {"severity", "medium"}, {"classification", nil}, {"determination", nil}, {"serviceSource", kind.service}, {"detectionSource", kind.source}, {"detectorId", kind.title}, {"tenantId", t.id},
			{"title", kind.title}, {"description", kind.title + ": " + p.name}, {"recommendedActions", ""}, {"category", kind.category}, {"assignedTo", nil}, {"mitreTechniques", []string{kind.technique}},
			{"createdDateTime", stamp(at.Add(2 * time.Minute))}, {"lastUpdateDateTime", stamp(when)}, {"resolvedDateTime", resolved}, {"firstActivityDateTime", stamp(at)}, {"lastActivityDateTime", stamp(at)}, {"comments", []object{}}, {"evidence", []object{evidence}}, {"systemTags", []string{}}}
		emit(record{category: alertCategory, time: when, props: props})
	}
	state("new", nil, at.Add(2*time.Minute))
	if r.IntN(3) > 0 {
		when := at.Add(hours(1 + 6*r.Float64()))
		state("resolved", stamp(when), when)
	}
}
