package attack

import (
	"fmt"
	"maps"
)

// try is one sign-in; zero values leave what the person's own record has.
type try struct {
	who      *person
	from     network
	code     int
	reason   string
	mfa      string // "": none asked; done, claim, denied, asked
	silent   bool   // non-interactive
	own      bool   // on the person's own device
	trusted  bool   // from a trusted named location
	app      application
	client   string
	agent    agent
	session  string
	protocol string // authenticationProtocol
	transfer string // originalTransferMethod
	incoming string // incomingTokenType
}

type application struct{ id, name, resource, resourceID string }

var (
	azurePortal = application{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", "Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}
	officeHome  = application{"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", "OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"}
	exchange    = application{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"}
	azureCLI    = application{"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI", "Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}
	broker      = application{"29d9ed98-a469-4536-ade2-f981bc1d605e", "Microsoft Authentication Broker", "Device Registration Service", "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9"}
)

type agent struct{ ua, browser, os string }

var (
	linuxChrome = agent{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "Chrome 120.0.0", "Linux"}
	oldWindows  = agent{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.5060.114 Safari/537.36", "Chrome 103.0.5060", "Windows10"}
	script      = agent{"python-requests/2.31.0", "", ""}
)

const (
	wrongPassword = 50126
	locked        = 50053
	unknownUser   = 50034
	mfaAsked      = 50076
	mfaDenied     = 500121
	expired       = 50055
	otherClients  = "Other clients"
)

var reasons = map[int]string{
	0: "Other.", wrongPassword: "Error validating credentials due to invalid username or password.",
	locked:      "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
	unknownUser: "The user account {identifier} does not exist in the {tenant} directory.",
	mfaAsked:    "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
	mfaDenied:   "Authentication failed during strong authentication request.", expired: "The password is expired.",
	65001: "The user or administrator has not consented to use the application with ID '{identifier}'{namePhrase}. Send an interactive authorization request for this user and resource.",
	53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
}

// signIn makes a sign-in. The actor of its label is the address, or the person
// on a device of their own.
func (s *stage) signIn(a try) {
	base := a.who.signIn
	if a.silent && a.who.silent != nil {
		base = a.who.silent
	}
	t, err := parse(base.encode())
	if err != nil {
		return // it was read before: it parses
	}
	p := t.at("properties")
	id, corr := guid(s.r), guid(s.r)
	if a.session == "" {
		a.session = guid(s.r)
	}
	if a.reason == "" {
		a.reason = reasons[a.code]
	}
	kind, category := "interactiveUser", "SignInLogs"
	if a.silent {
		kind, category = "nonInteractiveUser", "NonInteractiveUserSignInLogs"
	}
	s.envelope(t)
	maps.Copy(t, tree{"category": category, "resultType": fmt.Sprint(a.code), "resultDescription": a.reason, "callerIpAddress": a.from.ip, "correlationId": corr, "location": a.from.country, "identity": a.who.name})
	maps.Copy(p, tree{"id": id, "originalRequestId": id, "createdDateTime": stamp(s.now), "correlationId": corr, "ipAddress": a.from.ip, "autonomousSystemNumber": a.from.asn,
		"userPrincipalName": a.who.upn, "userId": a.who.id, "userDisplayName": a.who.name, "alternateSignInName": a.who.upn, "signInIdentifier": a.who.upn,
		"sessionId": a.session, "uniqueTokenIdentifier": s.token(), "isInteractive": !a.silent, "signInEventTypes": []string{kind}, "networkLocationDetails": []any{},
		"location": tree{"city": a.from.city, "state": a.from.state, "countryOrRegion": a.from.country, "geoCoordinates": tree{"latitude": a.from.lat, "longitude": a.from.lon}},
		"status":   tree{"errorCode": a.code, "failureReason": a.reason, "additionalDetails": nil}})
	if a.app.id != "" {
		maps.Copy(p, tree{"appId": a.app.id, "appDisplayName": a.app.name, "resourceDisplayName": a.app.resource, "resourceId": a.app.resourceID})
	}
	if a.trusted {
		p["networkLocationDetails"] = []any{tree{"networkType": "trustedNamedLocation", "networkNames": []string{"Offices"}}}
	}
	put := func(name, v string) {
		if v != "" {
			p[name] = v
		}
	}
	put("clientAppUsed", a.client)
	put("authenticationProtocol", a.protocol)
	put("originalTransferMethod", a.transfer)
	put("incomingTokenType", a.incoming)
	if !a.own {
		ag := a.agent
		if ag.ua == "" {
			ag = linuxChrome
		}
		p["userAgent"] = ag.ua
		p["deviceDetail"] = tree{"deviceId": "", "displayName": "", "operatingSystem": ag.os, "browser": ag.browser, "isCompliant": false, "isManaged": false, "trustType": ""}
	}
	s.factors(p, a)
	actor := a.from.ip
	if a.own {
		actor = a.who.upn
	}
	s.put(t, id, actor, a.who.upn)
}

// factors writes how the person proved who they are.
func (s *stage) factors(p tree, a try) {
	good := a.code != wrongPassword && a.code != unknownUser && a.code != locked
	first := tree{"authenticationStepDateTime": stamp(s.now), "authenticationMethod": "Password", "authenticationMethodDetail": "Password in the cloud", "succeeded": good,
		"authenticationStepResultDetail": map[bool]string{true: "Correct password", false: "Invalid username or password or Invalid on-premise username or password."}[good],
		"authenticationStepRequirement":  "Primary authentication", "StatusSequence": 0, "RequestSequence": 1}
	steps, requirement, status := []any{first}, "singleFactorAuthentication", "notApplied"
	second := func(method, result string, ok bool) {
		requirement = "multiFactorAuthentication"
		steps = append(steps, tree{"authenticationStepDateTime": stamp(s.now), "authenticationMethod": method, "succeeded": ok, "authenticationStepResultDetail": result,
			"authenticationStepRequirement": "Multifactor authentication", "StatusSequence": 0, "RequestSequence": 2})
	}
	switch a.mfa {
	case "done":
		second("Mobile app notification", "MFA successfully completed", true)
		p.set("status.additionalDetails", "MFA completed in Azure AD")
		status = "success"
	case "claim":
		second("Previously satisfied", "MFA requirement satisfied by claim in the token", true)
		p.set("status.additionalDetails", "MFA requirement satisfied by claim in the token")
		status = "success"
	case "denied":
		second("Mobile app notification", "MFA denied; user declined the authentication", false)
		p.set("status.additionalDetails", "MFA denied; user declined the authentication")
		status = "failure"
	case "asked":
		requirement, status = "multiFactorAuthentication", "failure"
	}
	if a.code == 53003 {
		status = "failure"
	}
	maps.Copy(p, tree{"authenticationDetails": steps, "authenticationRequirement": requirement, "conditionalAccessStatus": status})
}

// serviceSignIn makes a sign-in of a service principal.
func (s *stage) serviceSignIn(v *service, from network, key string) {
	t, err := parse(v.signIn.encode())
	if err != nil {
		return // it was read before: it parses
	}
	id, corr := guid(s.r), guid(s.r)
	s.envelope(t)
	maps.Copy(t, tree{"callerIpAddress": from.ip, "correlationId": corr, "location": from.country})
	maps.Copy(t.at("properties"), tree{"id": id, "createdDateTime": stamp(s.now), "correlationId": corr, "ipAddress": from.ip, "autonomousSystemNumber": from.asn, "servicePrincipalCredentialKeyId": key,
		"clientCredentialType": "clientSecret", "uniqueTokenIdentifier": s.token(),
		"location": tree{"city": from.city, "state": from.state, "countryOrRegion": from.country, "geoCoordinates": tree{"latitude": from.lat, "longitude": from.lon}}})
	s.put(t, id, from.ip, v.name)
}
