package tabular

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// form is how a cell is written as JSON.
type form uint8

const (
	text form = iota
	number
	yesNo
	camel    // the portal's wording of an enumeration: "Not Applied"
	place    // "City, State, CC"
	outcome  // Success, Failure or Interrupted
	asIssuer // "Azure AD"
)

// column says which Graph property a portal column is.
type column struct {
	name string // folded
	path string // "group.member" or "member"
	form form
}

// signInColumns are the portal's columns with the property each one shows.
// Members of one group stand together.
var signInColumns = []column{
	{"request id", "id", text}, {"date (utc)", "createdDateTime", text}, {"correlation id", "correlationId", text},
	{"user id", "userId", text}, {"user", "userDisplayName", text}, {"username", "userPrincipalName", text}, {"user type", "userType", text},
	{"application id", "appId", text}, {"application", "appDisplayName", text}, {"app owner tenant id", "appOwnerTenantId", text},
	{"service principal id", "servicePrincipalId", text}, {"service principal name", "servicePrincipalName", text},
	{"credential key id", "servicePrincipalCredentialKeyId", text}, {"credential thumbprint", "servicePrincipalCredentialThumbprint", text},
	{"resource", "resourceDisplayName", text}, {"resource id", "resourceId", text}, {"resource tenant id", "resourceTenantId", text},
	{"resource owner tenant id", "resourceOwnerTenantId", text}, {"home tenant id", "homeTenantId", text}, {"home tenant name", "homeTenantName", text},
	{"ip address", "ipAddress", text}, {"ip address (seen by resource)", "ipAddressFromResourceProvider", text}, {"autonomous system number", "autonomousSystemNumber", number},
	{"through global secure access", "isThroughGlobalSecureAccess", yesNo}, {"global secure access ip address", "globalSecureAccessIpAddress", text},
	{"location", "location", place}, {"client app", "clientAppUsed", text}, {"user agent", "userAgent", text},
	{"device id", "deviceDetail.deviceId", text}, {"browser", "deviceDetail.browser", text}, {"operating system", "deviceDetail.operatingSystem", text},
	{"compliant", "deviceDetail.isCompliant", yesNo}, {"managed", "deviceDetail.isManaged", yesNo}, {"join type", "deviceDetail.trustType", text},
	{"sign-in error code", "status.errorCode", number}, {"failure reason", "status.failureReason", text}, {"multifactor authentication result", "status.additionalDetails", text},
	{"status", "portalStatus", outcome},
	{"multifactor authentication auth method", "mfaDetail.authMethod", text}, {"multifactor authentication auth detail", "mfaDetail.authDetail", text},
	{"conditional access", "conditionalAccessStatus", camel}, {"authentication requirement", "authenticationRequirement", camel},
	{"cross tenant access type", "crossTenantAccessType", text}, {"incoming token type", "incomingTokenType", text}, {"authentication protocol", "authenticationProtocol", text},
	{"unique token identifier", "uniqueTokenIdentifier", text}, {"original transfer method", "originalTransferMethod", text}, {"client credential type", "clientCredentialType", text},
	{"token protection - sign in session", "tokenProtectionStatusDetails.signInSessionStatus", text}, {"token protection - sign in session statuscode", "tokenProtectionStatusDetails.signInSessionStatusCode", number},
	{"sign-in identifier", "signInIdentifier", text}, {"session id", "sessionId", text}, {"flagged for review", "flaggedForReview", yesNo},
	{"token issuer type", "tokenIssuerType", asIssuer}, {"token issuer name", "tokenIssuerName", text}, {"latency", "processingTimeInMilliseconds", number},
	{"managed identity type", "managedServiceIdentity.msiType", text}, {"associated resource id", "managedServiceIdentity.associatedResourceId", text},
	{"federated token id", "managedServiceIdentity.federatedTokenId", text}, {"federated token issuer", "managedServiceIdentity.federatedTokenIssuer", text},
}

// step is one property to write, from the columns that may hold it.
type step struct {
	group, member string
	form          form
	cells         []int
}

