package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// otherDay makes provisioning, risk and cluster records.
func (t *tenant) otherDay(day time.Time, emit func(record) error) error {
	r := source(t.seed, "other", day.Format("2006-01-02"))
	clock := func() time.Time { return day.Add(time.Duration(r.IntN(86400)) * time.Second).Add(tick(r)) }
	for range 2 + len(t.people)/100 {
		at, p, change := clock(), t.people[r.IntN(len(t.people))], guid(r)
		status := []string{"Success", "Success", "Success", "Skipped", "Failure"}[r.IntN(5)]
		id := guid(r)
		props := object{{"id", id}, {"activityDateTime", stamp(at)}, {"tenantId", t.id}, {"jobId", "slack." + t.id}, {"cycleId", guid(r)}, {"changeId", change}, {"action", "Update"}, {"provisioningAction", "update"}, {"durationInMilliseconds", 300 + r.IntN(900)},
			{"initiatedBy", object{{"Id", ""}, {"Name", "Azure AD Provisioning Service"}, {"Type", "System"}}}, {"sourceSystem", object{{"Id", guid(r)}, {"Name", "Azure Active Directory"}, {"Details", object{}}}}, {"targetSystem", object{{"Id", guid(r)}, {"Name", "Slack"}, {"Details", object{}}}},
			{"sourceIdentity", object{{"Id", p.id}, {"Name", p.upn}, {"Type", "User"}, {"Details", object{}}}}, {"targetIdentity", object{{"Id", "U" + strings.ToUpper(p.id[:8])}, {"Name", p.upn}, {"Type", "User"}, {"Details", object{}}}},
			{"servicePrincipal", object{{"Id", guid(r)}, {"Name", "Slack"}}}, {"provisioningStatusInfo", object{{"Status", status}}}, {"provisioningSteps", []any{}}, {"modifiedProperties", []any{}}}
		if err := emit(t.diagnostic("ProvisioningLogs", "Provisioning activity", at, props, object{{"resultType", status}, {"resultSignature", ""}, {"correlationId", change}, {"identity", id}}, r)); err != nil {
			return err
		}
	}
	for range r.IntN(2 + len(t.people)/250) {
		at, p := clock(), t.people[r.IntN(len(t.people))]
		pl := abroad[r.IntN(len(abroad))]
		req, state := guid(r), "atRisk"
		props := object{{"id", guid(r)}, {"requestId", req}, {"correlationId", guid(r)}, {"riskType", "unfamiliarFeatures"}, {"riskEventType", "unfamiliarFeatures"}, {"riskState", state}, {"riskLevel", "medium"}, {"riskDetail", "none"}, {"source", "IdentityProtection"}, {"detectionTimingType", "realtime"}, {"activity", "signin"},
			{"ipAddress", fmt.Sprintf("%s.%d.%d", pl.net, r.IntN(256), r.IntN(256))}, {"location", t.location(pl)}, {"activityDateTime", stamp(at)}, {"detectedDateTime", stamp(at.Add(time.Minute))}, {"lastUpdatedDateTime", stamp(at.Add(2 * time.Minute))},
			{"userId", p.id}, {"userDisplayName", p.name}, {"userPrincipalName", p.upn}, {"additionalInfo", `[{"Key":"userAgent","Value":"` + userAgents[1].ua + `"}]`}, {"tokenIssuerType", "AzureAD"}}
		rec := t.diagnostic("UserRiskEvents", "User Risk Detection", at.Add(2*time.Minute), props, object{{"correlationId", p.id}, {"identity", p.name}}, r)
		if err := emit(rec); err != nil {
			return err
		}
		user := object{{"id", p.id}, {"userDisplayName", p.name}, {"userPrincipalName", p.upn}, {"riskLastUpdatedDateTime", stamp(at.Add(2 * time.Minute))}, {"riskLevel", "medium"}, {"riskState", state}, {"riskDetail", "none"}, {"isDeleted", false}, {"isGuest", p.guest}, {"isProcessing", false}}
		if err := emit(t.diagnostic("RiskyUsers", "Risky user", at.Add(2*time.Minute), user, object{{"correlationId", p.id}, {"identity", p.name}}, r)); err != nil {
			return err
		}
	}
	verbs := []struct{ verb, resource, sub string }{{"get", "pods", ""}, {"list", "pods", ""}, {"create", "pods", "exec"}, {"create", "deployments", ""}, {"get", "secrets", ""}, {"delete", "pods", ""}, {"patch", "deployments", ""}}
	for range 5 + len(t.people)/10 {
		at, a, v := clock(), t.admins[r.IntN(len(t.admins))], verbs[zipf(r, len(verbs))]
		code := 200
		if r.IntN(25) == 0 {
			code = 403
		}
		ref := object{{"resource", v.resource}, {"namespace", "shop"}, {"name", fmt.Sprintf("web-%d", r.IntN(40))}, {"apiVersion", "v1"}}
		if v.sub != "" {
			ref = append(ref, member{"subresource", v.sub})
		}
		ev := object{{"kind", "Event"}, {"apiVersion", "audit.k8s.io/v1"}, {"level", "Metadata"}, {"auditID", guid(r)}, {"stage", "ResponseComplete"}, {"requestURI", "/api/v1/namespaces/shop/" + v.resource}, {"verb", v.verb},
			{"user", object{{"username", a.upn}, {"groups", []string{t.groups[0].id, "system:authenticated"}}, {"extra", object{{"oid", []string{a.id}}}}}}, {"sourceIPs", []string{a.home.net + "." + a.lastOctets}}, {"userAgent", "kubectl/v1.34.1 (linux/amd64)"},
			{"objectRef", ref}, {"responseStatus", object{{"metadata", object{}}, {"code", code}}}, {"requestReceivedTimestamp", at.UTC().Format("2006-01-02T15:04:05.000000Z")}, {"stageTimestamp", at.Add(12 * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000000Z")},
			{"annotations", object{{"authorization.k8s.io/decision", map[bool]string{true: "allow", false: "forbid"}[code == 200]}, {"authorization.k8s.io/reason", ""}}}}
		log, err := json.Marshal(ev)
		if err != nil {
			return err
		}
		env := object{{"category", "kube-audit"}, {"operationName", "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read"},
			{"properties", object{{"log", string(log)}, {"stream", "stdout"}, {"pod", "kube-apiserver-5d8f7c6b9-x2x7k"}, {"containerID", guid(r)}}}, {"resourceId", t.cluster}, {"serviceBuild", "na"}, {"time", at.UTC().Format("2006-01-02T15:04:05.000000000Z")}}
		if err := emit(record{category: "kube-audit", time: at, envelope: env}); err != nil {
			return err
		}
	}
	return nil
}
