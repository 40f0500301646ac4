package doctor

import (
	"fmt"
	"slices"

	"github.com/wholelog/wholelog/internal/schema"
)

// policyPermissions each let an application see which policies applied.
var policyPermissions = []string{"Policy.Read.ConditionalAccess", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"}

// signInV1 are the properties of a sign-in in v1.0 of Graph.
var signInV1 = []string{"id", "createdDateTime", "userDisplayName", "userPrincipalName", "userId", "appId", "appDisplayName", "ipAddress", "clientAppUsed", "correlationId",
	"conditionalAccessStatus", "isInteractive", "riskDetail", "riskLevelAggregated", "riskLevelDuringSignIn", "riskState", "riskEventTypes", "riskEventTypes_v2",
	"resourceDisplayName", "resourceId", "status", "deviceDetail", "location", "appliedConditionalAccessPolicies"}

// columnOf is the column that a Graph property feeds in a category's table.
func columnOf(category, property string) string {
	if t := schema.ByCategory(category); t != nil {
		for _, c := range t.Columns {
			if c.Graph == property {
				return t.Name + "." + c.Name
			}
		}
	}
	return ""
}

// fields says which columns stay empty although the collection can be read.
func (l *look) fields() {
	for _, c := range l.configured() {
		if !l.works[c.name] {
			continue
		}
		if c.kind != "" {
			l.policyField(&c)
		}
		if c.kind != "" && !c.beta {
			l.betaFields(&c)
		}
		l.riskField(&c)
	}
}

func (l *look) policyField(c *collection) {
	name := columnOf(c.category, "appliedConditionalAccessPolicies")
	if name == "" {
		return
	}
	some := slices.ContainsFunc(policyPermissions, l.claims.has)
	const needs = "needs Policy.Read.ConditionalAccess or Policy.Read.All"
	switch {
	case some || l.policies[c.name] == "yes":
		l.say(OK, "field", name, "filled", "filled: the policies that applied can be read")
	case l.claims.known && l.claims.delegated():
		l.say(OK, "field", name, "not-known", "not known whether it is filled: it depends on the person's roles and "+needs)
	case l.claims.known || l.policies[c.name] == "no":
		l.say(Warn, "field", name, "no-permission", "stays empty without an error: it "+needs+". Records that were read without it stay without it",
			l.grant(policyPermissions[:1])...)
	default:
		l.say(OK, "field", name, "not-known", "not known whether it is filled: it "+needs+", and no record tells")
	}
}

func (l *look) betaFields(c *collection) {
	t := schema.ByCategory(c.category)
	if t == nil {
		return
	}
	var names []string
	for _, col := range t.Columns {
		if col.Graph != "" && !slices.Contains(signInV1, col.Graph) {
			names = append(names, col.Name)
		}
	}
	l.say(Warn, "field", t.Name, "v1", fmt.Sprintf("graph.v1 is set, and v1.0 of Graph has no %d of the columns that beta fills: %s", len(names), list(names)),
		Step{"config", "tenants: graph: take v1: true out, or collect SignInLogs by a diagnostic setting"})
}

// riskField tells hidden risk levels.
func (l *look) riskField(c *collection) {
	property := "riskLevelDuringSignIn"
	switch c.name {
	case "signIns", "nonInteractiveUser":
	case "riskDetections":
		property = "riskLevel"
	default:
		return
	}
	name := columnOf(c.category, property)
	if name == "" {
		return
	}
	const needs = "Microsoft Entra ID P2; without it the service writes \"hidden\""
	switch {
	case l.risk[c.name] == "hidden" || l.licence == "free" || l.licence == "p1":
		l.say(Warn, "field", name, "no-licence", "holds no risk level: that takes "+needs, Step{"portal", "Microsoft 365 admin center > Billing > Your products: Microsoft Entra ID P2"})
	case l.licence == "p2" || l.risk[c.name] != "" && l.risk[c.name] != "none":
		l.say(OK, "field", name, "filled", "filled")
	default:
		l.say(OK, "field", name, "not-known", "not known whether it is filled: it takes "+needs)
	}
}