// portal plans the rows of a portal header.
func (h *Header) portal() {
	if h.Kind == Audits {
		h.auditPlan()
		return
	}
	used := make([]bool, len(h.Names))
	for _, c := range signInColumns {
		var at []int
		for i, n := range h.Names {
			if fold(n) == c.name {
				at, used[i] = append(at, i), true
			}
		}
		if at == nil {
			continue
		}
		group, member, ok := strings.Cut(c.path, ".")
		if !ok {
			group, member = "", c.path
		}
		h.plan = append(h.plan, step{group, member, c.form, at})
	}
	h.others(used)
}

// others plans the columns that have no counterpart, under their own names.
func (h *Header) others(used []bool) {
	for i, n := range h.Names {
		if !used[i] && n != "" {
			h.Unknown = append(h.Unknown, n)
			h.plan = append(h.plan, step{"", n, text, []int{i}})
		}
	}
}

// writer writes an object whose members come one by one, grouped.
type writer struct {
	dst   []byte
	open  string
	first bool
}

func (w *writer) name(group, member string) {
	if w.open != group && w.open != "" {
		w.dst, w.open, w.first = append(w.dst, '}'), "", false
	}
	if !w.first {
		w.dst = append(w.dst, ',')
	}
	if group != w.open {
		w.dst = append(rawjson.Append(w.dst, group), ':', '{')
		w.open = group
	}
	w.dst = append(rawjson.Append(w.dst, member), ':')
	w.first = false
}

func (w *writer) end() []byte {
	if w.open != "" {
		w.dst = append(w.dst, '}')
	}
	return append(w.dst, '}')
}

// signIn makes the Graph sign-in of a portal row. Empty cells are left out:
// they say less than a missing property, because the portal writes them for
// null, for "" and for what it does not know.
func (h *Header) signIn(dst []byte, cells [][]byte) []byte {
	w := writer{dst: append(dst, '{'), first: true}
	coded := false
	for _, s := range h.plan {
		var said []string
		for _, i := range s.cells {
			v := strings.TrimSpace(string(cells[i]))
			if v != "" && (len(said) == 0 || said[0] != v) {
				said = append(said, v)
			}
		}
		for n, v := range said {
			member := s.member
			if n > 0 { // a name that the header has twice, with two answers
				member += " (" + strconv.Itoa(n+1) + ")"
			}
			if s.member == "errorCode" {
				coded = true
			}
			if s.form == outcome {
				if !coded && strings.EqualFold(v, "success") {
					w.name("status", "errorCode")
					w.dst = append(w.dst, '0')
				}
			}
			w.name(s.group, member)
			w.dst = s.form.append(w.dst, v)
		}
	}
	return w.end()
}

func (f form) append(dst []byte, v string) []byte {
	switch f {
	case number:
		if v != "" && len(v) < 16 && strings.Trim(v, "0123456789") == "" && (v[0] != '0' || v == "0") {
			return append(dst, v...)
		}
	case yesNo:
		switch strings.ToLower(v) {
		case "yes", "true":
			return append(dst, "true"...)
		case "no", "false":
			return append(dst, "false"...)
		}
	case camel:
		switch strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(v)) {
		case "success":
			v = "success"
		case "failure":
			v = "failure"
		case "notapplied":
			v = "notApplied"
		case "singlefactorauthentication":
			v = "singleFactorAuthentication"
		case "multifactorauthentication":
			v = "multiFactorAuthentication"
		}
	case asIssuer:
		if strings.EqualFold(v, "azure ad") {
			v = "AzureAD"
		}
	case place:
		return appendPlace(dst, v)
	}
	return rawjson.Append(dst, v)
}

// appendPlace takes "City, State, CC" apart from its end: a city's name may
// hold a comma, a country code may not.
func appendPlace(dst []byte, v string) []byte {
	parts := strings.Split(v, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	var city, state, country string
	switch n := len(parts); {
	case n >= 3:
		city, state, country = strings.Join(parts[:n-2], ", "), parts[n-2], parts[n-1]
	case n == 2:
		city, country = parts[0], parts[1]
	case len(v) == 2:
		country = v
	default:
		city = v
	}
	w := writer{dst: append(dst, '{'), first: true}
	for _, p := range [...][2]string{{"city", city}, {"state", state}, {"countryOrRegion", country}} {
		if p[1] != "" {
			w.name("", p[0])
			w.dst = rawjson.Append(w.dst, p[1])
		}
	}
	return w.end()
}
