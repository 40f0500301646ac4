package doctor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Addresses of diagnostic settings at Azure Resource Manager.
const (
	tenantSettings    = "/providers/microsoft.aadiam/diagnosticSettings"
	tenantVersion     = "?api-version=2017-04-01"
	attributeSettings = "/providers/microsoft.AadCustomSecurityAttributesDiagnosticSettings/diagnosticsettings"
	attributeVersion  = "?api-version=2017-04-01-preview"
	resourceSettings  = "/providers/Microsoft.Insights/diagnosticSettings"
	resourceVersion   = "?api-version=2021-05-01-preview"

	maxPages = 20
)

// listSettings reads all settings of a place. ok is false if they cannot be
// read; a then says why.
func (l *look) listSettings(ctx context.Context, path string) (out []setting, a answer, ok bool, err error) {
	for range maxPages {
		if a, err = l.c.ask(ctx, l.arm, unpaced, http.MethodGet, path, nil); err != nil {
			return nil, a, false, err
		}
		if !a.ok() {
			return nil, a, false, nil
		}
		page, next, ok := parseSettings(a.body)
		if !ok {
			a.failed = "the answer is no list of settings"
			return nil, a, false, nil
		}
		out = append(out, page...)
		if next == "" {
			return out, a, true, nil
		}
		u, err := url.Parse(next)
		if err != nil || u.User != nil || !strings.EqualFold(u.Scheme+"://"+u.Host, l.arm.base) {
			a.failed = "the next page is on another host, which would get the token"
			return nil, a, false, nil
		}
		path = u.RequestURI()
	}
	a.failed = fmt.Sprintf("there are more than %d pages", maxPages)
	return nil, a, false, nil
}

// readSettings reads the tenant's settings and says where they write to.
func (l *look) readSettings(ctx context.Context) error {
	if err := l.c.login(ctx, l.arm); err != nil {
		return l.noToken("Azure Resource Manager", Warn, err)
	}
	all, a, ok, err := l.listSettings(ctx, tenantSettings+tenantVersion)
	if err != nil {
		return err
	}
	if !ok {
		l.denied("diagnosticSettings", a, "give the application the role Security Reader (or Global Reader) in Entra, or Reader at the scope /providers/microsoft.aadiam in Azure",
			Step{"portal", "Microsoft Entra admin center > Roles & admins > Security Reader > Add assignments: the application"},
			Step{"powershell", "New-MgRoleManagementDirectoryRoleAssignment -PrincipalId " + l.principal() + " -RoleDefinitionId (Get-MgRoleManagementDirectoryRoleDefinition -Filter \"displayName eq 'Security Reader'\").Id -DirectoryScopeId '/'"},
			Step{"az", l.rest("get", tenantSettings+tenantVersion, "")})
		return nil
	}
	l.settings, l.known = all, true
	if len(all) == 0 {
		l.say(OK, "setting", "diagnosticSettings", "none", "the tenant has no diagnostic setting")
	}
	for i := range all {
		l.describe(&all[i])
	}
	return nil
}

// describe says what a setting writes, and where.
func (l *look) describe(s *setting) {
	var on, groups, strange, to []string
	for _, e := range s.logs {
		switch {
		case e.Group != "":
			if e.Enabled {
				groups = append(groups, e.Group)
			}
			continue
		case e.Enabled:
			on = append(on, e.Category)
		}
		if known(e.Category) == nil {
			state := "off"
			if e.Enabled {
				state = "on"
			}
			strange = append(strange, e.Category+" ("+state+")")
		}
	}
	for _, d := range s.destinations() {
		to = append(to, d.String())
	}
	what := "writes to " + list(to) + ": " + orNone(on)
	if len(groups) > 0 {
		what += "; groups " + list(groups)
	}
	switch {
	case len(to) == 0:
		l.say(Warn, "setting", s.name, "no-destination", "names no destination that is known here")
	case len(on)+len(groups) == 0:
		l.say(Warn, "setting", s.name, "nothing-on", "has no category switched on, destination "+list(to))
	default:
		l.say(OK, "setting", s.name, "setting", what)
	}
	if len(strange) > 0 {
		l.say(OK, "setting", s.name, "unknown-category", "holds categories that this program does not know: "+list(strange)+". What arrives of them is kept, without a table")
	}
}

// denied explains why settings cannot be read.
func (l *look) denied(name string, a answer, role string, fix ...Step) {
	switch a.status {
	case http.StatusForbidden:
		l.say(Warn, "setting", name, "no-role", "access denied ("+a.reason()+"): "+role, fix...)
	case http.StatusUnauthorized:
		l.say(Warn, "setting", name, "unauthorized", "Azure Resource Manager does not take the token ("+a.reason()+"): check that cloud and tenant are right")
	case http.StatusTooManyRequests:
		l.say(Warn, "setting", name, "throttled", "Azure Resource Manager asks to wait (429); nothing can be said of it now", Step{"wholelog", "wholelog doctor again in a few minutes"})
	case http.StatusNotFound:
		l.say(Warn, "setting", name, "not-there", "not found ("+a.reason()+"): check the cloud, and the name or id")
	default:
		l.say(Warn, "setting", name, "unreachable", "no useful answer ("+a.reason()+"); nothing is known of it")
	}
}
