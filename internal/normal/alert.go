package normal

import (
	"encoding/json"
	"strings"

	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/schema"
)

// alertMembers are members of microsoft.graph.security.alert that alert reads,
// in lower case.
var alertMembers = []string{"status", "severity", "servicesource", "detectionsource", "detectorid", "recommendedactions", "mitretechniques", "evidence", "lastupdatedatetime", "@odata.type"}

// products are Graph's names of services, and what Microsoft Sentinel calls
// their product and provider in SecurityAlert ("Microsoft Defender XDR
// connector", "SecurityAlert schema").
var products = map[string][2]string{
	"azureadidentityprotection":                    {"Azure Active Directory Identity Protection", "IPC"},
	"microsoftdefenderforidentity":                 {"Azure Advanced Threat Protection", "Azure Advanced Threat Protection"},
	"microsoftdefenderforcloudapps":                {"Microsoft Cloud App Security", "MCAS"},
	"microsoftappgovernance":                       {"Microsoft Application Protection", "Microsoft Application Protection"},
	"microsoftdefenderforendpoint":                 {"Microsoft Defender Advanced Threat Protection", "MDATP"},
	"microsoftdefenderforoffice365":                {"Office 365 Advanced Threat Protection", "OATP"},
	"microsoft365defender":                         {"Microsoft 365 Defender", "Microsoft 365 Defender"},
	"datalossprevention":                           {"Microsoft Data Loss Prevention", "Microsoft Data Loss Prevention"},
	"microsoftdatalossprevention":                  {"Microsoft Data Loss Prevention", "Microsoft Data Loss Prevention"},
	"microsoftdefenderforcloud":                    {"Azure Security Center", "Azure Security Center"},
	"microsoftsentinel":                            {"Azure Sentinel", "ASI Scheduled Alerts"},
	"microsoftinsiderriskmanagement":               {"Microsoft Insider Risk Management", "Microsoft Insider Risk Management"},
	"microsoftdefenderthreatintelligenceanalytics": {"Microsoft Threat Intelligence Analytics", "Microsoft Threat Intelligence Analytics"},
}

// alert fills the columns of SecurityAlert from an alert of Microsoft Graph.
func (b *builder) alert() {
	text := func(name string) string { return b.body.GetFold(name).Text() }
	upper := func(s string) string {
		if s == "" {
			return ""
		}
		return strings.ToUpper(s[:1]) + s[1:]
	}
	b.fill("AlertName", text("title"))
	b.fill("AlertSeverity", upper(text("severity")))
	b.set("Status", schema.Str(upper(text("status"))))
	b.fill("VendorName", "Microsoft")
	service := text("serviceSource")
	names, ok := products[strings.ToLower(service)]
	if !ok {
		names = [2]string{service, service}
	}
	b.fill("ProductName", names[0])
	b.fill("ProviderName", names[1])
	b.fill("ProductComponentName", text("detectionSource"))
	if kind := text("detectorId"); kind != "" {
		b.fill("AlertType", kind)
	} else {
		b.fill("AlertType", text("title"))
	}
	if i := b.table.Index("IsIncident"); i >= 0 && !b.row.Cells[i].Set {
		b.row.Cells[i] = schema.Bool(false)
	}
	if steps := text("recommendedActions"); steps != "" {
		var lines []string
		for _, l := range strings.Split(steps, "\n") {
			if l = strings.TrimSpace(l); l != "" {
				lines = append(lines, l)
			}
		}
		b.fill("RemediationSteps", asJSON(lines))
	}
	var whole, sub []string
	b.body.GetFold("mitreTechniques").Elements(func(v rawjson.Value) bool {
		if t := v.Str(); strings.Contains(t, ".") {
			sub = append(sub, t)
			parent, _, _ := strings.Cut(t, ".")
			whole = appendNew(whole, parent)
		} else if t != "" {
			whole = appendNew(whole, t)
		}
		return true
	})
	if whole != nil {
		b.fill("Techniques", asJSON(whole))
	}
	if sub != nil {
		b.fill("SubTechniques", asJSON(sub))
	}
	entities, compromised := entitiesOf(b.body.GetFold("evidence"))
	if entities != nil {
		b.fill("Entities", asJSON(entities))
	}
	b.fill("CompromisedEntity", compromised)
	extended := map[string]json.RawMessage{}
	for _, n := range []string{"incidentId", "incidentWebUrl", "classification", "determination", "assignedTo", "actorDisplayName", "threatDisplayName", "threatFamilyName", "alertPolicyId", "resolvedDateTime", "additionalData"} {
		if v := b.body.GetFold(n); v.Exists() && v.Kind() != rawjson.Null {
			extended[n] = json.RawMessage(v.JSON())
		}
	}
	if len(extended) > 0 {
		b.fill("ExtendedProperties", asJSON(extended))
	}
	if link := text("alertWebUrl"); link != "" {
		b.fill("ExtendedLinks", asJSON([]map[string]string{{"Href": link, "Category": "", "Label": "Alert in Microsoft Defender", "Type": "webLink"}}))
	}
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

func asJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
