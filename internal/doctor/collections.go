package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/wholelog/wholelog/internal/source/graph"
)

// collections asks each configured collection for one record.
func (l *look) collections(ctx context.Context) error {
	app, err := graph.New(graph.Options{Tenant: l.t.ID, Credential: l.c.cred})
	if err != nil {
		return err
	}
	for _, c := range l.configured() {
		a, err := l.c.ask(ctx, l.graph, c.pace, http.MethodGet, c.query(l.o.Now()), nil)
		if err != nil {
			return err
		}
		s, err := app.Source(c.name)
		if err != nil {
			return err
		}
		l.collection(&c, a, s.Licence())
	}
	for _, n := range append(append([]string{}, l.t.Graph.Collections...), l.t.Graph.Without...) {
		if _, err := app.Source(n); err != nil {
			l.say(Fail, "collection", n, "no-such-collection", err.Error(), Step{"config", "tenants: graph.collections or graph.without: correct the name"})
		}
	}
	return nil
}

// collection explains what a collection answered.
func (l *look) collection(c *collection, a answer, licence string) {
	missing := l.missing(c)
	switch {
	case a.ok():
		var page struct {
			Value []map[string]json.RawMessage
		}
		if json.Unmarshal(a.body, &page) != nil || page.Value == nil {
			l.say(Fail, "collection", c.name, "strange", "it answers, but not as Microsoft Graph does: check graph.endpoint and proxies in between")
			return
		}
		l.works[c.name] = true
		what := "can be read"
		if len(page.Value) == 0 {
			what += "; it held nothing in the span that was asked for"
		} else {
			l.learn(c, page.Value[0])
		}
		if len(missing) > 0 {
			what += "; it does so without " + list(missing)
		}
		l.say(OK, "collection", c.name, "readable", what)
	case a.status == http.StatusForbidden && strings.EqualFold(a.code, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"):
		what := fmt.Sprintf("the tenant's licence does not cover it (%s): it needs %s", a.reason(), licence)
		fix := []Step{{"portal", "Microsoft 365 admin center > Billing > Your products: " + licence}, {"config", "tenants: graph: {without: [" + c.name + "]} if the tenant will not have it"}}
		if len(missing) > 0 {
			what += ". The same answer is known to come without Directory.Read.All; missing are " + list(missing)
			fix = append(l.grant(missing), fix...)
		}
		l.say(Fail, "collection", c.name, "no-licence", what, fix...)
	case a.status == http.StatusForbidden:
		what := "access denied (" + a.reason() + "): "
		switch {
		case l.claims.known && len(missing) > 0:
			what += "the token lacks " + list(missing)
		case l.claims.known && !l.claims.delegated():
			what += "the token has " + list(c.needs) + "; what else is missing is not known. Licence: " + licence
			missing = nil
		default:
			what += "it needs " + list(c.needs)
			missing = c.needs
		}
		if l.claims.delegated() {
			what += ", and the person a role such as Security Reader or Reports Reader"
		}
		fix := l.grant(missing)
		if len(fix) == 0 {
			fix = []Step{{"portal", "Microsoft Entra admin center > App registrations > the application > API permissions: compare, and grant admin consent again"}}
		}
		l.say(Fail, "collection", c.name, "no-permission", what, fix...)
	case a.status == http.StatusNotFound:
		l.say(Fail, "collection", c.name, "not-there", "this cloud does not offer it ("+a.reason()+")", Step{"config", "tenants: graph: {without: [" + c.name + "]}, or correct cloud or graph.endpoint"})
	case a.status == http.StatusTooManyRequests:
		l.say(Warn, "collection", c.name, "throttled", "Microsoft Graph asks to wait (429): other applications, or a running `wholelog serve`, use up the limit that is shared; nothing can be said of it now",
			Step{"wholelog", "wholelog doctor again in a few minutes"})
	case a.status == http.StatusUnauthorized:
		l.say(Fail, "collection", c.name, "unauthorized", "Microsoft Graph does not take the token ("+a.reason()+"): check that cloud and tenant are right and that the application is enabled")
	case a.status == http.StatusBadRequest:
		l.say(Fail, "collection", c.name, "refused", "Microsoft Graph does not understand the query ("+a.reason()+"): look for a newer version of this program")
	default:
		l.say(Fail, "collection", c.name, "unreachable", "no useful answer ("+a.reason()+"): check network and proxy to "+l.graph.base)
	}
}

// missing are the permissions of a collection that a readable token lacks.
func (l *look) missing(c *collection) (out []string) {
	if !l.claims.known {
		return nil
	}
	for _, p := range c.needs {
		if !l.claims.has(p) {
			out = append(out, p)
		}
	}
	return out
}

// learn keeps what one record tells about fields that come back empty.
func (l *look) learn(c *collection, record map[string]json.RawMessage) {
	text := func(name string) (s string) {
		_ = json.Unmarshal(record[name], &s)
		return s
	}
	for _, f := range []string{"riskLevelDuringSignIn", "riskLevelAggregated", "riskLevel"} {
		if v := text(f); v != "" {
			l.risk[c.name] = v
			break
		}
	}
	if c.kind == "" {
		return
	}
	var applied []json.RawMessage
	_ = json.Unmarshal(record["appliedConditionalAccessPolicies"], &applied)
	switch status := text("conditionalAccessStatus"); {
	case len(applied) > 0:
		l.policies[c.name] = "yes"
	case status == "success" || status == "failure":
		l.policies[c.name] = "no"
	}
}
