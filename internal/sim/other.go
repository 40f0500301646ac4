package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// otherDay makes provisioning, risk and cluster records.
func (t *tenant) otherDay(day time.Time, emit func(record)) {
	r := source(t.seed, "other", day.Format("2006-01-02"))
	clock := func() time.Time { return day.Add(time.Duration(r.IntN(86400)) * time.Second).Add(tick(r)) }
	for range 2 + len(t.people)/100 {
		t.provision(clock(), r, emit)
	}
	for range r.IntN(2 + len(t.people)/250) {
		t.risk(clock(), r, emit)
	}
	if len(t.admins) == 0 {
		return
	}
	for range 5 + len(t.people)/10 {
		t.kube(clock(), r, emit)
	}
}

func (t *tenant) provision(at time.Time, r *rand.Rand, emit func(record)) {
	p, change, id := t.people[r.IntN(len(t.people)-2)], guid(r), guid(r)
	status := []string{"Success", "Success", "Success", "Skipped", "Failure"}[r.IntN(5)]
	problem := any(nil)
	if status == "Failure" {
		problem = object{{"errorCode", "SystemForCrossDomainIdentityManagementServiceIncompatible"}, {"reason", "The target system answered with status 409."}, {"errorCategory", "nonServiceFailure"}}
	}
	step := func(name string, kind int) object {
		return object{{"name", name}, {"provisioningStepType", kind}, {"status", 0}, {"description", name + " of " + p.upn}, {"details", object{}}}
	}
	props := object{{"id", id}, {"activityDateTime", stamp(at)}, {"tenantId", t.id}, {"jobId", "slack." + strings.ReplaceAll(t.id, "-", "")}, {"cycleId", guid(r)}, {"changeId", change}, {"action", "Update"}, {"provisioningAction", "update"}, {"durationInMilliseconds", 300 + r.IntN(900)},
		{"initiatedBy", object{{"Id", ""}, {"Name", "Azure AD Provisioning Service"}, {"Type", "system"}}}, {"sourceSystem", object{{"Id", guid(r)}, {"Name", "Azure Active Directory"}, {"details", object{}}}}, {"targetSystem", object{{"Id", guid(r)}, {"Name", "Slack"}, {"details", object{}}}},
		{"sourceIdentity", object{{"identityType", "User"}, {"Id", p.id}, {"Name", p.upn}, {"details", object{{"odatatype", "User"}, {"DisplayName", p.name}}}}}, {"targetIdentity", object{{"identityType", "User"}, {"Id", "U" + strings.ToUpper(p.id[:8])}, {"Name", p.upn}, {"details", object{}}}},
		{"servicePrincipal", object{{"Id", guid(r)}, {"Name", "Slack"}}}, {"provisioningStatusInfo", object{{"Status", strings.ToLower(status)}, {"errorInformation", problem}}}, {"provisioningSteps", []object{step("EntryImportUpdate", 0), step("EntrySynchronizationScoping", 1), step("EntryExportUpdate", 5)}}, {"modifiedProperties", []object{prop("title", nil, "Consultant")}}}
	emit(t.diagnostic("ProvisioningLogs", "Provisioning activity", at, props, object{{"resultType", status}, {"resultSignature", ""}, {"correlationId", change}, {"identity", id}}, r))
}

