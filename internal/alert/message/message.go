package message

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what happened to an incident.
type Kind string

const (
	Created Kind = "created"
	Updated Kind = "updated"
	Closed  Kind = "closed" // by a person; nothing closes because it was not seen again
	Test    Kind = "test"
)

// Notification is one state of an incident that is worth telling.
type Notification struct {
	Incident string `json:"incident"` // identity, never reused
	Number   int64  `json:"number"`   // what people call it; 0: none
	// Revision increases with each change of the incident that is worth
	// telling. One that is not above what was told before is taken as a repeat.
	Revision int  `json:"revision"`
	Kind     Kind `json:"kind"`

	Title    string `json:"title"`
	Summary  string `json:"summary,omitempty"`
	Severity string `json:"severity"` // critical, high, medium, low or informational
	Status   string `json:"status"`   // of the incident: New, Active, Closed
	Tenant   string `json:"tenant,omitempty"`
	// Labels are what routes, silences and inhibition match. Complete adds
	// those that always exist.
	Labels     map[string]string `json:"labels"`
	Entities   []Entity          `json:"entities,omitempty"`
	Evidence   *Evidence         `json:"evidence,omitempty"`
	Tactics    []string          `json:"tactics,omitempty"`
	Techniques []Technique       `json:"techniques,omitempty"`
	First      time.Time         `json:"first"` // first activity, UTC
	Last       time.Time         `json:"last"`  // last activity, UTC
	Query      string            `json:"query,omitempty"`
	URL        string            `json:"url,omitempty"` // of the incident; http or https
	// Urgent is for accounts that must never be used unnoticed (break glass).
	// It waits for no group, no time interval or inhibition holds it, and a
	// silence only if it names urgent="true" and a second person approved it.
	Urgent bool `json:"urgent,omitempty"`
}

// Entity is a thing that the incident is about.
type Entity struct {
	Kind  string `json:"kind"` // account, ip, app, device, ...
	Name  string `json:"name"`
	Extra string `json:"extra,omitempty"` // a few words: country, role, ...
}

// Technique of MITRE ATT&CK, with its name in both versions that tools use.
type Technique struct {
	ID  string `json:"id"`
	V18 string `json:"v18,omitempty"`
	V19 string `json:"v19,omitempty"`
}

// Evidence is a small table of events, at most a few rows of many.
type Evidence struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Total   int64      `json:"total"` // rows that there are; at least len(Rows)
}

// Bounds of one notification: it is kept in the outbox once per receiver.
const (
	maxLabels   = 64
	maxLabel    = 2048
	maxEntities = 200
	maxRows     = 50
	maxColumns  = 50
	maxCell     = 2 << 10
	maxName     = 1 << 10
	maxText     = 64 << 10
)

// Complete checks a notification and returns it with the labels that always
// exist (alertname, severity, tenant, incident, and urgent if it is), and with
// what is too long shortened. The labels given are not changed.
func (n Notification) Complete() (Notification, error) {
	switch {
	case n.Incident == "" || len(n.Incident) > 256:
		return n, errors.New("notification without an incident of 1 to 256 bytes")
	case n.Revision < 1:
		return n, fmt.Errorf("notification of incident %s: revision %d; it starts at 1", n.Incident, n.Revision)
	case n.Kind != Created && n.Kind != Updated && n.Kind != Closed && n.Kind != Test:
		return n, fmt.Errorf("notification of incident %s: kind %q; one of created, updated, closed, test", n.Incident, n.Kind)
	case len(n.Labels) > maxLabels:
		return n, fmt.Errorf("notification of incident %s: %d labels; at most %d", n.Incident, len(n.Labels), maxLabels)
	}
	labels := maps.Clone(n.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	for k, v := range labels {
		labels[k] = Shorten(strings.ToValidUTF8(v, "\uFFFD"), maxLabel)
	}
	def := func(k, v string) {
		if labels[k] == "" && v != "" {
			labels[k] = v
		}
	}
	def("alertname", Shorten(n.Title, maxLabel))
	def("severity", n.Severity)
	def("tenant", n.Tenant)
	labels["incident"] = n.Incident
	delete(labels, "urgent") // nobody but Urgent says so
	if n.Urgent {
		labels["urgent"] = "true"
	}
	n.Labels = labels
	n.Title = Shorten(strings.ToValidUTF8(n.Title, "\uFFFD"), 1024)
	n.Summary = Shorten(strings.ToValidUTF8(n.Summary, "\uFFFD"), maxText)
	n.Query = Shorten(strings.ToValidUTF8(n.Query, "\uFFFD"), maxText)
	if len(n.URL) > maxCell {
		n.URL = ""
	}
	n.Tactics, n.Techniques = first(n.Tactics, maxLabels), first(n.Techniques, maxLabels)
	n.Entities = slices.Clone(first(n.Entities, maxEntities))
	for i, e := range n.Entities {
		n.Entities[i] = Entity{Shorten(e.Kind, maxName), Shorten(e.Name, maxName), Shorten(e.Extra, maxName)}
	}
	n.Evidence = n.Evidence.bounded()
	return n, nil
}

func (e *Evidence) bounded() *Evidence {
	if e == nil {
		return nil
	}
	out := &Evidence{Columns: shorter(first(e.Columns, maxColumns)), Total: max(e.Total, int64(len(e.Rows)))}
	for _, r := range first(e.Rows, maxRows) {
		out.Rows = append(out.Rows, shorter(first(r, maxColumns)))
	}
	return out
}

func shorter(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Shorten(s, maxCell)
	}
	return out
}

func first[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// Name is what people call the incident: "#123", or its identity.
func (n *Notification) Name() string {
	if n.Number > 0 {
		return "#" + strconv.FormatInt(n.Number, 10)
	}
	return n.Incident
}

// Shorten cuts a text to at most limit bytes between runes and says so by an
// ellipsis.
func Shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:max(cut, 0)] + "…"
}
