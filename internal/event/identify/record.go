package identify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// Version grows when Record gives another answer for the same bytes.
const Version = 6

var views = sync.Pool{New: func() any { return new(View) }}

// Record fills in Table, ID, IDKind, Time, TimeOf, Tenant, Format, Content and
// Problem of rec from its Raw, Context, Source and Seen. A Format that is
// already set is where the splitter found the record and is believed.
func Record(rec *event.Record) {
	rec.Table, rec.ID, rec.IDKind, rec.Problem = "", "", event.IDNone, ""
	v := views.Get().(*View)
	defer views.Put(v)
	if err := v.Open(rec); err != nil {
		unparsed(rec, v, err.Error())
		return
	}
	s := shapeOf(v, rec)
	if s.problem != "" {
		unparsed(rec, v, s.problem)
		return
	}
	rec.Table, rec.Format = s.table, s.format
	if t := tenantOf(s); t != "" {
		rec.Tenant = t
	}
	v.canonical = append(v.canonical[:0], s.table...)
	v.canonical = v.Root.Canonical(v.canonical, func(name string) bool { return s.Envelope.Exists() && strings.EqualFold(name, "time") })
	sum := sha256.Sum256(v.canonical)
	copy(rec.Content[:], sum[:])
	rec.ID, rec.IDKind = identity(s), event.IDNative
	when(rec, s)
	if rec.ID == "" && s.table == "AuditLogs" && s.format == event.FormatPortalCSV {
		rec.ID, rec.IDKind = Match(v.Body, rec.Time), event.IDMatch
		if rec.ID != "" && rec.Time.Nanosecond() == 0 {
			// Within one second a flow repeats activities on one target; then the
			// rest of the row has to tell them apart.
			rec.ID += "|" + hex.EncodeToString(sum[:4])
		}
	}
	if rec.ID == "" {
		rec.ID, rec.IDKind = hex.EncodeToString(sum[:16]), event.IDFingerprint
	}
}

// Match composes what an audit event is known by on every path, also where it
// has no id: its time, correlation id, activity and first target. It is "" if
// the event lacks one of the first three.
func Match(body rawjson.Value, when time.Time) string {
	corr, activity := body.GetFold("correlationId").Str(), body.GetFold("activityDisplayName").Str()
	if corr == "" || activity == "" || when.IsZero() {
		return ""
	}
	target := body.GetFold("targetResources").Index(0)
	id := target.GetFold("id").Str()
	if id == "" {
		id = target.GetFold("displayName").Str()
	}
	return strings.Join([]string{when.Format("2006-01-02T15:04:05.0000000Z"), strings.ToLower(corr), strings.TrimSpace(activity), strings.ToLower(id)}, "|")
}

// unparsed leaves a record without a table. What its envelope says of tenant
// and time holds none the less: it is counted where it belongs.
func unparsed(rec *event.Record, v *View, problem string) {
	rec.Problem, rec.Format = problem, event.FormatUnknown
	rec.Time, rec.TimeOf = rec.Seen, event.TimeSeen
	if v.Root.Kind() == rawjson.Object {
		if t := tenantOf(shape{View: &View{Root: v.Root, Envelope: v.Root}}); t != "" {
			rec.Tenant = t
		}
		if at := v.Root.GetFold("time"); at.Kind() == rawjson.String {
			if t, ok := Time(at.Str()); ok {
				rec.Time, rec.TimeOf = t, event.TimeEnvelope
			}
		}
	}
	sum := sha256.Sum256(append([]byte("unparsed\x00"), rec.Raw...))
	copy(rec.Content[:], sum[:])
}

