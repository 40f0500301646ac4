package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// attempt is one sign-in before its outcome is known.
type attempt struct {
	p       *person
	at      place // as a geolocation provider sees the address
	net     network
	foreign bool // from where nobody works
	app     app
	dev     device
	client  string
	mfa     bool // the second factor was given or is remembered
	claim   bool // it is remembered
	t       time.Time
	ip      string
	asn     int
	session string
}

// tick is the fraction of a second, to 100 ns, that a time gets.
func tick(r *rand.Rand) time.Duration { return time.Duration(r.IntN(10_000_000)) * 100 }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }

// day makes a person's sign-ins of one day.
func (t *tenant) day(p *person, day time.Time, emit func(record)) {
	if p.breakGlass {
		return
	}
	p.move(day)
	for range p.sessions(day) {
		at := day.Add(hours(p.hour())).Truncate(time.Second).Add(tick(p.r))
		where, away, ok := p.locate(at)
		if !ok {
			continue
		}
		t.session(p, at, where, away, emit)
	}
	// Guessing from abroad: now and then somebody tries a known address.
	if p.r.Float64() < guessesPerDay {
		t.guess(p, day.Add(hours(24*p.r.Float64())).Truncate(time.Second).Add(tick(p.r)), emit)
	}
}

func (t *tenant) guess(p *person, at time.Time, emit func(record)) {
	r := p.r
	from := abroad[r.IntN(len(abroad))]
	a := &attempt{p: p, at: from, net: hotelNet, foreign: true, app: apps[2], dev: device{agent: 1}, client: browser, t: at,
		ip: fmt.Sprintf("%s.%d.%d", from.net, r.IntN(256), 1+r.IntN(254)), asn: from.asn, session: guid(r)}
	rec := t.signIn(a, interactiveMix[0].code, interactiveMix[0].reason, guid(r), true)
	rec.label = &label{campaign: "background-guessing", technique: "T1110.003", actor: a.ip, victim: p.upn}
	emit(rec)
}

// session makes the records of one flow of a person, interactive first, then
// the silent refreshes of its tokens.
func (t *tenant) session(p *person, at time.Time, where place, away bool, emit func(record)) {
	r := p.r
	n := r.IntN(len(p.devices))
	dev := &p.devices[n]
	a := &attempt{p: p, dev: *dev, t: at, session: guid(r), net: p.connect(*dev, away)}
	a.ip, a.asn, a.at = p.address(a.net, where)
	a.app = apps[(zipf(r, len(apps))+len(p.department))%len(apps)]
	if p.admin && r.Float64() < 0.4 {
		a.app = adminApps[zipf(r, len(adminApps))]
	}
	a.client = a.app.client
	if dev.agent >= firstPhone {
		a.client = modern
	}
	a.mfa = at.Before(dev.mfaUntil)
	a.claim = a.mfa
	corr := guid(r)
	put := func(code int, reason string) {
		rec := t.signIn(a, code, reason, corr, true)
		if away {
			rec.label = &label{campaign: fmt.Sprintf("trip-%s-%d", p.upn, p.trip.number), actor: p.upn, victim: p.upn, benign: true}
		}
		emit(rec)
		a.t = a.t.Add(15*time.Second + time.Duration(r.IntN(20))*time.Second + tick(r))
	}
	x := r.IntN(1000)
	for _, m := range interactiveMix {
		if x -= m.permill; x < 0 {
			put(m.code, m.reason)
			if r.Float64() >= m.again {
				return
			}
			break
		}
	}
	_, _, code := t.evaluate(a)
	if code == 50076 {
		put(code, denials[code])
		if r.Float64() < 0.06 {
			return // gives up, or has no phone at hand
		}
		a.mfa = true
		dev.mfaUntil = at.AddDate(0, 0, mfaPeriod)
		_, _, code = t.evaluate(a)
	}
	if code != 0 {
		put(code, denials[code])
		return
	}
	put(0, "Other.")
	a.claim = a.mfa
	for n := poisson(r, float64(a.app.refreshes)); n > 0; n-- {
		b := *a
		b.t = a.t.Add(time.Duration(r.IntN(8*60)) * time.Minute).Truncate(time.Second).Add(tick(r))
		if r.IntN(3) == 0 {
			b.app = apps[zipf(r, 4)]
		}
		code, reason := 0, "Other."
		x := r.IntN(1000)
		for _, m := range silentMix {
			if x -= m.permill; x < 0 {
				code, reason = m.code, m.reason
				break
			}
		}
		if _, _, c := t.evaluate(&b); c != 0 && code == 0 {
			continue // the client does not try what it knows to be refused
		}
		emit(t.signIn(&b, code, reason, guid(r), false))
	}
}

