package doctor

import (
	"context"
	"net/http"
)

// attributes looks at the settings of custom security attributes, which are a
// provider of their own with roles of its own.
func (l *look) attributes(ctx context.Context) error {
	if l.arm.token == "" {
		return nil
	}
	all, a, ok, err := l.listSettings(ctx, attributeSettings+attributeVersion)
	if err != nil {
		return err
	}
	if !ok {
		if a.status == http.StatusForbidden {
			// Few tenants use them, and no other role gives this one.
			l.say(OK, "category", attributeCategory, "not-known", "not known whether a setting writes it (403): reading takes the role Attribute Log Reader or Attribute Log Administrator, an application a role at the scope /providers/microsoft.AadCustomSecurityAttributesDiagnosticSettings. Only tenants with custom security attributes need it",
				Step{"az", l.rest("get", attributeSettings+attributeVersion, "")})
			return nil
		}
		l.denied(attributeCategory, a, "")
		return nil
	}
	for i := range all {
		s := &all[i]
		if !s.enables(attributeCategory) {
			continue
		}
		read, unread := l.through(s, attributeCategory)
		if len(read) > 0 {
			l.say(OK, "category", attributeCategory, "one-path", "collected by "+list(read)+" through the setting "+s.name+"; "+tableOf(attributeCategory)+" here holds it")
		} else {
			l.say(OK, "category", attributeCategory, "not-read", "the setting "+s.name+" writes it to "+list(unread)+", which no source of the configuration reads")
		}
		return nil
	}
	l.say(OK, "category", attributeCategory, "off", "no setting writes it; only tenants with custom security attributes need it",
		Step{"portal", "Microsoft Entra admin center > Monitoring & health > Diagnostic settings > Custom security attributes (roles: Attribute Log Administrator and Security Administrator)"})
	return nil
}
