package graph

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// endpoint is what is documented of one collection.
type endpoint struct {
	name       string // in configurations and in the Source field of records
	path       string
	beta       bool
	field      string // filters by time
	kind       string // signInEventTypes
	top        int    // largest page; 0: $top is not documented
	bucket     bucket
	table      string
	retention  time.Duration // how long the service holds records; 0: Options.Retention; forever: no end
	permission string        // application permissions that it needs
	licence    string
}

type bucket uint8

const (
	reports bucket = iota
	protection
	security
)

const forever time.Duration = -1

const day = 24 * time.Hour

// endpoints by name. signIns has a second form for v1.0.
var endpoints = []endpoint{
	{name: "signIns", path: "auditLogs/signIns", beta: true, kind: "interactiveUser", table: "SigninLogs"},
	{name: "nonInteractiveUser", path: "auditLogs/signIns", beta: true, kind: "nonInteractiveUser", table: "AADNonInteractiveUserSignInLogs"},
	{name: "servicePrincipal", path: "auditLogs/signIns", beta: true, kind: "servicePrincipal", table: "AADServicePrincipalSignInLogs"},
	{name: "managedIdentity", path: "auditLogs/signIns", beta: true, kind: "managedIdentity", table: "AADManagedIdentitySignInLogs"},
	{name: "directoryAudits", path: "auditLogs/directoryAudits", field: "activityDateTime", table: "AuditLogs", permission: "AuditLog.Read.All and Directory.Read.All", licence: "Microsoft Entra ID P1 or P2 for more than 7 days"},
	{name: "provisioning", path: "auditLogs/provisioning", field: "activityDateTime", table: "AADProvisioningLogs", permission: "AuditLog.Read.All and Directory.Read.All", licence: premium},
	{name: "riskDetections", path: "identityProtection/riskDetections", field: "detectedDateTime", top: 500, bucket: protection, table: "AADUserRiskEvents", retention: 90 * day, permission: "IdentityRiskEvent.Read.All", licence: premium},
	{name: "riskyUsers", path: "identityProtection/riskyUsers", field: "riskLastUpdatedDateTime", top: 500, bucket: protection, table: "AADRiskyUsers", retention: forever, permission: "IdentityRiskyUser.Read.All", licence: "Microsoft Entra ID P2"},
	{name: "servicePrincipalRiskDetections", path: "identityProtection/servicePrincipalRiskDetections", field: "detectedDateTime", bucket: protection, table: "AADServicePrincipalRiskEvents", retention: 90 * day, permission: "IdentityRiskEvent.Read.All", licence: "Microsoft Entra Workload ID Premium"},
	{name: "riskyServicePrincipals", path: "identityProtection/riskyServicePrincipals", field: "riskLastUpdatedDateTime", bucket: protection, table: "AADRiskyServicePrincipals", retention: forever, permission: "IdentityRiskyServicePrincipal.Read.All", licence: "Microsoft Entra Workload ID Premium"},
	{name: "alerts", path: "security/alerts_v2", field: "lastUpdateDateTime", top: 500, bucket: security, table: "SecurityAlert", retention: 180 * day, permission: "SecurityAlert.Read.All", licence: "a Microsoft Defender product or Microsoft Entra ID P2"},
}

const premium = "Microsoft Entra ID P1 or P2"

func init() {
	for i := range endpoints {
		e := &endpoints[i]
		if e.bucket == reports {
			e.top = 1000
		}
		if e.kind != "" {
			e.field, e.permission, e.licence = "createdDateTime", "AuditLog.Read.All and Directory.Read.All", premium
		}
	}
}

// Names are the collections that there are, as App.Source takes them.
func Names() []string {
	out := make([]string, len(endpoints))
	for i, e := range endpoints {
		out[i] = e.name
	}
	return out
}

// accepts reports whether a record of a table may come from here. Sign-ins of
// federation services come with the others.
func (e *endpoint) accepts(table string) bool {
	return table == e.table || e.field == "createdDateTime" && strings.Contains(strings.ToLower(table), "signin")
}

// query is the address of the first page of a span. Bounds are whole seconds
// and inclusive: the operators ge and le are the ones that all pages document.
// Where a collection refuses them, gt and lt, a second wider, give as much.
func (e *endpoint) query(base string, from, to time.Time, top int, strict bool) string {
	ge, le := " ge ", " le "
	if strict {
		ge, le, from, to = " gt ", " lt ", from.Add(-time.Second), to.Add(time.Second)
	}
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
	filter := e.field + ge + stamp(from) + " and " + e.field + le + stamp(to)
	if e.beta && e.kind != "" {
		filter += " and signInEventTypes/any(t: t eq '" + e.kind + "')"
	}
	version := "/v1.0/"
	if e.beta {
		version = "/beta/"
	}
	u := base + version + e.path + "?$filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
	if top > 0 {
		u += "&$top=" + strconv.Itoa(top)
	}
	return u
}