// denials are Microsoft's texts for what conditional access refuses.
var denials = map[int]string{
	50076: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
	53000: "Device is not in required device state: {state}. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.",
	53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
}

// before are the codes at which a sign-in ends before policies are looked at.
var before = map[int]bool{50126: true, 50053: true, 50057: true, 50058: true, 50055: true}

func (t *tenant) signIn(a *attempt, code int, reason, corr string, interactive bool) record {
	p, r := a.p, a.p.r
	id := guid(r)
	applied, status, _ := t.evaluate(a)
	if before[code] {
		applied, status = []object{}, "notApplied"
	}
	ag := agents[a.dev.agent]
	kind, category, incoming := "interactiveUser", "SignInLogs", "none"
	if !interactive {
		kind, category = "nonInteractiveUser", "NonInteractiveUserSignInLogs"
		if incoming = "refreshToken"; a.dev.managed {
			incoming = "primaryRefreshToken"
		}
	}
	requirement, detail := "singleFactorAuthentication", any(nil)
	if status == "success" && a.mfa || code == 50076 || code == 500121 {
		requirement = "multiFactorAuthentication"
		if a.claim {
			detail = "MFA requirement satisfied by claim in the token"
		} else if code == 0 {
			detail = "MFA completed in Azure AD"
		}
	}
	steps, demanded := t.steps(a, code, requirement), []object{}
	if requirement == "multiFactorAuthentication" {
		demanded = []object{{{"requirementProvider", "multiConditionalAccess"}, {"detail", "Conditional Access"}}}
	}
	userType, cross, home := "Member", "none", t.id
	if p.guest {
		userType, cross, home = "Guest", "b2bCollaboration", "6a1f1d0a-0000-4000-8000-00000000b2b0"
	}
	locations := []object{}
	if a.net == officeNet || a.net == vpnNet {
		locations = []object{{{"networkType", "trustedNamedLocation"}, {"networkNames", []string{"Offices"}}}}
	}
	props := object{
		{"id", id}, {"createdDateTime", stamp(a.t)}, {"userDisplayName", p.name}, {"userPrincipalName", p.upn}, {"userId", p.id},
		{"appId", a.app.id}, {"appDisplayName", a.app.name}, {"ipAddress", a.ip},
		{"status", object{{"errorCode", code}, {"failureReason", reason}, {"additionalDetails", detail}}},
		{"clientAppUsed", a.client}, {"userAgent", ag.ua},
		{"deviceDetail", object{{"deviceId", a.dev.id}, {"displayName", a.dev.name}, {"operatingSystem", ag.os}, {"browser", ag.browser}, {"isCompliant", a.dev.managed}, {"isManaged", a.dev.managed}, {"trustType", a.dev.trust}}},
		{"location", place3(a.at)}, {"mfaDetail", object{}}, {"correlationId", corr}, {"conditionalAccessStatus", status}, {"appliedConditionalAccessPolicies", applied},
		{"authenticationContextClassReferences", []object{}}, {"originalRequestId", id}, {"isInteractive", interactive}, {"tokenIssuerName", ""}, {"tokenIssuerType", "AzureAD"},
		{"authenticationProcessingDetails", []object{{{"key", "Login Hint Present"}, {"value", "True"}}, {{"key", "Legacy TLS (TLS 1.0, 1.1, 3DES)"}, {"value", "False"}}, {{"key", "Is CAE Token"}, {"value", "True"}}}},
		{"networkLocationDetails", locations}, {"clientCredentialType", "none"}, {"processingTimeInMilliseconds", 60 + r.IntN(600)},
		{"riskDetail", "none"}, {"riskLevelAggregated", "none"}, {"riskLevelDuringSignIn", "none"}, {"riskState", "none"}, {"riskEventTypes", []string{}}, {"riskEventTypes_v2", []string{}},
		{"resourceDisplayName", a.app.resource}, {"resourceId", a.app.resourceID}, {"resourceTenantId", t.id}, {"homeTenantId", home}, {"tenantId", t.id},
		{"authenticationDetails", steps}, {"authenticationRequirementPolicies", demanded}, {"sessionLifetimePolicies", []object{}}, {"authenticationRequirement", requirement},
		{"alternateSignInName", p.upn}, {"signInIdentifier", p.upn}, {"servicePrincipalId", ""},
		{"userType", userType}, {"flaggedForReview", false}, {"isTenantRestricted", false}, {"autonomousSystemNumber", a.asn}, {"crossTenantAccessType", cross},
		{"privateLinkDetails", object{}}, {"uniqueTokenIdentifier", token(r)}, {"incomingTokenType", incoming}, {"authenticationProtocol", "none"}, {"appServicePrincipalId", nil}, {"resourceServicePrincipalId", "1e5b2b6b-7f0a-4c49-8b3f-0e5b8bb1d3aa"},
		{"signInTokenProtectionStatus", "none"}, {"tokenProtectionStatusDetails", object{{"signInSessionStatus", "unbound"}, {"signInSessionStatusCode", 1002}}}, {"originalTransferMethod", "none"}, {"isThroughGlobalSecureAccess", false}, {"globalSecureAccessIpAddress", ""}, {"conditionalAccessAudiences", []string{a.app.resourceID}}, {"sessionId", a.session},
		{"resourceOwnerTenantId", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}, {"signInEventTypes", []string{kind}},
	}
	return t.diagnostic(category, "Sign-in activity", a.t, props, object{{"resultType", fmt.Sprint(code)}, {"resultSignature", "None"}, {"resultDescription", reason}, {"callerIpAddress", a.ip}, {"correlationId", corr}, {"identity", p.name}, {"location", a.at.country}}, r)
}

