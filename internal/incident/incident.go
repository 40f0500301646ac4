package incident

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
)

// Status of an incident, in Microsoft Sentinel's words.
type Status string

const (
	New    Status = "New"
	Active Status = "Active"
	Closed Status = "Closed"
)

// Classifications that an incident may be closed with.
var Classifications = []string{"TruePositive", "BenignPositive", "FalsePositive", "Undetermined"}

// Incident is one incident in its present state.
type Incident struct {
	ID          string        `json:"id"` // a GUID
	Number      int           `json:"number"`
	Tenant      string        `json:"tenant,omitempty"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Severity    rule.Severity `json:"severity"`
	Status      Status        `json:"status"`

	Classification string    `json:"classification,omitempty"`
	Reason         string    `json:"reason,omitempty"`  // classification's
	Closing        string    `json:"closing,omitempty"` // comment at closing
	Owner          string    `json:"owner,omitempty"`
	Comments       []Comment `json:"comments,omitempty"`
	Labels         []string  `json:"labels,omitempty"`

	Created  time.Time  `json:"created"`
	Modified time.Time  `json:"modified"`
	By       string     `json:"modifiedBy"`
	Closed   *time.Time `json:"closed,omitempty"`
	First    time.Time  `json:"first"` // of the evidence
	Last     time.Time  `json:"last"`

	Rules      []string        `json:"rules"`
	Alerts     []string        `json:"alerts"` // SystemAlertId
	Entities   []detect.Entity `json:"entities,omitempty"`
	Tactics    []string        `json:"tactics,omitempty"`
	Techniques []string        `json:"techniques,omitempty"`
	Attack     int             `json:"attackVersion,omitempty"`
	Tasks      []string        `json:"tasks,omitempty"` // what to do

	Revision int  `json:"revision"` // grows with each state that is worth telling
	Urgent   bool `json:"urgent,omitempty"`
	Late     bool `json:"late,omitempty"` // an alert came of rows that were late

	// Groups are what further alerts join it by, and until when.
	Groups []string `json:"groups,omitempty"`
	Within int64    `json:"within"` // seconds
	Reopen bool     `json:"reopen,omitempty"`
}

// Comment is what somebody wrote about an incident.
type Comment struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

// maxKept bounds the lists of an incident; what is over it is counted in the
// alerts, which all are rows of their own.
const maxKept = 500

// join takes an alert into the incident.
func (i *Incident) join(a Alert) {
	if len(i.Alerts) == 0 || a.Severity.Rank() > i.Severity.Rank() {
		i.Title, i.Description, i.Severity = a.Title, a.Description, a.Severity
		i.Tasks = a.Rule.Response
	}
	i.Alerts = add(i.Alerts, a.ID)
	i.Rules = add(i.Rules, a.Rule.ID)
	i.Tactics, i.Techniques = add(i.Tactics, a.Tactics...), add(i.Techniques, a.Techniques...)
	if i.Attack == 0 {
		i.Attack = a.Attack
	}
	for _, e := range a.Entities {
		if len(i.Entities) < maxKept && !slices.ContainsFunc(i.Entities, func(h detect.Entity) bool { return h.Type == e.Type && maps.Equal(h.Fields, e.Fields) }) {
			i.Entities = append(i.Entities, e)
		}
	}
	if i.First.IsZero() || a.From.Before(i.First) {
		i.First = a.From
	}
	if a.To.After(i.Last) {
		i.Last = a.To
	}
	i.Late = i.Late || a.Late
	i.Urgent = i.Urgent || slices.Contains(a.Rule.Tags, "urgent")
}

func add(list []string, more ...string) []string {
	for _, m := range more {
		if len(list) < maxKept && m != "" && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// Alert is a raised alert with its rule.
type Alert struct {
	detect.Alert
	ID   string
	Late bool
	Rule *rule.Rule
}

// groups lists the keys by which an alert joins incidents, the rule's own first.
// Alerts of other rules join by the one person they are about: an attack sets
// off several rules, and is one incident.
func groups(a Alert) []string {
	in := a.Rule.Incident
	own := "rule " + a.Rule.ID
	switch in.Group {
	case "none":
		return nil
	case "any":
		return []string{own}
	case "selected":
		parts := []string{own}
		for _, by := range in.By {
			switch label, isDetail := strings.CutPrefix(by, "details."); {
			case isDetail:
				parts = append(parts, by, a.Details[label])
			case by == "alert.title":
				parts = append(parts, by, a.Title)
			case by == "alert.severity":
				parts = append(parts, by, string(a.Severity))
			default:
				parts = append(parts, by, strings.Join(names(a.Entities, by), "\x00"))
			}
		}
		return append([]string{strings.Join(parts, "\x00")}, person(a)...)
	}
	parts := []string{own}
	for _, t := range rule.EntityTypes() {
		if list := names(a.Entities, t); len(list) > 0 {
			parts = append(parts, t, strings.Join(list, "\x00"))
		}
	}
	return append([]string{strings.Join(parts, "\x00")}, person(a)...)
}

// person is the key of the one account that an alert is about, if it is one.
func person(a Alert) []string {
	list := names(a.Entities, "Account")
	if len(list) != 1 {
		return nil
	}
	return []string{"account\x00" + list[0]}
}

// names lists the entities of a type, sorted, each by its best identifier.
func names(list []detect.Entity, kind string) []string {
	var out []string
	for _, e := range list {
		if e.Type == kind {
			if n := strings.ToLower(Name(e)); n != "" && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Name is what an entity is called.
func Name(e detect.Entity) string {
	if n := e.Fields["Name"]; e.Type == "Account" && n != "" && e.Fields["UPNSuffix"] != "" && e.Fields["FullName"] == "" {
		return n + "@" + e.Fields["UPNSuffix"]
	}
	for _, f := range append([]string{"FullName", "Name", "Address", "ResourceId", "HostName", "Url", "AadUserId", "AppId"}, rule.Identifiers(e.Type)...) {
		if v := e.Fields[f]; v != "" {
			return v
		}
	}
	return ""
}