// risk makes a detection and the state that it puts its user in; some are
// reported late, and some users prove themselves and are well again.
func (t *tenant) risk(at time.Time, r *rand.Rand, emit func(record)) {
	p, pl := t.people[r.IntN(len(t.people)-2)], abroad[r.IntN(len(abroad))]
	timing, delay := "realtime", 2*time.Minute
	if r.Float64() < riskLate {
		timing, delay = "offline", hours(1+30*r.Float64())
	}
	id, req, corr := guid(r), guid(r), guid(r)
	kind := []string{"unfamiliarFeatures", "anonymizedIPAddress", "passwordSpray", "unlikelyTravel"}[zipf(r, 4)]
	ip := fmt.Sprintf("%s.%d.%d", pl.net, r.IntN(256), r.IntN(256))
	state := func(state, level, detail string, when time.Time) {
		props := object{{"id", id}, {"requestId", req}, {"correlationId", corr}, {"riskType", kind}, {"riskEventType", kind}, {"riskState", state}, {"riskLevel", level}, {"riskDetail", detail}, {"source", "IdentityProtection"}, {"detectionTimingType", timing}, {"activity", "signin"},
			{"ipAddress", ip}, {"location", place3(pl)}, {"activityDateTime", stamp(at)}, {"detectedDateTime", stamp(at.Add(delay))}, {"lastUpdatedDateTime", stamp(when)},
			{"userId", p.id}, {"userDisplayName", p.name}, {"userPrincipalName", p.upn}, {"additionalInfo", `[{"Key":"userAgent","Value":"` + agents[1].ua + `"}]`}, {"tokenIssuerType", "AzureAD"}}
		more := object{{"correlationId", p.id}, {"identity", strings.ToLower(p.name)}}
		emit(t.diagnostic("UserRiskEvents", "User Risk Detection", when, props, more, r).american())
		user := object{{"id", p.id}, {"userDisplayName", p.name}, {"userPrincipalName", p.upn}, {"riskLastUpdatedDateTime", stamp(when)}, {"riskState", state}, {"riskDetail", detail}, {"riskLevel", level}, {"isGuest", p.guest}, {"isDeleted", false}, {"isProcessing", false}}
		emit(t.diagnostic("RiskyUsers", "Risky user", when, user, more, r).american())
	}
	state("atRisk", "medium", "none", at.Add(delay))
	if r.IntN(3) > 0 {
		state("remediated", "none", "userPerformedSecuredPasswordReset", at.Add(delay+hours(0.5+6*r.Float64())))
	}
}

// american gives the envelope the time that risk records have.
func (r record) american() record {
	for i := range r.envelope {
		if r.envelope[i].name == "time" {
			at, err := time.Parse(time.RFC3339, r.envelope[i].value.(string))
			if err != nil {
				panic(err) // diagnostic wrote it
			}
			r.envelope[i].value = at.Format("1/2/2006 3:04:05 PM")
		}
	}
	return r
}

var verbs = []struct{ verb, resource, sub, method string }{{"get", "pods", "", ""}, {"list", "pods", "", ""}, {"create", "pods", "exec", "exec"}, {"create", "deployments", "", ""}, {"get", "secrets", "", ""}, {"delete", "pods", "", ""}, {"patch", "deployments", "", ""}}

func (t *tenant) kube(at time.Time, r *rand.Rand, emit func(record)) {
	a, v := t.admins[r.IntN(len(t.admins))], verbs[zipf(r, len(verbs))]
	code, decision := 200, "allow"
	if r.IntN(25) == 0 {
		code, decision = 403, "forbid"
	}
	name := fmt.Sprintf("web-%d", r.IntN(40))
	ref := object{{"resource", v.resource}, {"namespace", "shop"}, {"name", name}, {"apiVersion", "v1"}}
	uri := "/api/v1/namespaces/shop/" + v.resource + "/" + name
	if v.sub != "" {
		ref = append(ref, member{"subresource", v.sub})
		uri += "/" + v.sub
	}
	micro := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
	ev := object{{"kind", "Event"}, {"apiVersion", "audit.k8s.io/v1"}, {"level", "Metadata"}, {"auditID", guid(r)}, {"stage", "ResponseComplete"}, {"requestURI", uri}, {"verb", v.verb},
		{"user", object{{"username", a.upn}, {"groups", []string{t.groups[0].id, "system:authenticated"}}, {"extra", object{{"oid", []string{a.id}}}}}}, {"sourceIPs", []string{a.homeIP}}, {"userAgent", "kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9"},
		{"objectRef", ref}, {"responseStatus", object{{"metadata", object{}}, {"code", code}}}, {"requestReceivedTimestamp", micro(at)}, {"stageTimestamp", micro(at.Add(12 * time.Millisecond))},
		{"annotations", object{{"authorization.k8s.io/decision", decision}, {"authorization.k8s.io/reason", ""}}}}
	// A part of the reads and all writes are in kube-audit-admin too, if an
	// operator enables both; here only kube-audit is.
	env := object{{"category", "kube-audit"}, {"operationName", "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read"},
		{"properties", object{{"log", text(ev)}, {"stream", "stdout"}, {"pod", t.pod}, {"containerID", "5a0c1f7be3"}}}, {"resourceId", t.cluster}, {"serviceBuild", "na"}, {"time", at.Add(time.Second).UTC().Format("2006-01-02T15:04:05.000000000Z")}}
	emit(record{category: "kube-audit", time: at, envelope: env})
}
