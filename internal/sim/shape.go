package sim

import "slices"

func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// only keeps members in the order of names.
func (o object) only(names ...string) object {
	var out object
	for _, n := range names {
		for _, m := range o {
			if m.name == n {
				out = append(out, m)
			}
		}
	}
	return out
}

func (o object) without(names ...string) object {
	out := make(object, 0, len(o))
	for _, m := range o {
		if !slices.Contains(names, m.name) {
			out = append(out, m)
		}
	}
	return out
}

// with sets a member, in its place if it is there.
func (o object) with(name string, value any) object {
	out := slices.Clone(o)
	for i := range out {
		if out[i].name == name {
			out[i].value = value
			return out
		}
	}
	return append(out, member{name, value})
}

// signInV1 are the members that the v1.0 resource signIn has.
var signInV1 = []string{"id", "createdDateTime", "userDisplayName", "userPrincipalName", "userId", "appId", "appDisplayName", "ipAddress", "clientAppUsed",
	"correlationId", "conditionalAccessStatus", "isInteractive", "riskDetail", "riskLevelAggregated", "riskLevelDuringSignIn", "riskState", "riskEventTypes", "riskEventTypes_v2",
	"resourceDisplayName", "resourceId", "status", "deviceDetail", "location", "appliedConditionalAccessPolicies"}

// graphShape gives a record's properties the form of the Graph resource: the
// diagnostic form has members of its own, and in places other names.
func graphShape(r record, beta bool) object {
	p := r.props
	switch r.category {
	case "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs":
		p = p.with("appliedConditionalAccessPolicies", graphPolicies(p, beta))
		if !beta {
			return p.only(signInV1...)
		}
		if steps, ok := p.get("authenticationDetails").([]object); ok {
			out := make([]object, len(steps))
			for i, s := range steps {
				out[i] = s.without("StatusSequence", "RequestSequence")
			}
			p = p.with("authenticationDetails", out)
		}
		return p.without("tenantId", "riskEventTypes", "mfaDetail")
	case "AuditLogs":
		p = p.without("tenantId", "resultType", "resultDescription", "operationName", "identity", "tenantGeo")
		if !beta {
			p = p.without("userAgent")
		}
		return p.with("activityDateTime", stamp(r.time))
	case "ProvisioningLogs":
		steps, _ := p.get("provisioningSteps").([]object)
		kinds, out := []string{"import", "scoping", "matching", "processing", "referenceResolution", "export"}, []object{}
		for _, s := range steps {
			out = append(out, s.with("provisioningStepType", kinds[s.get("provisioningStepType").(int)]).with("status", "success"))
		}
		p = renamed(p.without("action")).(object)
		return p.with("provisioningSteps", out)
	case "UserRiskEvents":
		return p.without("riskType")
	case "RiskyUsers":
		return p.without("isGuest")
	}
	return p
}

func graphPolicies(p object, beta bool) []object {
	list, _ := p.get("appliedConditionalAccessPolicies").([]object)
	out := make([]object, 0, len(list))
	for _, c := range list {
		if !beta {
			out = append(out, c.only("id", "displayName", "enforcedGrantControls", "enforcedSessionControls", "result"))
			continue
		}
		// Graph has the conditions by name where the diagnostic form has bits.
		met, not := "application,users", "none"
		if n, _ := c.get("conditionsNotSatisfied").(int); n != 0 {
			not = "location"
		}
		if n, _ := c.get("conditionsSatisfied").(int); n == 0 {
			met = "none"
		}
		out = append(out, c.with("conditionsSatisfied", met).with("conditionsNotSatisfied", not))
	}
	return out
}

// renamed gives members of provisioning records the names that Graph has.
func renamed(v any) any {
	names := map[string]string{"Id": "id", "Name": "displayName", "Type": "initiatorType", "Status": "status"}
	switch v := v.(type) {
	case object:
		out := slices.Clone(v)
		for i, m := range out {
			if n := names[m.name]; n != "" {
				out[i].name = n
			}
			out[i].value = renamed(m.value)
		}
		return out
	case []object:
		out := make([]object, len(v))
		for i := range v {
			out[i] = renamed(v[i]).(object)
		}
		return out
	}
	return v
}
