package incident

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/schedule"
	"github.com/wholelog/wholelog/internal/source/own"
)

const product = "Wholelog"

// severities are Microsoft Sentinel's words. It has none above High; the true
// one stands beside it.
var severities = map[rule.Severity]string{rule.Informational: "Informational", rule.Low: "Low", rule.Medium: "Medium", rule.High: "High", rule.Critical: "High"}

// runRow is a rule's run as a row of WholelogRuleRun.
func runRow(r *schedule.Run) own.Row {
	row := own.Row{"Type": "WholelogRuleRun", "TimeGenerated": own.Time(r.Started), "RunId": runID(r), "RuleId": r.Rule.ID, "RuleVersion": r.Rule.Version,
		"RuleTitle": r.Rule.Title, "Kind": r.Rule.Kind, "WindowStart": own.Time(r.From), "WindowEnd": own.Time(r.To), "ReadTo": int64(r.ReadTo),
		"Late": r.Late, "Status": "ok", "Suppressed": r.Silent, "Alerts": len(r.Raised), "DurationMs": r.Duration.Milliseconds()}
	if !r.Watermark.IsZero() {
		row["Watermark"] = own.Time(r.Watermark)
	}
	if r.Err != nil {
		row["Status"], row["Error"] = "failed", r.Err.Error()
		return row
	}
	row["Matched"], row["Excluded"] = r.Result.Matched, r.Result.Excluded
	files := 0
	for _, s := range r.Result.Scans {
		files += s.Read
	}
	row["FilesRead"] = files
	if len(r.Result.Notices) > 0 {
		row["Notices"] = r.Result.Notices
	}
	if r.Result.Limited {
		row["Status"] = "limited"
	}
	return row
}

// runID is unique: a rule starts one run at a time.
func runID(r *schedule.Run) string {
	return fmt.Sprintf("%s|%s|%s", r.Rule.ID, own.Time(r.Started), own.Time(r.To))
}

// kept is what a row of SecurityAlert says beyond Sentinel's columns, in
// ExtendedProperties, as text values as Sentinel has them.
type kept struct {
	Key      string `json:"Key"`
	Severity string `json:"Severity"`
	From     string `json:"From"` // exact; the columns are as well
	To       string `json:"To"`
	Late     string `json:"Late hit,omitempty"`
	Version  string `json:"Rule version"`
	Query    string `json:"Query"`
	Start    string `json:"Query Start Time UTC"`
	End      string `json:"Query End Time UTC"`
	Rows     string `json:"Number of result rows"`
	Attack   string `json:"ATT&CK version,omitempty"`
	Details  string `json:"Custom Details,omitempty"`
	Evidence string `json:"Evidence,omitempty"` // the first rows, a JSON array
}

// maxEvidence bounds the evidence that an alert's row carries; its query gives
// all of it.
const maxEvidence = 32 << 10

func alertRow(a *Alert, run *schedule.Run, now time.Time) own.Row {
	k := kept{Key: a.Key, Severity: string(a.Severity), From: own.Time(a.From), To: own.Time(a.To), Version: fmt.Sprint(a.Version), Query: a.Query,
		Start: own.Time(run.From), End: own.Time(run.To), Rows: fmt.Sprint(a.RowCount)}
	if a.Late {
		k.Late = "true"
	}
	if a.Attack > 0 {
		k.Attack = fmt.Sprint(a.Attack)
	}
	if len(a.Details) > 0 {
		k.Details = text(a.Details)
	}
	evidence := a.Rows
	for size := 0; len(evidence) > 0; evidence = evidence[:len(evidence)-1] {
		size = len(text(evidence))
		if size <= maxEvidence {
			break
		}
	}
	k.Evidence = text(evidence)
	row := own.Row{"Type": "SecurityAlert", "TimeGenerated": own.Time(now), "SystemAlertId": a.ID, "DisplayName": a.Title, "AlertName": a.Title,
		"AlertSeverity": severities[a.Severity], "Description": a.Description, "ProviderName": product, "VendorName": product, "ProductName": product,
		"ProductComponentName": "Scheduled Alerts", "AlertType": a.Rule.ID, "StartTime": own.Time(a.From), "EndTime": own.Time(a.To), "ProcessingEndTime": own.Time(now),
		"Status": "New", "Entities": text(sentinel(a.Entities)), "ExtendedProperties": text(k), "Tactics": strings.Join(a.Tactics, ", "),
		"RemediationSteps": text(a.Rule.Response), "IsIncident": false}
	if a.Rule.Kind == rule.NRT {
		row["ProductComponentName"] = "NRT Alerts"
	}
	var techniques, subs []string
	for _, t := range a.Techniques {
		if base, _, ok := strings.Cut(t, "."); ok {
			techniques, subs = add(techniques, base), add(subs, t)
		} else {
			techniques = add(techniques, t)
		}
	}
	row["Techniques"], row["SubTechniques"] = text(techniques), text(subs)
	if list := names(a.Entities, "Account"); len(list) > 0 {
		row["CompromisedEntity"] = list[0]
	}
	return row
}

