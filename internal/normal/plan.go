package normal

import (
	"strings"
	"sync"

	"github.com/wholelog/wholelog/internal/schema"
)

// plan says which properties feed which columns of a table.
type plan struct {
	exact    map[string]target // by the spellings that the services use
	lower    map[string]target // by lower-case name
	promoted map[int][]int     // column -> promoted paths
}

// target is where a property belongs.
type target struct {
	column   int  // -1: no column of its own
	derived  bool // derive reads it
	envelope bool // a member of an envelope that has its place
	carried  bool // a member of the object around an AKS event that has its place
}

func (p *plan) find(name []byte, scratch *[]byte) (target, bool) {
	if t, ok := p.exact[string(name)]; ok {
		return t, true
	}
	low := append((*scratch)[:0], name...)
	*scratch = low
	for i, c := range low {
		if c >= 'A' && c <= 'Z' {
			low[i] = c | 0x20
		}
	}
	t, ok := p.lower[string(low)]
	if !ok {
		t.column = -1
	}
	return t, ok
}

var plans = sync.OnceValue(func() map[string]*plan {
	out := map[string]*plan{}
	for _, t := range schema.Tables() {
		out[t.Name] = newPlan(t)
	}
	return out
})

func newPlan(t *schema.Table) *plan {
	p := &plan{exact: map[string]target{}, lower: map[string]target{}, promoted: map[int][]int{}}
	spell := map[string][]string{}
	add := func(name string, col int) {
		low := strings.ToLower(name)
		p.lower[low] = target{column: col}
		spell[low] = append(spell[low], name)
	}
	for i, c := range t.Columns {
		if !c.Hidden && c.Name != "TenantId" {
			add(c.Name, i)
			spell[strings.ToLower(c.Name)] = append(spell[strings.ToLower(c.Name)], strings.ToLower(c.Name[:1])+c.Name[1:])
		}
	}
	for i, c := range t.Columns {
		if c.Graph != "" && !strings.Contains(c.Graph, ".") {
			add(c.Graph, i)
		}
	}
	for from, to := range renamed {
		if i := t.Index(to); i >= 0 {
			add(from, i)
		}
	}
	if i := t.Index("LocationDetails"); i >= 0 {
		add("location", i)
	}
	if t.Family == "activity" {
		for from, to := range map[string]string{"C_DeviceId": "DeviceId", "c_Sid": "SessionId", "timeGenerated": "TimeGenerated"} {
			if i := t.Index(to); i >= 0 {
				add(from, i)
			}
		}
	}
	if i := t.Index("ProcessingTimeInMs"); i >= 0 {
		add("processingTimeInMilliseconds", i)
	}
	delete(p.lower, "tenantid")
	if t.Name == "AKSControlPlane" {
		p.lower["log"] = target{column: t.Index("Message")}
		spell["log"] = append(spell["log"], "log")
	}
	if t.Name == "SecurityAlert" {
		// Members of the alert that have the name of a column and another meaning,
		// or that alert makes a column of.
		for _, n := range alertMembers {
			p.lower[n] = target{column: -1, derived: true}
			spell[n] = append(spell[n], n)
		}
	}
	mark := func(list []string, set func(*target)) {
		for _, n := range list {
			low := strings.ToLower(n)
			to, ok := p.lower[low]
			if !ok {
				to.column = -1
			}
			set(&to)
			p.lower[low] = to
			spell[low] = append(spell[low], n)
		}
	}
	mark(derived, func(t *target) { t.derived = true })
	mark(enveloped, func(t *target) { t.envelope = true })
	mark(carried, func(t *target) { t.carried = true })
	for low, names := range spell {
		if to, ok := p.lower[low]; ok {
			for _, n := range names {
				p.exact[n] = to
			}
		}
	}
	for i, pr := range t.Promoted {
		col := t.Index(pr.Column)
		p.promoted[col] = append(p.promoted[col], i)
	}
	return p
}

// renamed are properties whose column has another name, in every table that
// has the column.
var renamed = map[string]string{
	"appliedConditionalAccessPolicies": "ConditionalAccessPolicies",
	"operationType":                    "AADOperationType",
	"resourceId":                       "ResourceIdentity",
	"riskEventTypes_v2":                "RiskEventTypes_V2",
	"auditID":                          "AuditId",
	"durationInMilliseconds":           "DurationMs",
	"managedIdentityType":              "ManagedServiceIdentity",
}

// enveloped are the members of an envelope that have their place: a column, or
// none in tables where Azure Monitor's own lack it. Others are kept in
// AdditionalFields.
var enveloped = []string{"time", "resourceId", "operationName", "operationVersion", "category", "tenantId", "resultType",
	"resultSignature", "resultDescription", "durationMs", "callerIpAddress", "correlationId", "identity", "level", "Level", "location",
	"properties"}

// carried are those of the object around an AKS event.
var carried = []string{"log", "pod", "stream", "log_s", "pod_s", "stream_s", "Type", "TimeGenerated", "Category", "ResourceId"}

// derived are properties that derive reads although no column has their name.
var derived = []string{"tenantId", "identity", "operationName", "kind", "apiVersion", "pod", "stream"}
