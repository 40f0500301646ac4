package doctor

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/source/graph"
)

// Kinds of requests that share a documented limit: 5 in 10 seconds of an
// application, and one in a second of a whole tenant.
const (
	reports    = "reports"
	protection = "protection"
	unpaced    = ""
)

// collection is one that graph reads, and how to ask it for next to nothing.
type collection struct {
	name, path string
	beta       bool
	field      string // that filters by time
	kind       string // signInEventTypes
	top        bool   // $top is documented
	pace       string
	category   string
	needs      []string // application permissions
}

var directory = []string{"AuditLog.Read.All", "Directory.Read.All"}

// collections is all that graph knows: a test compares the two.
var collections = []collection{
	{"signIns", "auditLogs/signIns", true, "createdDateTime", "interactiveUser", true, reports, "SignInLogs", directory},
	{"nonInteractiveUser", "auditLogs/signIns", true, "createdDateTime", "nonInteractiveUser", true, reports, "NonInteractiveUserSignInLogs", directory},
	{"servicePrincipal", "auditLogs/signIns", true, "createdDateTime", "servicePrincipal", true, reports, "ServicePrincipalSignInLogs", directory},
	{"managedIdentity", "auditLogs/signIns", true, "createdDateTime", "managedIdentity", true, reports, "ManagedIdentitySignInLogs", directory},
	{"directoryAudits", "auditLogs/directoryAudits", false, "activityDateTime", "", true, reports, "AuditLogs", directory},
	{"provisioning", "auditLogs/provisioning", false, "activityDateTime", "", true, reports, "ProvisioningLogs", directory},
	{"riskDetections", "identityProtection/riskDetections", false, "detectedDateTime", "", true, protection, "UserRiskEvents", []string{"IdentityRiskEvent.Read.All"}},
	{"riskyUsers", "identityProtection/riskyUsers", false, "riskLastUpdatedDateTime", "", true, protection, "RiskyUsers", []string{"IdentityRiskyUser.Read.All"}},
	{"servicePrincipalRiskDetections", "identityProtection/servicePrincipalRiskDetections", false, "detectedDateTime", "", false, protection, "ServicePrincipalRiskEvents", []string{"IdentityRiskEvent.Read.All"}},
	{"riskyServicePrincipals", "identityProtection/riskyServicePrincipals", false, "riskLastUpdatedDateTime", "", false, protection, "RiskyServicePrincipals", []string{"IdentityRiskyServicePrincipal.Read.All"}},
	{"alerts", "security/alerts_v2", false, "lastUpdateDateTime", "", true, unpaced, "SecurityAlert", []string{"SecurityAlert.Read.All"}},
}

// query asks for one record of the last day; where the size of an answer
// cannot be chosen, for those of the last minute.
func (c *collection) query(now time.Time) string {
	since := now.Add(-24 * time.Hour)
	if !c.top {
		since = now.Add(-time.Minute)
	}
	filter := c.field + " ge " + since.UTC().Format("2006-01-02T15:04:05Z") + " and " + c.field + " le " + now.UTC().Format("2006-01-02T15:04:05Z")
	version := "/v1.0/"
	if c.beta {
		version = "/beta/"
		filter += " and signInEventTypes/any(t: t eq '" + c.kind + "')"
	}
	q := version + c.path + "?$filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
	if c.top {
		q += "&$top=1"
	}
	return q
}

// configured are the collections that a tenant is read by.
func configured(t *config.Tenant) (out []collection) {
	if t.Graph.Disabled {
		return nil
	}
	names := t.Graph.Collections
	if len(names) == 0 {
		names = graph.Names()
	}
	for _, c := range collections {
		if slices.Contains(names, c.name) && !slices.Contains(t.Graph.Without, c.name) {
			if c.name == "signIns" && t.Graph.V1 {
				c.beta = false
			}
			out = append(out, c)
		}
	}
	return out
}

func (l *look) configured() []collection { return configured(l.t) }

// needed are the permissions of collections, each once.
func needed(cs []collection) (out []string) {
	for _, c := range cs {
		for _, p := range c.needs {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}
