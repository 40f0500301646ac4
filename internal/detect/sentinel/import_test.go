package sentinel

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/detect/rule"
)

// full has every member that is documented.
const full = `id: 0AAF36A2-5C29-4A5B-8D5C-3F8E0C1D9B11
name: Many failures
version: 2.1.4
kind: Scheduled
description: |
  'An account failed often.
  It may be guessing.'
severity: Medium
status: Available
requiredDataConnectors:
  - connectorId: AzureActiveDirectory
    dataTypes:
      - SigninLogs
queryFrequency: PT1H
queryPeriod: P1DT12H
triggerOperator: GreaterThan
triggerThreshold: 3
tactics:
  - CredentialAccess
  - Defense Evasion
relevantTechniques:
  - T1110
  - t1562.008
  - brute
tags:
  - Schema: ASIM
  - Entra
query: |
  let limit = 5;
  SigninLogs
  | where ResultType != "0"
  | summarize Failures = count() by UserPrincipalName, IPAddress
  | extend  Name = split(UserPrincipalName, '@')[0]
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: FullName
        columnName: UserPrincipalName
      - identifier: Nickname
        columnName: Name
  - entityType: IP
    fieldMappings:
      - identifier: address
        columnName: " IPAddress"
  - entityType: Person
    fieldMappings:
      - identifier: Name
        columnName: Name
sentinelEntitiesMappings:
  - columnName: Entities
customDetails:
  Failures: Failures
alertDetailsOverride:
  alertDisplayNameFormat: "{{UserPrincipalName}} failed {{Failures}} times"
  alertDescriptionFormat: From {{IPAddress}}
  alertSeverityColumnName: Level
  alertTacticsColumnName: Tactic
  alertDynamicProperties:
    - alertProperty: AlertLink
      value: Link
eventGroupingSettings:
  aggregationKind: AlertPerResult
suppressionEnabled: true
suppressionDuration: 5h
incidentConfiguration:
  createIncident: true
  groupingConfiguration:
    enabled: true
    reopenClosedIncident: true
    lookbackDuration: P7D
    matchingMethod: Selected
    groupByEntities: [Account, Ip]
    groupByAlertDetails: [DisplayName, Severity]
    groupByCustomDetails: [Failures]
templateVersion: 1.0.0
alertRuleTemplateName: null
metadata:
  source: {kind: Community}
surprise: 1
`

func read(t *testing.T, text string) *rule.Rule {
	t.Helper()
	r, err := Import([]byte(text), "s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		t.Fatal("not taken for a rule of Microsoft Sentinel")
	}
	return r
}

func TestEveryField(t *testing.T) {
	create := true
	want := &rule.Rule{
		ID: "0aaf36a2-5c29-4a5b-8d5c-3f8e0c1d9b11", Title: "Many failures", Description: "An account failed often.\nIt may be guessing.", Severity: rule.Medium, Kind: rule.Scheduled, Version: 2, Imported: "sentinel", Source: "s.yaml",
		Query: "let limit = 5;\nSigninLogs\n| where ResultType != \"0\"\n| summarize Failures = count() by UserPrincipalName, IPAddress\n| extend  Name = split(UserPrincipalName, '@')[0]\n",
		Every: rule.Duration(time.Hour), Window: rule.Duration(36 * time.Hour), Trigger: rule.Trigger{Op: "gt", Threshold: 3}, Alerts: rule.PerResult,
		Entities: []rule.EntityMapping{{Type: "Account", Fields: map[string]string{"FullName": "UserPrincipalName"}}, {Type: "IP", Fields: map[string]string{"Address": "IPAddress"}}},
		Details:  map[string]string{"Failures": "Failures", "AlertLink": "Link"},
		Alert:    rule.Alert{Title: "{{UserPrincipalName}} failed {{Failures}} times", Description: "From {{IPAddress}}", Severity: "Level", Tactics: "Tactic"},
		Incident: rule.Incident{Create: &create, Group: "selected", By: []string{"Account", "IP", "alert.title", "alert.severity", "details.Failures"}, Within: rule.Duration(7 * 24 * time.Hour), Reopen: true},
		Suppress: rule.Suppress{For: rule.Duration(5 * time.Hour)}, Attack: rule.Attack{Version: 18, Tactics: []string{"CredentialAccess", "DefenseEvasion"}, Techniques: []string{"T1110", "T1562.008"}},
		Tags: []string{"Schema: ASIM", "Entra"},
	}
	got := read(t, full)
	warnings := got.Warnings
	got.Warnings = nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for i, words := range []string{"surprise: is not known", "suppressionEnabled: Microsoft Sentinel does not run the rule for 5h", `relevantTechniques: "BRUTE" is no id`,
		`entityMappings[0]: Account has no identifier "Nickname"`, `entityMappings[2]: entity type "Person"`, `sentinelEntitiesMappings: entities of other alerts in column "Entities"`, "alertDynamicProperties: AlertLink becomes a detail"} {
		if i >= len(warnings) || !strings.Contains(warnings[i], words) {
			t.Errorf("warning %d of %q, want %q", i, warnings, words)
		}
	}
	if len(warnings) != 7 {
		t.Errorf("%d warnings: %q", len(warnings), warnings)
	}
	// What is written as a rule of our own is the same rule.
	got.Tables = []string{"SigninLogs"}
	text, err := rule.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rule.Parse(text, "s.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if d := cmp.Diff(got, back); d != "" {
		t.Errorf("%s\n%s", d, text)
	}
}

