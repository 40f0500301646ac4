package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// attempt is one sign-in before its outcome is known.
type attempt struct {
	p         *person
	at        place
	foreign   bool // from where nobody works
	app       app
	dev       device
	clientApp string
	mfa       bool
	t         time.Time
	ip        string
}

// tick is the fraction of a second, to 100 ns, that a time gets.
func tick(r *rand.Rand) time.Duration { return time.Duration(r.IntN(10_000_000)) * 100 }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// day makes a person's sign-ins of one day.
func (t *tenant) day(p *person, day time.Time, emit func(record) error) error {
	rate := p.perDay
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		rate /= 8
	}
	n := int(rate)
	if p.r.Float64() < rate-float64(n) {
		n++
	}
	for range n {
		a := t.attempt(p, day)
		recs := t.signIn(a, p.r)
		for _, rec := range recs {
			if err := emit(rec); err != nil {
				return err
			}
		}
	}
	// Guessing from abroad: now and then somebody tries a known address.
	if p.r.Float64() < 0.02 {
		a := t.attempt(p, day)
		a.at, a.foreign, a.dev = abroad[p.r.IntN(len(abroad))], true, device{agent: 1}
		a.ip = fmt.Sprintf("%s.%d.%d", a.at.net, p.r.IntN(256), 1+p.r.IntN(254))
		rec := t.signInRecord(a, p.r, 50126, interactiveMix[0].reason, guid(p.r), true)
		return emit(rec)
	}
	return nil
}

func (t *tenant) attempt(p *person, day time.Time) *attempt {
	r := p.r
	hour := p.start + p.length*r.Float64()
	a := &attempt{p: p, at: p.home, app: apps[zipf(r, len(apps)-1)], dev: p.devices[r.IntN(len(p.devices))], clientApp: "Browser", mfa: r.Float64() < 0.93,
		t: day.Add(time.Duration(hour * float64(time.Hour))).Truncate(time.Second).Add(tick(r))}
	if a.dev.agent == 3 || a.app.name == "Microsoft Teams" {
		a.clientApp = "Mobile Apps and Desktop clients"
	}
	a.ip = a.at.net + "." + p.lastOctets
	if r.IntN(1000) < travelPermill {
		a.at = places[r.IntN(len(places))]
		a.ip = fmt.Sprintf("%s.%d.%d", a.at.net, r.IntN(256), 1+r.IntN(254))
	} else if p.devices[0].managed && r.Float64() < 0.4 {
		a.ip = "198.51.100.10" // the office's egress
	}
	if p.admin && r.Float64() < 0.3 {
		a.app = apps[3+3*r.IntN(2)]
	}
	return a
}