// identity is the service's own key, "" where it is not complete.
func identity(s shape) string {
	b := s.Body
	text := func(names ...string) string {
		for _, n := range names {
			if v := b.GetFold(n); v.Kind() == rawjson.String && v.Str() != "" {
				return v.Str()
			}
		}
		return ""
	}
	both := func(a, c string) string {
		if a == "" || c == "" {
			return ""
		}
		return a + "|" + c
	}
	switch s.table {
	case "MicrosoftGraphActivityLogs", "AADGraphActivityLogs":
		return text("requestId")
	case "AADRiskyUsers", "AADRiskyServicePrincipals":
		return both(text("id"), canonicalTime(text("riskLastUpdatedDateTime")))
	case "SecurityAlert": // one row per state, as Microsoft Sentinel has it
		if id := text("id"); id != "" {
			return both(id, canonicalTime(text("lastUpdateDateTime")))
		}
		return both(text("SystemAlertId"), canonicalTime(text("TimeGenerated")))
	case "SecurityIncident":
		return both(text("IncidentName"), canonicalTime(text("LastModifiedTime")))
	case "WholelogRuleRun":
		return text("RunId")
	case "WholelogException":
		return both(text("ExceptionId"), canonicalTime(text("TimeGenerated")))
	case "WholelogDelivery":
		return text("ReceiptId")
	case "WholelogAudit":
		return text("AuditId")
	case "AADUserRiskEvents", "AADServicePrincipalRiskEvents":
		return both(text("id"), canonicalTime(text("lastUpdatedDateTime")))
	case "AKSAudit", "AKSAuditAdmin":
		// Audit ids are unique within a cluster, unless a client sets the header
		// Audit-ID: one who sends an id twice must not put one request in the
		// place of another.
		id := both(text("auditID", "AuditId"), text("stage"))
		if at := text("requestReceivedTimestamp", "RequestReceivedTime"); id != "" && at != "" {
			id += "|" + canonicalTime(at)
		}
		if cluster := s.Cluster(); id != "" && cluster != "" {
			id += "|" + cluster
		}
		return id
	case "AKSControlPlane":
		return ""
	}
	return text("id")
}

// canonicalTime writes a time in one form, so that two paths that write the
// same instant differently agree on the identity.
func canonicalTime(s string) string {
	t, ok := Time(s)
	if !ok {
		return s
	}
	return t.Format("2006-01-02T15:04:05.0000000Z")
}

// eventTimes names, in order of preference, the members that say when an event
// of a table happened.
var eventTimes = map[string][]string{
	"AADRiskyUsers":                 {"riskLastUpdatedDateTime"},
	"AADRiskyServicePrincipals":     {"riskLastUpdatedDateTime"},
	"AADUserRiskEvents":             {"activityDateTime", "detectedDateTime"},
	"AADServicePrincipalRiskEvents": {"activityDateTime", "detectedDateTime"},
	"AuditLogs":                     {"activityDateTime"},
	"SecurityAlert":                 {"lastUpdateDateTime", "createdDateTime"},
	"AADProvisioningLogs":           {"activityDateTime"},
	"MicrosoftGraphActivityLogs":    {"timeGenerated"},
	"AADGraphActivityLogs":          {"timeGenerated", "timeRequested"},
	"AKSAudit":                      {"requestReceivedTimestamp", "RequestReceivedTime"},
	"AKSAuditAdmin":                 {"requestReceivedTimestamp", "RequestReceivedTime"},
	"AKSControlPlane":               {},
	"SecurityIncident":              {},
	"WholelogRuleRun":               {},
	"WholelogDelivery":              {},
	"WholelogException":             {},
	"WholelogAudit":                 {},
}

func when(rec *event.Record, s shape) {
	names, ok := eventTimes[s.table]
	if !ok {
		names = []string{"createdDateTime"}
	}
	try := func(v rawjson.Value, kind event.TimeKind) bool {
		if v.Kind() != rawjson.String {
			return false
		}
		t, ok := Time(v.Str())
		if ok {
			rec.Time, rec.TimeOf = t, kind
		}
		return ok
	}
	for _, n := range names {
		if try(s.Body.GetFold(n), event.TimeEvent) {
			return
		}
	}
	if try(s.Root.Get("TimeGenerated"), event.TimeEvent) {
		return
	}
	if s.kube && try(s.Body.GetFold("stageTimestamp"), event.TimeStage) {
		return
	}
	if try(s.Envelope.GetFold("time"), event.TimeEnvelope) {
		return
	}
	rec.Time, rec.TimeOf = rec.Seen, event.TimeSeen
}
