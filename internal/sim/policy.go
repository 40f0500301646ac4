package sim

import (
	"fmt"
	"math/rand/v2"
)

// policy is a conditional access policy; what it does to a sign-in follows
// from its conditions, never from chance.
type policy struct {
	id, name   string
	grant      []string
	session    []string
	applies    func(*attempt) bool
	satisfied  func(*attempt) bool
	reportOnly bool
	disabled   bool
	rules      []object // why it applies
	excludes   []object // why it does not
}

func rule(condition, by string) object {
	return object{{"conditionalAccessCondition", condition}, {"ruleSatisfied", by}}
}

func makePolicies(r *rand.Rand) []policy {
	never := func(*attempt) bool { return false }
	always := func(*attempt) bool { return true }
	mfa := func(a *attempt) bool { return a.mfa }
	managed := func(a *attempt) bool { return a.dev.managed }
	legacy := func(a *attempt) bool { return a.client != browser && a.client != modern }
	inApp := func(name string) func(*attempt) bool { return func(a *attempt) bool { return a.app.name == name } }
	users, anyApp := rule("users", "allUsers"), rule("application", "allApps")
	list := []policy{
		{name: "CA001: Block legacy authentication", grant: []string{"Block"}, applies: legacy, satisfied: never, rules: []object{anyApp, users, rule("clientType", "other")}},
		{name: "CA002: Require MFA for administrators", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.p.admin }, satisfied: mfa, rules: []object{anyApp, rule("users", "roleId")}},
		{name: "CA003: Require MFA outside the office", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.net != officeNet && a.net != vpnNet && !a.p.guest }, satisfied: mfa, rules: []object{anyApp, users, rule("ipAddressSeenByAzureAD", "allLocations")}, excludes: []object{rule("ipAddressSeenByAzureAD", "locationId")}},
		{name: "CA004: Require MFA for Azure management", grant: []string{"Mfa"}, applies: inApp("Azure Portal"), satisfied: mfa, rules: []object{rule("application", "appId"), users}},
		{name: "CA005: Block countries without business", grant: []string{"Block"}, applies: func(a *attempt) bool { return a.foreign }, satisfied: never, rules: []object{anyApp, users, rule("ipAddressSeenByAzureAD", "locationId")}},
		{name: "CA006: Require compliant device for payroll", grant: []string{"RequireCompliantDevice"}, applies: func(a *attempt) bool { return inApp("Contoso Payroll")(a) && !a.p.guest }, satisfied: managed, rules: []object{rule("application", "appId"), users, rule("devicePlatform", "windows")}},
		{name: "CA007: Require MFA for guests", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.p.guest }, satisfied: mfa, rules: []object{anyApp, rule("users", "guestsOrExternalUsers")}},
		{name: "CA008: Require app protection on phones", grant: []string{"RequireApprovedApp"}, applies: func(a *attempt) bool { return a.dev.agent >= firstPhone }, satisfied: managed, reportOnly: true, rules: []object{anyApp, users, rule("devicePlatform", "iOS")}},
		{name: "CA010: Require terms of use (pilot)", applies: never, satisfied: never, disabled: true},
		{name: "CA009: Sign-in frequency on unmanaged devices", session: []string{"SignInFrequency"}, applies: func(a *attempt) bool { return !a.dev.managed }, satisfied: always, rules: []object{anyApp, users}},
	}
	for i := range list {
		list[i].id = guid(r)
	}
	return list
}

// evaluate gives the applied policies of a sign-in, its overall status and
// the code of the failure, 0 if access is granted.
func (t *tenant) evaluate(a *attempt) (applied []object, status string, code int) {
	status = "notApplied"
	for _, p := range t.policies {
		result := "notApplied"
		switch {
		case p.disabled:
			result = "notEnabled"
		case p.applies(a) && p.reportOnly:
			result = "reportOnlySuccess"
			if !p.satisfied(a) {
				result = "reportOnlyFailure"
			}
		case p.applies(a) && p.satisfied(a):
			result = "success"
			if status == "notApplied" {
				status = "success"
			}
		case p.applies(a):
			result, status = "failure", "failure"
			if c := failureCode(p.grant); code == 0 || c == 53003 {
				code = c
			}
		}
		applied = append(applied, p.show(result))
	}
	return applied, status, code
}

// show writes a policy as a record has it.
func (p *policy) show(result string) object {
	list := func(l []string) []string { // [] where there is none
		if l == nil {
			return []string{}
		}
		return l
	}
	satisfied, not := 0, 0
	switch {
	case p.disabled:
	case result != "notApplied":
		satisfied = 23
	default:
		satisfied, not = 3, 8
	}
	o := object{
		{"id", p.id}, {"displayName", p.name}, {"enforcedGrantControls", list(p.grant)}, {"enforcedSessionControls", list(p.session)},
		{"result", result}, {"conditionsSatisfied", satisfied}, {"conditionsNotSatisfied", not},
	}
	if result != "notApplied" && !p.disabled {
		o = append(o, member{"includeRulesSatisfied", p.rules}, member{"excludeRulesSatisfied", []object{}})
	} else if p.excludes != nil {
		o = append(o, member{"includeRulesSatisfied", []object{}}, member{"excludeRulesSatisfied", p.excludes})
	}
	return o
}

func failureCode(grant []string) int {
	switch fmt.Sprint(grant) {
	case "[Mfa]":
		return 50076
	case "[RequireCompliantDevice]":
		return 53000
	}
	return 53003
}
