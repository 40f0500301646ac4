package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// claims is what an access token says of itself. It is not verified: the
// service does that, and the claims only explain its answers.
type claims struct {
	known    bool     // the token could be read
	Tenant   string   `json:"tid"`
	Roles    []string `json:"roles"` // application permissions
	Scopes   string   `json:"scp"`   // delegated permissions
	IDType   string   `json:"idtyp"`
	Audience any      `json:"aud"`
}

// readClaims reads the payload of a JWT; any other token says nothing.
func readClaims(token string) (c claims) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(text, &c) != nil {
		return claims{}
	}
	c.known = true
	return c
}

// delegated reports a token of a person rather than of an application.
func (c claims) delegated() bool { return c.Scopes != "" }

// has reports whether the token carries a permission, or the one that writes
// and thereby includes it.
func (c claims) has(permission string) bool {
	granted := append(strings.Fields(c.Scopes), c.Roles...)
	return slices.Contains(granted, permission) || slices.Contains(granted, strings.Replace(permission, ".Read.", ".ReadWrite.", 1))
}

// credential makes the credential; false if there is none to look with.
func (l *look) credential() bool {
	if l.t.Credential.Type == "" {
		l.say(Warn, "token", "credential", "no-credential", "no credential is configured: neither Graph nor the diagnostic settings can be looked at",
			Step{"config", "tenants: give the tenant a credential, such as {type: cli} for whoever is signed in with az"})
		return false
	}
	cred, err := l.o.Credential(l.t)
	if err != nil {
		l.say(Fail, "token", "credential", "no-credential", "the credential cannot be made: "+err.Error(), Step{"wholelog", "wholelog check explains what the configuration lacks"})
		return false
	}
	l.c.cred = cred
	return true
}

// token gets the token of Graph and reads it.
func (l *look) token(ctx context.Context) (bool, error) {
	if err := l.c.login(ctx, l.graph); err != nil {
		return false, l.noToken("Microsoft Graph", Fail, err)
	}
	l.claims = readClaims(l.graph.token)
	c := l.claims
	switch {
	case !c.known:
		l.say(OK, "token", "Microsoft Graph", "token", "there is a token; what it permits is not known, because it cannot be read: the requests below tell")
		return true, nil
	case c.Tenant != "" && !strings.EqualFold(c.Tenant, l.t.ID):
		l.say(Fail, "token", "Microsoft Graph", "wrong-tenant", fmt.Sprintf("the token is of another tenant, %s: records would be filed under the wrong one", c.Tenant),
			Step{"az", "az login --tenant " + l.t.ID})
		return true, nil
	case c.delegated():
		l.say(OK, "token", "Microsoft Graph", "token", "there is a token of a signed-in person; scopes: "+list(strings.Fields(c.Scopes)))
	case len(c.Roles) == 0:
		l.say(Fail, "token", "Microsoft Graph", "no-roles", "there is a token, and it carries no application permission at all: none was granted, or administrator consent is missing",
			l.grant(needed(l.configured()))...)
		return true, nil
	default:
		l.say(OK, "token", "Microsoft Graph", "token", "there is a token; application permissions: "+list(c.Roles))
	}
	if !c.delegated() {
		l.surplus()
	}
	return true, nil
}

// surplus names permissions that let the application change something: this
// program needs none.
func (l *look) surplus() {
	var writes []string
	for _, r := range l.claims.Roles {
		if strings.Contains(r, "Write") || strings.Contains(r, "Manage") || strings.HasSuffix(r, ".FullControl") {
			writes = append(writes, r)
		}
	}
	if len(writes) > 0 {
		l.say(Warn, "permission", "write", "can-write", "the application may change the tenant, which collecting needs nowhere: "+list(writes),
			Step{"portal", "Microsoft Entra admin center > App registrations > the application > API permissions: remove them"})
	}
}

// noToken says why there is none; it passes on errors of the context.
func (l *look) noToken(what string, level Level, err error) error {
	var n *noToken
	if !errors.As(err, &n) {
		return err
	}
	code := n.code
	if code == "" {
		code = "no-token"
	}
	l.say(level, "token", what, code, "the login service gives no token: "+loginAdvice(n.code))
	return nil
}

// loginAdvice explains a code of the login service.
func loginAdvice(code string) string {
	at := " (" + code + ")"
	switch code {
	case "":
		return "it gives no code; check that it can be reached and that the credential is there (az login, managed identity, token file)"
	case "AADSTS7000215":
		return "the client secret is wrong" + at + "; put the secret's value in place, not its id"
	case "AADSTS7000222":
		return "the client secret has expired" + at + "; make a new one in the app registration"
	case "AADSTS700016":
		return "the tenant has no such application" + at + "; check client and id, and that the application was consented to in this tenant"
	case "AADSTS90002":
		return "there is no such tenant in this cloud" + at + "; check id and cloud"
	case "AADSTS700027", "AADSTS700021", "AADSTS70021", "AADSTS700213", "AADSTS700024":
		return "the certificate or federated credential is not accepted" + at + "; compare it with the app registration, and check this machine's clock"
	case "AADSTS7000112":
		return "the application is disabled" + at + "; enable it under Enterprise applications"
	case "AADSTS53003":
		return "a conditional access policy blocks it" + at + "; exclude the workload identity or meet the policy"
	case "AADSTS500011":
		return "the tenant does not know the service that the token is for" + at + "; check the cloud"
	}
	return "look up " + code + " at https://login.microsoftonline.com/error"
}
