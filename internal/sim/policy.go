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
	applies    func(*attempt) bool
	satisfied  func(*attempt) bool
	reportOnly bool
	disabled   bool
}

func makePolicies(r *rand.Rand) []policy {
	legacy := func(a *attempt) bool {
		return a.clientApp != "Browser" && a.clientApp != "Mobile Apps and Desktop clients"
	}
	never := func(*attempt) bool { return false }
	list := []policy{
		{name: "CA001: Block legacy authentication", grant: []string{"Block"}, applies: legacy, satisfied: never},
		{name: "CA002: Require MFA for administrators", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.p.admin }, satisfied: func(a *attempt) bool { return a.mfa }},
		{name: "CA003: Require MFA away from home countries", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.at.country != a.p.home.country }, satisfied: func(a *attempt) bool { return a.mfa }},
		{name: "CA004: Require MFA for Azure management", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.app.name == "Azure Portal" }, satisfied: func(a *attempt) bool { return a.mfa }},
		{name: "CA005: Block countries without business", grant: []string{"Block"}, applies: func(a *attempt) bool { return a.foreign }, satisfied: never},
		{name: "CA006: Require managed device for finance", grant: []string{"CompliantDevice"}, applies: func(a *attempt) bool { return a.p.department == "Finance" && !a.p.guest }, satisfied: func(a *attempt) bool { return a.dev.managed }},
		{name: "CA007: Require MFA for guests", grant: []string{"Mfa"}, applies: func(a *attempt) bool { return a.p.guest }, satisfied: func(a *attempt) bool { return a.mfa }},
		{name: "CA008: Require app protection on phones", grant: []string{"ApprovedApplication"}, applies: func(a *attempt) bool { return a.dev.agent == 3 }, satisfied: never, reportOnly: true},
		{name: "CA009: Sign-in frequency for browsers", grant: nil, applies: func(a *attempt) bool { return !a.dev.managed }, satisfied: func(*attempt) bool { return true }},
		{name: "CA010: Require terms of use (pilot)", grant: []string{"TermsOfUse"}, applies: never, satisfied: never, disabled: true},
	}
	for i := range list {
		list[i].id = guid(r)
	}
	return list
}

// evaluate gives the applied policies of a sign-in, its overall status and
// the code of the failure, 0 if access is granted.
func (t *tenant) evaluate(a *attempt) (applied []any, status string, code int) {
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
		grant := p.grant
		if grant == nil {
			grant = []string{}
		}
		applied = append(applied, object{
			{"id", p.id}, {"displayName", p.name}, {"enforcedGrantControls", grant}, {"enforcedSessionControls", []string{}},
			{"result", result}, {"conditionsSatisfied", conditions(result != "notApplied" && result != "notEnabled")}, {"conditionsNotSatisfied", conditions(result == "notApplied")},
		})
	}
	return applied, status, code
}

func conditions(yes bool) int {
	if yes {
		return 3
	}
	return 0
}

func failureCode(grant []string) int {
	switch fmt.Sprint(grant) {
	case "[Mfa]":
		return 50076
	case "[CompliantDevice]":
		return 53000
	}
	return 53003
}