// signIn decides the outcome and returns every record that it leaves: the
// interactive ones of one flow, then the silent refreshes.
func (t *tenant) signIn(a *attempt, r *rand.Rand) []record {
	corr, session := guid(r), guid(r)
	_, _, blocked := t.evaluate(a)
	var out []record
	if blocked == 50076 { // demanded, shown as an interrupt, then answered or not
		out = append(out, t.signInRecord(a, r, 50076, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.", corr, true))
		if r.Float64() < 0.9 {
			a.mfa, a.t = true, a.t.Add(20*time.Second+tick(r))
			out = append(out, t.signInRecord(a, r, 0, "Other.", corr, true))
		}
		return out
	}
	if blocked != 0 {
		return append(out, t.signInRecord(a, r, blocked, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", corr, true))
	}
	x := r.IntN(1000)
	for _, m := range interactiveMix {
		if x -= m.permill; x < 0 {
			out = append(out, t.signInRecord(a, r, m.code, m.reason, corr, true))
			if r.Float64() < 0.3 {
				return out
			}
			a.t = a.t.Add(15*time.Second + tick(r))
			break
		}
	}
	out = append(out, t.signInRecord(a, r, 0, "Other.", corr, true))
	for i := range refreshPerSign {
		b := *a
		b.t = a.t.Add(time.Duration(40+r.IntN(40)*(i+1)) * time.Minute)
		b.app = apps[zipf(r, 3)]
		rec := t.signInRecord(&b, r, 0, "Other.", guid(r), false)
		_ = session
		out = append(out, rec)
	}
	return out
}

func (t *tenant) signInRecord(a *attempt, r *rand.Rand, code int, reason, corr string, interactive bool) record {
	p, id := a.p, guid(r)
	applied, status, _ := t.evaluate(a)
	if code == 50126 || code == 50053 || code == 50057 { // policies are looked at after the password
		applied, status = []any{}, "notApplied"
	}
	ua := userAgents[a.dev.agent]
	requirement := "singleFactorAuthentication"
	steps := []any{object{{"authenticationStepDateTime", stamp(a.t)}, {"authenticationMethod", "Password"}, {"authenticationMethodDetail", "Password in the cloud"},
		{"succeeded", code != 50126}, {"authenticationStepResultDetail", map[bool]string{true: "Correct password", false: "Invalid username or password or Invalid on-premise username or password."}[code != 50126]},
		{"authenticationStepRequirement", "Primary authentication"}, {"StatusSequence", 0}, {"RequestSequence", 1}}}
	if a.mfa && code == 0 && status == "success" {
		requirement = "multiFactorAuthentication"
		detail, method := "MFA completed in Azure AD", "Mobile app notification"
		if r.Float64() < mfaReuse {
			detail, method = "MFA requirement satisfied by claim in the token", "Previously satisfied"
		}
		steps = append(steps, object{{"authenticationStepDateTime", stamp(a.t)}, {"authenticationMethod", method}, {"succeeded", true},
			{"authenticationStepResultDetail", detail}, {"authenticationStepRequirement", "Multifactor authentication"}, {"StatusSequence", 0}, {"RequestSequence", 2}})
	}
	kind, category := "interactiveUser", "SignInLogs"
	if !interactive {
		kind, category = "nonInteractiveUser", "NonInteractiveUserSignInLogs"
	}
	userType := "Member"
	if p.guest {
		userType = "Guest"
	}
	props := object{
		{"id", id}, {"createdDateTime", stamp(a.t)}, {"userDisplayName", p.name}, {"userPrincipalName", p.upn}, {"userId", p.id},
		{"appId", a.app.id}, {"appDisplayName", a.app.name}, {"ipAddress", a.ip},
		{"status", object{{"errorCode", code}, {"failureReason", reason}, {"additionalDetails", map[bool]any{true: "MFA requirement satisfied by claim in the token", false: nil}[requirement != "singleFactorAuthentication"]}}},
		{"clientAppUsed", a.clientApp}, {"userAgent", ua.ua},
		{"deviceDetail", object{{"deviceId", a.dev.id}, {"displayName", a.dev.name}, {"operatingSystem", ua.os}, {"browser", ua.browser}, {"isCompliant", a.dev.managed}, {"isManaged", a.dev.managed}, {"trustType", a.dev.trust}}},
		{"location", t.location(a.at)}, {"correlationId", corr}, {"conditionalAccessStatus", status}, {"appliedConditionalAccessPolicies", applied},
		{"authenticationContextClassReferences", []any{}}, {"originalRequestId", id}, {"isInteractive", interactive}, {"tokenIssuerName", ""}, {"tokenIssuerType", "AzureAD"},
		{"authenticationProcessingDetails", []any{object{{"key", "Legacy TLS (TLS 1.0, 1.1, 3DES)"}, {"value", "False"}}, object{{"key", "Is CAE Token"}, {"value", "False"}}}},
		{"networkLocationDetails", []any{}}, {"clientCredentialType", "none"}, {"processingTimeInMilliseconds", 60 + r.IntN(600)},
		{"riskDetail", "none"}, {"riskLevelAggregated", "none"}, {"riskLevelDuringSignIn", "none"}, {"riskState", "none"}, {"riskEventTypes", []any{}}, {"riskEventTypes_v2", []any{}},
		{"resourceDisplayName", a.app.resource}, {"resourceId", a.app.resourceID}, {"resourceTenantId", t.id}, {"homeTenantId", t.id}, {"tenantId", t.id},
		{"authenticationDetails", steps}, {"authenticationRequirementPolicies", []any{}}, {"sessionLifetimePolicies", []any{}}, {"authenticationRequirement", requirement},
		{"servicePrincipalId", ""}, {"userType", userType}, {"flaggedForReview", false}, {"isTenantRestricted", false}, {"autonomousSystemNumber", a.at.asn}, {"crossTenantAccessType", "none"},
		{"signInEventTypes", []string{kind}}, {"uniqueTokenIdentifier", guid(r)[:22]}, {"incomingTokenType", "none"}, {"authenticationProtocol", "none"}, {"signInIdentifier", p.upn}, {"sessionId", guid(r)},
	}
	return t.diagnostic(category, "Sign-in activity", a.t, props, object{{"resultType", fmt.Sprint(code)}, {"resultSignature", "None"}, {"callerIpAddress", a.ip}, {"correlationId", corr}, {"identity", p.name}, {"location", a.at.country}}, r)
}

func (t *tenant) location(p place) object {
	return object{{"city", p.city}, {"state", p.state}, {"countryOrRegion", p.country}, {"geoCoordinates", object{{"latitude", p.lat}, {"longitude", p.lon}}}}
}

// serviceDay makes the sign-ins of a service principal or managed identity.
func (t *tenant) serviceDay(s *service, day time.Time, emit func(record) error) error {
	for range 4 + s.r.IntN(5) {
		at := day.Add(time.Duration(s.r.IntN(86400)) * time.Second).Add(tick(s.r))
		code, reason := 0, "Other."
		if s.r.IntN(200) == 0 {
			code, reason = 7000215, "Invalid client secret is provided."
		}
		category, kind, cred, ip := "ServicePrincipalSignInLogs", "servicePrincipal", "clientSecret", s.ip
		if s.managed {
			category, kind, cred, ip, code, reason = "ManagedIdentitySignInLogs", "managedIdentity", "none", "", 0, "Other."
		}
		corr := guid(s.r)
		props := object{
			{"id", guid(s.r)}, {"createdDateTime", stamp(at)}, {"appId", s.appID}, {"ipAddress", ip}, {"status", object{{"errorCode", code}, {"failureReason", reason}}},
			{"location", object{{"city", "Dublin"}, {"state", "Dublin"}, {"countryOrRegion", "IE"}, {"geoCoordinates", object{}}}}, {"correlationId", corr}, {"conditionalAccessStatus", "notApplied"},
			{"isInteractive", false}, {"clientCredentialType", cred}, {"processingTimeInMilliseconds", 20 + s.r.IntN(90)}, {"riskDetail", "none"}, {"riskLevelAggregated", "none"}, {"riskLevelDuringSignIn", "none"}, {"riskState", "none"},
			{"resourceDisplayName", "Microsoft Graph"}, {"resourceId", "00000003-0000-0000-c000-000000000000"}, {"servicePrincipalId", s.id}, {"servicePrincipalName", s.name},
			{"signInEventTypes", []string{kind}}, {"uniqueTokenIdentifier", guid(s.r)[:22]}, {"tokenIssuerType", "AzureAD"}, {"managedIdentityType", "none"}, {"resourceServicePrincipalId", "1e5b2b6b-7f0a-4c49-8b3f-0e5b8bb1d3aa"},
		}
		if err := emit(t.diagnostic(category, "Sign-in activity", at, props, object{{"resultType", fmt.Sprint(code)}, {"resultSignature", "None"}, {"callerIpAddress", ip}, {"correlationId", corr}, {"location", "IE"}}, s.r)); err != nil {
			return err
		}
	}
	return nil
}