const least = "id: a-1\nname: N\nkind: Scheduled\nseverity: Low\nqueryFrequency: 1h\nqueryPeriod: 1d\nquery: T\n"

// TestForms has what files write in other ways, and what of it is said.
func TestForms(t *testing.T) {
	f := func(old, new string, warning string, ok func(r *rule.Rule) bool) {
		t.Helper()
		text := strings.Replace(least, old, new, 1)
		r := read(t, text)
		if got := strings.Join(r.Warnings, "; "); !strings.Contains(got, warning) || warning == "" && got != "" {
			t.Errorf("%q: warnings %q, want %q", new, got, warning)
		}
		if !ok(r) {
			t.Errorf("%q: %+v", new, r)
		}
	}
	day := rule.Duration(24 * time.Hour)
	f("", "", "", func(r *rule.Rule) bool {
		return r.Trigger == (rule.Trigger{Op: "gt"}) && r.Alerts == rule.Single && r.Incident.Group == "none" && r.Window == day
	})
	f("1d", "P1D", "", func(r *rule.Rule) bool { return r.Window == day })
	f("1d", "P2W", "", func(r *rule.Rule) bool { return r.Window == 14*day })
	f("1d", "1D", "", func(r *rule.Rule) bool { return r.Window == day })
	f("id: a-1", "\ufeffid: a-1", "", func(r *rule.Rule) bool { return r.ID == "a-1" })
	f("query: T\n", "query: |\r\n  T\r\n  | take 1\r\n", "", func(r *rule.Rule) bool { return r.Query == "T\n| take 1\n" })
	f("1d", "PT90M", "", func(r *rule.Rule) bool { return r.Window == rule.Duration(90*time.Minute) })
	f("1d", "10m", "queryPeriod: 10m is shorter than the frequency", func(r *rule.Rule) bool { return r.Window == r.Every })
	f("kind: Scheduled", "kind: NRT", "a near-real-time rule has none", func(r *rule.Rule) bool { return r.Kind == rule.NRT && r.Every == nrtEvery && r.Window == nrtWindow })
	f("kind: Scheduled\n", "", "kind: is missing", func(r *rule.Rule) bool { return r.Kind == rule.Scheduled })
	f("severity: Low\n", "", "severity: is missing", func(r *rule.Rule) bool { return r.Severity == rule.Medium })
	f("id: a-1\n", "", "id: is missing", func(r *rule.Rule) bool { return r.ID == "sentinel-n" })
	f("name: N", "name: N\ntriggerOperator: lt\ntriggerThreshold: 5", "", func(r *rule.Rule) bool { return r.Trigger == (rule.Trigger{Op: "lt", Threshold: 5}) })
	f("name: N", "name: N\ntriggerOperator: NotEqual", "", func(r *rule.Rule) bool { return r.Trigger.Op == "ne" })
	f("name: N", "name: N\nversion: 1.10", "", func(r *rule.Rule) bool { return r.Version == 1 })
	f("name: N", "name: N\nenabled: false", "", func(r *rule.Rule) bool { return !r.IsEnabled() })
	f("name: N", "name: N\nalertDetailsOverride: {alertDisplaynameFormat: x}", "its spelling is alertDisplayNameFormat", func(r *rule.Rule) bool { return r.Alert.Title == "" })
	f("name: N", "name: N\nentityMappings: [{entityType: URL, fieldMappings: {identifier: Url, columnName: U}}]", "", func(r *rule.Rule) bool { return r.Entities[0].Fields["Url"] == "U" })
	f("name: N", "name: N\nincidentConfiguration: {createIncident: false, groupingConfiguration: {enabled: true, lookbackDuration: 5h, matchingMethod: AnyAlert}}", "", func(r *rule.Rule) bool {
		return !r.Incident.CreatesIncidents() && r.Incident.Group == "any" && r.Incident.Within == rule.Duration(5*time.Hour)
	})
	f("name: N", "name: N\nincidentConfiguration: {groupingConfiguration: {enabled: true, matchingMethod: Selected}}", "Selected selects nothing", func(r *rule.Rule) bool { return r.Incident.Group == "all" })
}

func TestRefused(t *testing.T) {
	f := func(text, words string) {
		t.Helper()
		if _, err := Import([]byte(text), "s.yaml"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s\n%v, want %q", text, err, words)
		}
	}
	f(strings.Replace(least, "1d", "soon", 1), `queryPeriod: "SOON" is no duration`)
	f(least+"triggerOperator: about\n", "triggerOperator")
	f(least+"eventGroupingSettings: {aggregationKind: Some}\n", "aggregationKind")
	f(least+"suppressionEnabled: true\n", "suppressionDuration")
	f(least+"entityMappings: 5\n", "[8:17]")
	f(least+"tactics: [\n", "[8:")
	for _, text := range []string{"id: x\nname: N\nkind: Fusion\n", "id: x\nname: N\nquery: T\ntactics: [Impact]\n", strings.Replace(least, "Scheduled", "MLBehaviorAnalytics", 1)} {
		if _, err := Import([]byte(text), "s.yaml"); !errors.Is(err, ErrNoQuery) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"id: x\ntitle: T\nquery: T\n", "id: x\nknobs: {a: 1}\n", "name: CI\non: push\n", "[1]", "a: [", ""} {
		if r, err := Import([]byte(text), "s.yaml"); r != nil || err != nil {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
}
