package ruletest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
)

func events(t testing.TB, text string) []rule.Event {
	t.Helper()
	var list []rule.Event
	if err := yaml.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return list
}

var noon = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)

// TestEventsBecomeRows reads from the store what events say in short.
func TestEventsBecomeRows(t *testing.T) {
	ctx := context.Background()
	r, err := New(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(ctx)
	f := func(event, q, want string) {
		t.Helper()
		records, err := Records(events(t, "- "+event), noon)
		if err != nil {
			t.Errorf("%s: %v", event, err)
			return
		}
		if err := r.Load(ctx, records); err != nil {
			t.Errorf("%s: %v", event, err)
			return
		}
		var rows []string
		var res *query.Result
		_, err = r.Query.Run(ctx, query.Request{Text: q, Now: noon}, func(h *query.Result) error { res = h; return nil }, func(row query.Row) error {
			cells := make([]string, len(row))
			for i, c := range row {
				cells[i] = query.Text(res.Columns[i].Type, c)
			}
			rows = append(rows, strings.Join(cells, "|"))
			return nil
		})
		if err != nil {
			t.Errorf("%s\n%s: %v", event, q, err)
			return
		}
		if got := strings.Join(rows, "\n"); got != want {
			t.Errorf("%s\n%s\ngot  %s\nwant %s", event, q, got, want)
		}
	}
	f(`{base: signin}`, `SigninLogs | project UserPrincipalName, UserId, ResultType, tostring(Status.errorCode), Location, tostring(LocationDetails.city), AutonomousSystemNumber, tobool(DeviceDetail.isManaged), AuthenticationRequirement, TimeGenerated, ErrorClass, Category`,
		"alex@contoso.example|"+GUID("alex@contoso.example")+"|0|0|NO|Oslo|64500|true|multiFactorAuthentication|2026-06-17T11:59:00.0000000Z|success|SignInLogs")
	f(`{base: signin, at: -2h, code: 50126, managed: false, country: RU, app: Azure Portal, session: s1}`, `SigninLogs | project ResultType, ResultDescription, tostring(DeviceDetail.deviceId), tobool(DeviceDetail.isCompliant), Location, tostring(LocationDetails.countryOrRegion), AppDisplayName, AppId, SessionId, ConditionalAccessStatus, array_length(ConditionalAccessPolicies), TimeGenerated`,
		`50126|Error validating credentials due to invalid username or password.||false|RU|RU|Azure Portal|c44b4083-3bb0-49c1-b47d-974e53cbdf3c|s1|notApplied|0|2026-06-17T10:00:00.0000000Z`)
	f(`{base: signin, mfa: false}`, `SigninLogs | project AuthenticationRequirement, tostring(parse_json(AuthenticationDetails)[0].authenticationMethod), tostring(Status.additionalDetails)`, `singleFactorAuthentication|Password|`)
	f(`{base: signin, mfa: true, risk: high, policies: [{name: Block legacy, result: reportOnlyFailure, grant: [Block]}]}`, `SigninLogs | mv-expand p = ConditionalAccessPolicies | project tostring(p.displayName), tostring(p.result), tostring(p.enforcedGrantControls[0]), RiskLevelDuringSignIn, RiskState, array_length(parse_json(AuthenticationDetails))`, `Block legacy|reportOnlyFailure|Block|high|atRisk|2`)
	f(`{base: signin, set: {deviceDetail.trustType: Workplace, appliedConditionalAccessPolicies.0.result: failure, envelope.resultSignature: X}}`, `SigninLogs | project tostring(DeviceDetail.trustType), tostring(ConditionalAccessPolicies[0].result), ResultSignature`, `Workplace|failure|X`)
	f(`{base: noninteractive, device: PC-7, agent: curl}`, `AADNonInteractiveUserSignInLogs | project tostring(parse_json(DeviceDetail).displayName), UserAgent, tostring(parse_json(DeviceDetail).deviceId), gettype(DeviceDetail)`, "PC-7|curl|"+GUID("PC-7")+"|string")
	f(`{base: sp-signin, app: Backup, ip: 203.0.113.5, code: 7000215, key_id: k1}`, `AADServicePrincipalSignInLogs | project ServicePrincipalName, AppId, ServicePrincipalId, IPAddress, ResultType, ServicePrincipalCredentialKeyId`, "Backup|"+GUID("Backup")+"|"+GUID("sp Backup")+"|203.0.113.5|7000215|k1")
	f(`{base: mi-signin, app: vm-1}`, `AADManagedIdentitySignInLogs | project ServicePrincipalName, ResultType`, `vm-1|0`)
	f(`{base: audit, activity: Add member to role, category: RoleManagement, actor: eve@contoso.example, actor_ip: 203.0.113.8, actor_agent: curl, details: [{a: 1}], targets: [{upn: ben@contoso.example, modified: {Role.DisplayName: [null, Global Administrator], Flags: [[], [true]], Doc: [null, {state: enabled}], Plain: [null, {raw: x}]}}]}`,
		`AuditLogs | mv-expand p = TargetResources[0].modifiedProperties | project OperationName, Category, Result, tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.user.ipAddress), tostring(TargetResources[0].userPrincipalName), n = tostring(p.displayName), tostring(p.oldValue), tostring(p.newValue), tostring(AdditionalDetails[1].key) | sort by n asc`,
		strings.Join([]string{
			`Add member to role|RoleManagement|success|eve@contoso.example|203.0.113.8|ben@contoso.example|Doc||{"state":"enabled"}|a`,
			`Add member to role|RoleManagement|success|eve@contoso.example|203.0.113.8|ben@contoso.example|Flags|[]|[true]|a`,
			`Add member to role|RoleManagement|success|eve@contoso.example|203.0.113.8|ben@contoso.example|Plain||x|a`,
			`Add member to role|RoleManagement|success|eve@contoso.example|203.0.113.8|ben@contoso.example|Role.DisplayName||"Global Administrator"|a`}, "\n"))
	f(`{base: audit, activity: X, actor_app: Sync, targets: [{type: ServicePrincipal, name: Backup}], result: failure}`, `AuditLogs | project tostring(InitiatedBy.app.displayName), tostring(InitiatedBy.app.servicePrincipalId), Result, tostring(TargetResources[0].id), isempty(tostring(InitiatedBy.user.id))`, "Sync|"+GUID("sp Sync")+"|failure|"+GUID("sp Backup")+"|true")
	f(`{base: risk-event, user: ben@contoso.example, type: passwordSpray, level: high, ip: 203.0.113.4}`, `AADUserRiskEvents | project UserPrincipalName, RiskEventType, RiskLevel, IpAddress, UserId`, "ben@contoso.example|passwordSpray|high|203.0.113.4|"+GUID("ben@contoso.example"))
	f(`{base: risky-user, user: ben@contoso.example, level: high, state: confirmedCompromised}`, `AADRiskyUsers | project UserPrincipalName, RiskLevel, RiskState, Id`, "ben@contoso.example|high|confirmedCompromised|"+GUID("ben@contoso.example"))
	f(`{base: sp-risk-event, app: Backup, type: leakedCredentials}`, `AADServicePrincipalRiskEvents | project ServicePrincipalDisplayName, RiskEventType, RiskLevel, AppId`, "Backup|leakedCredentials|high|"+GUID("Backup"))
	f(`{base: risky-sp, app: Backup, state: dismissed}`, `AADRiskyServicePrincipals | project DisplayName, RiskState, Id`, "Backup|dismissed|"+GUID("sp Backup"))
	f(`{base: provisioning, user: ben@contoso.example, action: delete, status: failure, error: no}`, `AADProvisioningLogs | project ResultType, ProvisioningAction, tostring(parse_json(SourceIdentity).Name), tostring(parse_json(ProvisioningStatusInfo).errorInformation.reason)`, `Failure|delete|ben@contoso.example|no`)
	f(`{base: graph-activity, sp: Backup, uri: /beta/users, method: DELETE, status: 403, roles: Directory.Read.All, token: tok}`, `MicrosoftGraphActivityLogs | project ServicePrincipalId, AppId, RequestUri, ApiVersion, RequestMethod, ResponseStatusCode, Roles, SignInActivityId, UserId`, GUID("sp Backup")+"|"+GUID("Backup")+"|https://graph.microsoft.com/beta/users|beta|DELETE|403|Directory.Read.All|tok|")
	f(`{base: kube, user: ben@contoso.example, verb: create, resource: pods, subresource: exec, namespace: kube-system, name: p, code: 101, decision: allow}`, `AKSAudit | project tostring(User.username), Verb, tostring(ObjectRef.resource), tostring(ObjectRef.subresource), tostring(ResponseStatus.code), RequestUri, tostring(Annotations["authorization.k8s.io/decision"])`, `ben@contoso.example|create|pods|exec|101|/api/v1/namespaces/kube-system/pods/p/exec|allow`)
	f(`{base: security-alert, user: ben@contoso.example, title: Odd, severity: high}`, `SecurityAlert | project AlertName, AlertSeverity, DisplayName, Entities has "ben"`, `Odd|High|Odd|true`)
	f(`{base: signin, at: -10m, repeat: 3, every: 1m, vary: {user: "u{n}@contoso.example", country: [SE, NO]}}`, `SigninLogs | sort by TimeGenerated asc | project UserPrincipalName, Location, TimeGenerated`, "u1@contoso.example|SE|2026-06-17T11:50:00.0000000Z\nu2@contoso.example|NO|2026-06-17T11:51:00.0000000Z\nu3@contoso.example|SE|2026-06-17T11:52:00.0000000Z")
	f(`{raw: {category: SignInLogs, tenantId: t, time: "2026-06-17T11:00:00Z", properties: {id: "11111111-1111-4111-8111-111111111111", createdDateTime: "2026-06-17T11:00:00Z", userPrincipalName: a@b}}}`, `SigninLogs | project UserPrincipalName`, `a@b`)
}

// TestEveryKeyIsTaken builds each base with each of its keys, and looks for
// members that no column holds: a misspelt one would stand there.
func TestEveryKeyIsTaken(t *testing.T) {
	tables := map[string]string{"signin": "SigninLogs", "noninteractive": "AADNonInteractiveUserSignInLogs", "sp-signin": "AADServicePrincipalSignInLogs", "mi-signin": "AADManagedIdentitySignInLogs", "audit": "AuditLogs",
		"risk-event": "AADUserRiskEvents", "risky-user": "AADRiskyUsers", "sp-risk-event": "AADServicePrincipalRiskEvents", "risky-sp": "AADRiskyServicePrincipals", "provisioning": "AADProvisioningLogs",
		"graph-activity": "MicrosoftGraphActivityLogs", "kube": "AKSAudit", "security-alert": "SecurityAlert"}
	values := map[string]any{"mfa": true, "policies": []any{"p"}, "modified": nil, "targets": []any{map[string]any{"upn": "a@b"}}, "details": []any{map[string]any{"a": "b"}}, "set_event": map[string]any{"verb": "list"},
		"code": 1, "category": "", "groups": []any{"g"}}
	for name, keys := range Bases() {
		for _, k := range keys {
			v, ok := values[k]
			if !ok {
				v = "203.0.113.7"
			}
			if k == "category" {
				v = map[string]string{"kube": "kube-audit"}[name]
			}
			list, err := Records([]rule.Event{{"base": name, k: v}}, noon)
			if err != nil {
				t.Errorf("%s %s: %v", name, k, err)
			} else if list[0].Table != tables[name] {
				t.Errorf("%s %s: table %s", name, k, list[0].Table)
			}
		}
	}
	if len(Bases()) != len(tables) {
		t.Errorf("%d bases, %d expected", len(Bases()), len(tables))
	}
}
