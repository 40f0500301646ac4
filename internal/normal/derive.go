package normal

import (
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
)

// operations are what the envelope calls the records of a table, for those
// that come without one.
var operations = map[string]string{
	"AADRiskyUsers": "Risky user", "AADUserRiskEvents": "User Risk Detection", "AADProvisioningLogs": "Provisioning activity",
	"AADRiskyServicePrincipals": "Risky service principal", "AADServicePrincipalRiskEvents": "Service principal risk detection",
	"MicrosoftGraphActivityLogs": "Microsoft Graph Activity",
}

// derive fills the columns that do not simply hold a property of their name.
func (b *builder) derive() {
	t := b.table
	b.set("TimeGenerated", schema.Ticks(b.row.Time))
	b.set("Type", schema.Str(t.Name))
	b.set("IdKind", schema.Str(b.rec.IDKind.String()))
	b.set("TimeKind", schema.Str(b.rec.TimeOf.String()))
	b.set("RecordSource", schema.Str(b.rec.Source))
	if !b.rec.Seen.IsZero() {
		b.set("_IngestionTime", schema.Ticks(schema.TicksOf(b.rec.Seen)))
	}
	b.set("Position", schema.Int(int64(b.row.Position)))
	if b.analytics() {
		b.fill("Category", t.Category)
		return // the row has everything else
	}
	env := func(name string) string { return b.envelope.GetFold(name).Text() }
	prop := func(path ...string) string { return b.body.Path(path...).Text() }
	if strings.HasPrefix(t.Name, "AKS") {
		b.fill("SourceSystem", "Azure")
		for _, suffix := range []string{"", "_s"} { // AzureDiagnostics names columns by type
			b.fill("PodName", b.carrier.Get("pod"+suffix).Text())
			b.fill("Stream", b.carrier.Get("stream"+suffix).Text())
		}
		b.fill("_ResourceId", strings.ToLower(env("resourceId")))
		if parts := strings.Split(strings.ToLower(env("resourceId")), "/"); len(parts) > 2 && parts[1] == "subscriptions" {
			b.fill("_SubscriptionId", parts[2])
		}
		if t.Name == "AKSControlPlane" {
			b.fill("Category", env("category"))
			b.fill("Message", prop("log"))
			b.fill("Level", env("level"))
			b.fill("PodName", prop("pod"))
			b.fill("Stream", prop("stream"))
		}
		return
	}
	if t.Name == "SecurityAlert" {
		b.alert()
		return
	}
	signIn := t.Family == "signin"
	b.fill("SourceSystem", "Azure AD") // provisioning has a property of that name
	b.fill("ResourceId", env("resourceId"))
	b.set("Resource", schema.Str("Microsoft.aadiam"))
	b.set("ResourceGroup", schema.Str("Microsoft.aadiam"))
	operation := env("operationName")
	for _, other := range []string{prop("activityDisplayName"), prop("operationName"), operations[t.Name]} {
		if operation == "" {
			operation = other
		}
	}
	if operation == "" && signIn {
		operation = "Sign-in activity"
	}
	b.fill("OperationName", operation)
	b.fill("OperationVersion", env("operationVersion"))
	if t.Name == "AuditLogs" {
		b.fill("ActivityDisplayName", operation)
		// The envelope's category is a diagnostic one unless a collector put the
		// Entra category there.
		if c := env("category"); !strings.EqualFold(c, t.Category) {
			b.fill("Category", c)
		}
		if i := t.Index("ActivityDateTime"); !b.row.Cells[i].Set && prop("activityDateTime") == "" {
			b.row.Cells[i] = schema.Ticks(b.row.Time)
		}
		b.fill("Identity", prop("initiatedBy", "user", "displayName"))
		b.fill("Identity", prop("initiatedBy", "app", "displayName"))
		b.fill("Result", strings.ToLower(env("result")))
	}
	b.fill("Category", t.Category)
	b.result(env, prop, signIn)
	b.fill("CorrelationId", env("correlationId"))
	if t.Name == "AADProvisioningLogs" {
		b.fill("CorrelationId", prop("changeId"))
		b.fill("ResultType", outcomes[strings.ToLower(prop("provisioningStatusInfo", "status"))])
	}
	if t.Family == "activity" {
		b.fill("Location", env("location"))
	}
	for _, who := range []string{env("identity"), prop("identity"), prop("userDisplayName"), prop("servicePrincipalName")} {
		b.fill("Identity", who)
	}
	b.fill("Level", env("level"))
	b.fill("IPAddress", env("callerIpAddress"))
	if signIn {
		b.fill("Location", env("location"))
		b.fill("Location", b.body.Path("location", "countryOrRegion").Str())
		if b.rec.Format == event.FormatPortalCSV {
			// The download is one of interactive or of other sign-ins, and has no
			// column that says so.
			if i := t.Index("IsInteractive"); i >= 0 && !b.row.Cells[i].Set {
				b.row.Cells[i] = schema.Bool(t.Name == "SigninLogs")
			}
		}
		// One that cannot be read stays what it is, in AdditionalFields.
		if i := t.Index("CreatedDateTime"); i >= 0 && !b.row.Cells[i].Set && prop("createdDateTime") == "" {
			b.row.Cells[i] = schema.Ticks(b.row.Time)
		}
	}
	b.fill("AADTenantId", b.rec.Tenant)
	b.fill("AadTenantId", b.rec.Tenant)
	b.fill("AADTenantId", prop("tenantId"))
	if i := t.Index("DurationMs"); i >= 0 && !b.row.Cells[i].Set {
		if v := b.envelope.GetFold("durationMs"); v.Exists() {
			b.put(i, []byte("durationMs"), v)
		}
	}
}

// result fills the columns about the outcome. The code of a sign-in is text;
// an envelope that a collector rewrote says "Success" instead of it.
func (b *builder) result(env func(string) string, prop func(...string) string, signIn bool) {
	code := env("resultType")
	if signIn {
		if inner := b.body.Path("status", "errorCode"); inner.Exists() && !number(code) {
			code = inner.Text()
		}
	}
	b.fill("ResultType", code)
	b.fill("ResultSignature", env("resultSignature"))
	b.fill("ResultDescription", env("resultDescription"))
	if signIn && code != "0" {
		b.fill("ResultDescription", prop("status", "failureReason"))
	}
	if i := b.table.Index("ConditionalAccessStatus"); i >= 0 {
		if s, ok := accessStatus[b.row.Cells[i].S]; ok {
			b.row.Cells[i].S = s
		}
	}
}

// outcomes are Graph's words for the outcome of a provisioning step as Azure
// Monitor writes them.
var outcomes = map[string]string{"success": "Success", "failure": "Failure", "skipped": "Skipped", "warning": "Warning"}

// accessStatus maps the numbers that some diagnostic records have.
var accessStatus = map[string]string{"0": "success", "1": "failure", "2": "notApplied"}

func number(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
