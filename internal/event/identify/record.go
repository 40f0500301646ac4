package identify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// Version grows when Record gives another answer for the same bytes.
const Version = 1

// Record fills in Table, ID, IDKind, Time, TimeOf, Tenant, Format, Content and
// Problem of rec from its Raw, Context and Seen. A Format that is already set
// is where the splitter found the record and is believed.
func Record(rec *event.Record) {
	rec.Table, rec.ID, rec.IDKind, rec.Problem = "", "", event.IDNone, ""
	var d rawjson.Doc
	if err := d.Parse(rec.Raw); err != nil {
		unparsed(rec, "no valid JSON: "+err.Error())
		return
	}
	root := d.Root()
	if root.Kind() != rawjson.Object {
		unparsed(rec, "a JSON value that is no object")
		return
	}
	s := shapeOf(root, rec.Format)
	if s.problem != "" {
		unparsed(rec, s.problem)
		return
	}
	if s.kube {
		var inner rawjson.Doc
		if s.body.Kind() == rawjson.String {
			if err := inner.Parse([]byte(s.body.Str())); err != nil {
				unparsed(rec, "properties.log is no valid JSON: "+err.Error())
				return
			}
			s.body = inner.Root()
		}
	}
	rec.Table, rec.Format = s.table, s.format
	if t := tenantOf(s); t != "" {
		rec.Tenant = t
	}
	h := sha256.New()
	h.Write([]byte(s.table))
	root.Canonical(h, func(name string) bool { return s.envelope && strings.EqualFold(name, "time") })
	sum := h.Sum(nil)
	copy(rec.Content[:], sum)
	rec.ID, rec.IDKind = identity(s), event.IDNative
	if rec.ID == "" {
		rec.ID, rec.IDKind = hex.EncodeToString(sum[:16]), event.IDFingerprint
	}
	when(rec, s)
}

func unparsed(rec *event.Record, problem string) {
	rec.Problem, rec.Format = problem, event.FormatUnknown
	rec.Time, rec.TimeOf = rec.Seen, event.TimeSeen
	sum := sha256.Sum256(append([]byte("unparsed\x00"), rec.Raw...))
	copy(rec.Content[:], sum[:])
}

// identity is the service's own key, "" where it is not complete.
func identity(s shape) string {
	b := s.body
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
	case "AADUserRiskEvents", "AADServicePrincipalRiskEvents":
		return both(text("id"), canonicalTime(text("lastUpdatedDateTime")))
	case "AKSAudit", "AKSAuditAdmin":
		return both(text("auditID", "AuditId"), text("stage"))
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
	"AADProvisioningLogs":           {"activityDateTime"},
	"MicrosoftGraphActivityLogs":    {"timeGenerated"},
	"AADGraphActivityLogs":          {"timeGenerated", "timeRequested"},
	"AKSAudit":                      {"requestReceivedTimestamp", "RequestReceivedTime"},
	"AKSAuditAdmin":                 {"requestReceivedTimestamp", "RequestReceivedTime"},
	"AKSControlPlane":               {},
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
		if try(s.body.GetFold(n), event.TimeEvent) {
			return
		}
	}
	if s.format == event.FormatLogAnalytics && try(s.body.Get("TimeGenerated"), event.TimeEvent) {
		return
	}
	if s.kube && try(s.body.GetFold("stageTimestamp"), event.TimeStage) {
		return
	}
	if s.envelope && try(s.root.GetFold("time"), event.TimeEnvelope) {
		return
	}
	rec.Time, rec.TimeOf = rec.Seen, event.TimeSeen
}