// steps are the authentications of a sign-in.
func (t *tenant) steps(a *attempt, code int, requirement string) []object {
	first := object{{"authenticationStepDateTime", stamp(a.t)}, {"authenticationMethod", "Password"}, {"authenticationMethodDetail", "Password in the cloud"},
		{"succeeded", code != 50126}, {"authenticationStepResultDetail", map[bool]string{true: "Correct password", false: "Invalid username or password or Invalid on-premise username or password."}[code != 50126]},
		{"authenticationStepRequirement", "Primary authentication"}, {"StatusSequence", 0}, {"RequestSequence", 1}}
	if requirement != "multiFactorAuthentication" || code == 50076 {
		return []object{first}
	}
	method, result := "Mobile app notification", "MFA successfully completed"
	if a.claim {
		method, result = "Previously satisfied", "MFA requirement satisfied by claim in the token"
	} else if code != 0 {
		result = "Authentication failed: the user did not respond to the notification"
	}
	return []object{first, {{"authenticationStepDateTime", stamp(a.t.Add(8 * time.Second))}, {"authenticationMethod", method}, {"succeeded", code == 0},
		{"authenticationStepResultDetail", result}, {"authenticationStepRequirement", "Multifactor authentication"}, {"StatusSequence", 0}, {"RequestSequence", 2}}}
}

