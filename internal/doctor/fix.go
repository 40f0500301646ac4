package doctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// shell quotes a text for a POSIX shell.
func shell(s string) string {
	return "'" + strings.ReplaceAll(printable(s), "'", `'\''`) + "'"
}

// rest is a call of az.
func (l *look) rest(method, path, body string) string {
	s := fmt.Sprintf("az rest --method %s --url %s", method, shell(l.arm.base+path))
	if body != "" {
		s += " --body " + shell(body)
	}
	return s
}

// client is the application, or a place to fill in.
func (l *look) client() string {
	if c := l.t.Credential.Client; c != "" {
		return c
	}
	return "<client id>"
}

// principal is the application's object in the tenant, for PowerShell.
func (l *look) principal() string {
	if c := l.t.Credential.Client; c != "" {
		return fmt.Sprintf("(Get-MgServicePrincipal -Filter \"appId eq '%s'\").Id", c)
	}
	return "<object id of the service principal>"
}

// graphApp is Microsoft Graph's own application id, the same in all tenants.
const graphApp = "00000003-0000-0000-c000-000000000000"

// grant are the ways to give application permissions of Graph. The ids of
// permissions are looked up by name.
func (l *look) grant(permissions []string) []Step {
	if len(permissions) == 0 {
		return nil
	}
	if l.claims.delegated() || l.t.Credential.Type == "cli" {
		return []Step{
			{"portal", "Microsoft Entra admin center > Roles & admins: a role such as Security Reader or Reports Reader for whoever is signed in"},
			{"config", "az signs people in with few permissions of Graph; for collecting use an application: credential: {type: certificate, ...} with " + list(permissions)},
		}
	}
	var az, ps []string
	ps = append(ps, "Connect-MgGraph -Scopes AppRoleAssignment.ReadWrite.All,Application.Read.All",
		"$app = "+l.principal(), "$graph = Get-MgServicePrincipal -Filter \"appId eq '"+graphApp+"'\"")
	az = append(az, "APP=$(az ad sp show --id "+shell(l.client())+" --query id -o tsv)", "GRAPH=$(az ad sp show --id "+graphApp+" --query id -o tsv)")
	for _, p := range permissions {
		az = append(az, fmt.Sprintf("ROLE=$(az ad sp show --id %s --query \"appRoles[?value=='%s'].id\" -o tsv)", graphApp, p),
			fmt.Sprintf(`az rest --method post --url "%s/v1.0/servicePrincipals/$APP/appRoleAssignments" --body "{\"principalId\":\"$APP\",\"resourceId\":\"$GRAPH\",\"appRoleId\":\"$ROLE\"}"`, l.graph.base))
		ps = append(ps, fmt.Sprintf("New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app -PrincipalId $app -ResourceId $graph.Id -AppRoleId ($graph.AppRoles | Where-Object { $_.Value -eq '%s' -and $_.AllowedMemberTypes -contains 'Application' }).Id", p))
	}
	return []Step{
		{"portal", "Microsoft Entra admin center > App registrations > the application > API permissions > Add > Microsoft Graph > Application permissions: " + list(permissions) + "; then Grant admin consent"},
		{"powershell", strings.Join(ps, "\n")},
		{"az", strings.Join(az, "\n")},
	}
}

func (l *look) portal(what string) Step {
	return Step{"portal", "Microsoft Entra admin center > Monitoring & health > Diagnostic settings: " + what}
}

const settingRoles = " (role: Security Administrator; the destination's subscription in the same tenant)"

// feeding is the setting and destination through which sources of the
// configuration get, or would get, all of some categories; nil if none is.
func (l *look) feeding(names []string) (*setting, destination) {
	for i := range l.settings {
		for _, d := range l.settings[i].destinations() {
			to := &setting{properties: only(d)}
			if !slices.ContainsFunc(names, func(n string) bool { read, _ := l.through(to, n); return len(read) == 0 }) {
				return &l.settings[i], d
			}
		}
	}
	return nil, destination{}
}

// unused is a name that no setting has: a PUT would replace that one.
func unused(all []setting) string {
	name := "wholelog"
	for n := 2; slices.ContainsFunc(all, func(s setting) bool { return strings.EqualFold(s.name, name) }); n++ {
		name = fmt.Sprintf("wholelog-%d", n)
	}
	return name
}

// enable are the ways to have categories written that mind what is there when
// they are used: into the setting that feeds a source of the configuration, or
// into a new one.
func (l *look) enable(names []string) []Step {
	command := "wholelog doctor"
	if len(l.o.Config.Tenants) > 1 {
		command += " --tenant " + shell(l.t.Label())
	}
	command += " --enable " + strings.Join(names, ",")
	if s, d := l.feeding(names); s != nil {
		return []Step{
			{"wholelog", fmt.Sprintf("%s --to %s --setting %s", command, d.kind, shell(s.name))},
			l.portal(printable(s.name) + " > tick " + list(names) + settingRoles),
		}
	}
	return []Step{
		{"wholelog", fmt.Sprintf("%s --to eventhub --setting %s --destination '<resource id of an authorization rule of the namespace>'", command, unused(l.settings))},
		l.portal("Add diagnostic setting > tick " + list(names) + " > Stream to an event hub, or Archive to a storage account" + settingRoles),
	}
}

// put is the call of az that does the same for settings as they are now.
func (l *look) put(names []string) []Step {
	var body []byte
	var err error
	s, _ := l.feeding(names)
	name := unused(l.settings)
	if s != nil {
		name = s.name
		body, err = merged(s, names)
	} else {
		body, err = fresh(Enable{To: toHub, Destination: "<resource id of an authorization rule of the namespace>", Hub: "<hub, or leave it out for one hub per category>"}, names)
	}
	if err != nil {
		return nil
	}
	return []Step{{"az", l.rest("put", settingPath(name), compact(body))}}
}

// only are the properties of a setting with one destination.
func only(d destination) map[string]json.RawMessage {
	m := map[string]json.RawMessage{property[d.kind]: quoted(d.id)}
	if d.hub != "" {
		m["eventHubName"] = quoted(d.hub)
	}
	return m
}

func quoted(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always can be
	return bytes.TrimSpace(b.Bytes())
}

// aksFix are the ways to have categories of a cluster written.
func (l *look) aksFix(id, setting string, names []string) []Step {
	type on struct {
		Category string `json:"category"`
		Enabled  bool   `json:"enabled"`
	}
	var logs []on
	for _, n := range names {
		logs = append(logs, on{n, true})
	}
	text, err := json.Marshal(logs)
	if err != nil {
		return nil
	}
	return []Step{
		{"az", fmt.Sprintf("az monitor diagnostic-settings create --name %s --resource %s --logs %s --event-hub-rule '<resource id of an authorization rule>' --event-hub '<hub>'", setting, shell(id), shell(string(text)))},
		{"portal", "Azure portal > the cluster > Monitoring > Diagnostic settings > Add: " + list(names)},
	}
}