// sentinel writes entities as the Entities column has them.
func sentinel(list []detect.Entity) []map[string]string {
	kinds := map[string]string{"Account": "account", "IP": "ip", "Host": "host", "URL": "url", "CloudApplication": "cloud-application", "AzureResource": "azure-resource",
		"SecurityGroup": "security-group", "FileHash": "filehash", "File": "file", "Process": "process", "Malware": "malware", "DNS": "dns", "Mailbox": "mailbox",
		"MailMessage": "mail-message", "MailCluster": "mail-cluster", "RegistryKey": "registry-key", "RegistryValue": "registry-value", "SubmissionMail": "submission-mail"}
	out := []map[string]string{}
	for n, e := range list {
		m := map[string]string{"$id": fmt.Sprint(n + 2), "Type": kinds[e.Type]}
		for f, v := range e.Fields {
			m[f] = v
		}
		if name, suffix, ok := strings.Cut(e.Fields["FullName"], "@"); ok && e.Type == "Account" {
			delete(m, "FullName")
			m["Name"], m["UPNSuffix"] = name, suffix
		}
		out = append(out, m)
	}
	return out
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// row is the incident's state as a row of SecurityIncident.
func (i *Incident) row() own.Row {
	row := own.Row{"Type": "SecurityIncident", "TimeGenerated": own.Time(i.Modified), "IncidentName": i.ID, "Title": i.Title, "Description": i.Description,
		"Severity": severities[i.Severity], "Status": string(i.Status), "Classification": i.Classification, "ClassificationComment": i.Closing, "ClassificationReason": i.Reason,
		"Owner": map[string]any{"assignedTo": i.Owner}, "ProviderName": product, "ProviderIncidentId": fmt.Sprint(i.Number), "FirstActivityTime": own.Time(i.First),
		"LastActivityTime": own.Time(i.Last), "LastModifiedTime": own.Time(i.Modified), "CreatedTime": own.Time(i.Created), "IncidentNumber": i.Number,
		"RelatedAnalyticRuleIds": i.Rules, "AlertIds": i.Alerts, "BookmarkIds": []string{}, "Comments": i.Comments, "Tasks": i.Tasks, "ModifiedBy": i.By,
		"SourceSystem": product}
	labels := []map[string]string{}
	for _, l := range i.Labels {
		labels = append(labels, map[string]string{"labelName": l, "labelType": "User"})
	}
	row["Labels"] = labels
	if i.Modified.After(i.Created) {
		row["FirstModifiedTime"] = own.Time(i.Modified)
	}
	if i.Closed != nil {
		row["ClosedTime"] = own.Time(*i.Closed)
	}
	row["AdditionalData"] = map[string]any{"alertsCount": len(i.Alerts), "commentsCount": len(i.Comments), "alertProductNames": []string{product},
		"tactics": i.Tactics, "techniques": i.Techniques, "state": i}
	return row
}