func place3(p place) object {
	return object{{"city", p.city}, {"state", p.state}, {"countryOrRegion", p.country}, {"geoCoordinates", object{{"latitude", p.lat}, {"longitude", p.lon}}}}
}

// serviceDay makes the sign-ins of a service principal or managed identity.
func (t *tenant) serviceDay(s *service, day time.Time, emit func(record)) {
	r := s.r
	for range s.perDay {
		at := day.Add(time.Duration(r.IntN(86400)) * time.Second).Add(tick(r))
		code, reason := 0, "Other."
		if r.IntN(200) == 0 {
			code, reason = 7000215, "Invalid client secret is provided."
		}
		category, kind, cred, ip, key, print := "ServicePrincipalSignInLogs", "servicePrincipal", "clientSecret", s.ip, s.key, ""
		msi := object{{"msiType", "none"}, {"associatedResourceId", ""}, {"federatedTokenId", ""}, {"federatedTokenIssuer", ""}}
		if s.cert {
			cred, print = "clientAssertion", "5D1F6E0C9B2A47E8A0C3D4E5F60718293A4B5C6D"
		}
		if s.managed {
			category, kind, cred, ip, key, print, code, reason = "ManagedIdentitySignInLogs", "managedIdentity", "managedIdentity", "", "", "", 0, "Other."
			msi[0].value, msi[1].value = "systemAssigned", s.resource
		}
		corr, id := guid(r), guid(r)
		props := object{
			{"id", id}, {"createdDateTime", stamp(at)}, {"userId", nil}, {"appId", s.appID}, {"ipAddress", ip}, {"status", object{{"errorCode", code}, {"failureReason", reason}}},
			{"location", object{{"city", "Dublin"}, {"state", "Dublin"}, {"countryOrRegion", "IE"}, {"geoCoordinates", object{{"latitude", 53.35}, {"longitude", -6.26}}}}}, {"correlationId", corr}, {"conditionalAccessStatus", "notApplied"}, {"appliedConditionalAccessPolicies", []object{}},
			{"isInteractive", false}, {"tokenIssuerType", "AzureAD"}, {"clientCredentialType", cred}, {"processingTimeInMilliseconds", 20 + r.IntN(90)}, {"riskDetail", "none"}, {"riskLevelAggregated", "none"}, {"riskLevelDuringSignIn", "none"}, {"riskState", "none"},
			{"resourceDisplayName", "Microsoft Graph"}, {"resourceId", graphID}, {"servicePrincipalId", s.id}, {"servicePrincipalName", s.name}, {"servicePrincipalCredentialKeyId", key}, {"servicePrincipalCredentialThumbprint", print},
			{"authenticationProcessingDetails", []object{{{"key", "Azure AD App Authentication Library"}, {"value", "Family: MSAL Library: MSAL.NetCore 4.66.2 Platform: .NET 8"}}, {{"key", "Is CAE Token"}, {"value", "False"}}}},
			{"flaggedForReview", false}, {"isTenantRestricted", false}, {"crossTenantAccessType", "none"}, {"autonomousSystemNumber", 8075}, {"homeTenantId", t.id}, {"resourceTenantId", t.id}, {"managedServiceIdentity", msi}, {"federatedCredentialId", ""},
			{"signInEventTypes", []string{kind}}, {"uniqueTokenIdentifier", token(r)}, {"incomingTokenType", "none"}, {"authenticationProtocol", "none"}, {"sessionId", ""}, {"resourceServicePrincipalId", "1e5b2b6b-7f0a-4c49-8b3f-0e5b8bb1d3aa"},
		}
		emit(t.diagnostic(category, "Sign-in activity", at, props, object{{"resultType", fmt.Sprint(code)}, {"resultSignature", "None"}, {"callerIpAddress", ip}, {"correlationId", corr}, {"location", "IE"}}, r))
	}
}
