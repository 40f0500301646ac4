package sim

import (
	"strings"
	"time"
)

// Event is one event of a live tenant, in each form that a service gives it.
type Event struct {
	Collection string    // of Microsoft Graph, such as "auditLogs/signIns"; "" if Graph has none
	Category   string    // diagnostic category; "" if there is none
	Key        string    // id of the Graph object; the last event of a key is the object's state
	SignIn     string    // kind of sign-in, as signInEventTypes has it
	Time       time.Time // when it happened
	At         time.Time // the time that Graph filters by
	Visible    time.Time // from when on Graph gives it
	Delivered  time.Time // when its diagnostic record is delivered
	rec        record
}

// envelopeDelay is how long after an event its envelope's time is at most.
const envelopeDelay = 11 * time.Minute

// collections maps categories to collections of Graph and the member by whose
// time Graph filters them.
var collections = map[string]struct{ path, at string }{
	"SignInLogs":                   {"auditLogs/signIns", "createdDateTime"},
	"NonInteractiveUserSignInLogs": {"auditLogs/signIns", "createdDateTime"},
	"ServicePrincipalSignInLogs":   {"auditLogs/signIns", "createdDateTime"},
	"ManagedIdentitySignInLogs":    {"auditLogs/signIns", "createdDateTime"},
	"AuditLogs":                    {"auditLogs/directoryAudits", "activityDateTime"},
	"ProvisioningLogs":             {"auditLogs/provisioning", "activityDateTime"},
	"UserRiskEvents":               {"identityProtection/riskDetections", "detectedDateTime"},
	"RiskyUsers":                   {"identityProtection/riskyUsers", "riskLastUpdatedDateTime"},
	"ServicePrincipalRiskEvents":   {"identityProtection/servicePrincipalRiskDetections", "detectedDateTime"},
	"RiskyServicePrincipals":       {"identityProtection/riskyServicePrincipals", "riskLastUpdatedDateTime"},
	alertCategory:                  {"security/alerts_v2", "lastUpdateDateTime"},
}

// alertCategory stands for security alerts, which have no diagnostic category.
const alertCategory = "alert"

func (l *Live) event(r record) Event {
	c := collections[r.category]
	e := Event{Collection: c.path, Category: r.category, Time: r.time, At: r.time, rec: r}
	if r.category == alertCategory {
		e.Category = ""
	}
	latencyKey := r.category + stamp(r.time)
	if r.props != nil {
		e.Key, _ = r.props.get("id").(string)
		latencyKey += e.Key
		if s, ok := r.props.get(c.at).(string); ok {
			if at, err := time.Parse(time.RFC3339, s); err == nil {
				e.At = at.UTC()
			}
		}
		if kinds, ok := r.props.get("signInEventTypes").([]string); ok {
			e.SignIn = kinds[0]
		}
	} else {
		latencyKey += string(appendJSON(nil, r.envelope)) // cluster requests have no id of their own here
	}
	e.Visible = r.time.Add(l.o.Graph.draw(l.o.Seed, "graph", latencyKey))
	e.Delivered = r.time.Add(l.o.Hub.draw(l.o.Seed, "hub", latencyKey))
	if sent := envelopeTime(r.envelope); sent.After(e.Delivered) {
		e.Delivered = sent
	}
	return e
}

func envelopeTime(env object) time.Time {
	s, _ := env.get("time").(string)
	layout := time.RFC3339
	if strings.Contains(s, "/") {
		layout = "1/2/2006 3:04:05 PM"
	}
	at, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{} // alerts have no envelope
	}
	return at
}

// Diagnostic is the record as Event Hubs and containers carry it, nil if the
// event has no diagnostic category.
func (e *Event) Diagnostic() []byte {
	if e.Category == "" {
		return nil
	}
	return appendJSON(nil, e.rec.envelope)
}

// Graph is the object as the v1.0 endpoint gives it, nil if that has none.
func (e *Event) Graph() []byte {
	if e.Collection == "" || e.SignIn != "" && e.SignIn != "interactiveUser" {
		return nil
	}
	return appendJSON(nil, graphShape(e.rec, false))
}

// Beta is the object as the beta endpoint gives it.
func (e *Event) Beta() []byte {
	if e.Collection == "" {
		return nil
	}
	return appendJSON(nil, graphShape(e.rec, true))
}
