package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDCOptions say at which issuer people sign in.
type OIDCOptions struct {
	Name     string // that the button shows
	Issuer   string
	Client   string
	Secret   func() (string, error) // nil: a public client, PKCE alone
	Redirect string                 // URL of the callback, as the issuer knows it
	Scopes   []string               // besides openid
	Groups   string                 // claim with groups; "": groups
	// Roles gives roles by group or by application role of the issuer.
	Roles map[string]Role
	HTTP  *http.Client
}

// OIDC signs people in at an issuer: authorization code with PKCE, state and
// nonce. It asks the issuer for its keys when somebody first signs in, so that
// a server starts without it. It is safe for concurrent use.
type OIDC struct {
	Name string
	opt  OIDCOptions

	mu       sync.Mutex
	provider *oidc.Provider
	begun    map[string]attempt
}

// attempt is a sign-in that has begun.
type attempt struct {
	nonce, verifier, to, cookie string
	at                          time.Time
}

const (
	attemptLife  = 10 * time.Minute
	mostAttempts = 1000
	answerTime   = 20 * time.Second
)

// NewOIDC makes an OIDC; it asks nobody.
func NewOIDC(o OIDCOptions) *OIDC {
	if o.Groups == "" {
		o.Groups = "groups"
	}
	if o.Name == "" {
		o.Name = o.Issuer
	}
	return &OIDC{Name: o.Name, opt: o, begun: map[string]attempt{}}
}

// Identity is who signed in.
type Identity struct {
	Subject string
	Name    string   // to show
	Names   []string // by which people are given roles
	Groups  []string
	Roles   []Role // that the issuer's groups or application roles give
	To      string // where they wanted to go
}

// ErrOIDC says that somebody could not be signed in, with the reason for them.
var ErrOIDC = errors.New("sign-in failed")

func (o *OIDC) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.opt.HTTP != nil {
		ctx = oidc.ClientContext(ctx, o.opt.HTTP)
	}
	return context.WithTimeout(ctx, answerTime)
}

func (o *OIDC) find(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	p := o.provider
	o.mu.Unlock()
	if p != nil {
		return p, nil
	}
	// The provider keeps the context for later requests of keys.
	p, err := oidc.NewProvider(context.WithoutCancel(ctx), o.opt.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: the issuer %s does not answer as one: %w", ErrOIDC, o.opt.Issuer, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.provider = p
	return p, nil
}

func (o *OIDC) config(p *oidc.Provider) (*oauth2.Config, error) {
	c := &oauth2.Config{ClientID: o.opt.Client, RedirectURL: o.opt.Redirect, Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, o.opt.Scopes...)}
	if o.opt.Secret != nil {
		s, err := o.opt.Secret()
		if err != nil {
			return nil, fmt.Errorf("%w: server.oidc.secret: %w", ErrOIDC, err)
		}
		c.ClientSecret = s
	}
	return c, nil
}

func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Start begins a sign-in. The browser goes to url and keeps cookie, which ties
// the answer to it. to is a path of ours.
func (o *OIDC) Start(ctx context.Context, to string, now time.Time) (url, cookie string, err error) {
	ctx, cancel := o.context(ctx)
	defer cancel()
	p, err := o.find(ctx)
	if err != nil {
		return "", "", err
	}
	c, err := o.config(p)
	if err != nil {
		return "", "", err
	}
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, "\\") {
		to = "/"
	}
	a := attempt{nonce: random(), verifier: oauth2.GenerateVerifier(), to: to, cookie: random(), at: now}
	state := random()
	o.mu.Lock()
	defer o.mu.Unlock()
	for k, v := range o.begun {
		if now.Sub(v.at) > attemptLife {
			delete(o.begun, k)
		}
	}
	if len(o.begun) >= mostAttempts {
		return "", "", fmt.Errorf("%w: too many people are signing in; try again in some minutes", ErrOIDC)
	}
	o.begun[state] = a
	return c.AuthCodeURL(state, oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier)), a.cookie, nil
}

// claims are what an ID token may say of somebody.
type claims struct {
	Name       string                     `json:"name"`
	Email      string                     `json:"email"`
	Verified   *bool                      `json:"email_verified"`
	Preferred  string                     `json:"preferred_username"`
	UPN        string                     `json:"upn"`
	OID        string                     `json:"oid"`
	AppRoles   []string                   `json:"roles"`
	HasGroups  bool                       `json:"hasgroups"`
	ClaimNames map[string]json.RawMessage `json:"_claim_names"`
}

// Finish ends a sign-in with what the issuer sent back. A state works once.
func (o *OIDC) Finish(ctx context.Context, state, code, cookie string, now time.Time) (*Identity, error) {
	o.mu.Lock()
	a, ok := o.begun[state]
	delete(o.begun, state)
	o.mu.Unlock()
	if !ok || now.Sub(a.at) > attemptLife || subtle.ConstantTimeCompare([]byte(a.cookie), []byte(cookie)) != 1 {
		return nil, fmt.Errorf("%w: it was not begun in this browser, or longer than ten minutes ago; sign in again", ErrOIDC)
	}
	ctx, cancel := o.context(ctx)
	defer cancel()
	p, err := o.find(ctx)
	if err != nil {
		return nil, err
	}
	c, err := o.config(p)
	if err != nil {
		return nil, err
	}
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(a.verifier))
	if err != nil {
		var re *oauth2.RetrieveError
		if errors.As(err, &re) { // its text may hold what was sent
			return nil, fmt.Errorf("%w: the issuer refuses the code (%s)", ErrOIDC, re.ErrorCode)
		}
		return nil, fmt.Errorf("%w: the issuer does not exchange the code", ErrOIDC)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w: the issuer sent no ID token", ErrOIDC)
	}
	id, err := p.Verifier(&oidc.Config{ClientID: o.opt.Client, Now: func() time.Time { return now }}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: the ID token does not hold: %w", ErrOIDC, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.nonce)) != 1 {
		return nil, fmt.Errorf("%w: the ID token was made for another sign-in", ErrOIDC)
	}
	return o.identity(id, a.to)
}

func (o *OIDC) identity(id *oidc.IDToken, to string) (*Identity, error) {
	var c claims
	var all map[string]json.RawMessage
	if err := errors.Join(id.Claims(&c), id.Claims(&all)); err != nil {
		return nil, fmt.Errorf("%w: the ID token's claims cannot be read: %w", ErrOIDC, err)
	}
	who := &Identity{Subject: id.Subject, To: to}
	if c.OID != "" {
		who.Subject = c.OID // Entra's sub differs between applications
	}
	// An address that the issuer has not checked is nobody's name.
	if c.Verified != nil && !*c.Verified {
		c.Email = ""
	}
	for _, n := range []string{c.Preferred, c.UPN, c.Email} {
		if n != "" && !slices.Contains(who.Names, n) {
			who.Names = append(who.Names, n)
		}
	}
	for _, n := range append(slices.Clone(who.Names), c.Name, who.Subject) {
		if n != "" && who.Name == "" {
			who.Name = n
		}
	}
	if text, ok := all[o.opt.Groups]; ok {
		if json.Unmarshal(text, &who.Groups) != nil {
			var one string
			if json.Unmarshal(text, &one) == nil {
				who.Groups = []string{one}
			}
		}
	} else if _, over := c.ClaimNames[o.opt.Groups]; over || c.HasGroups {
		// Entra names a place to ask instead of more than 200 groups. Who is in
		// so many must not be let in, or kept out, by chance.
		return nil, fmt.Errorf("%w: you are in more groups than the issuer puts into a token (Entra ID: 200). Give the application only groups assigned to it (Token configuration, groups claim, "+
			"\"Groups assigned to the application\"), or use app roles", ErrOIDC)
	}
	for _, g := range append(slices.Clone(who.Groups), c.AppRoles...) {
		if r, ok := o.opt.Roles[g]; ok && !slices.Contains(who.Roles, r) {
			who.Roles = append(who.Roles, r)
		}
	}
	who.Groups = append(who.Groups, c.AppRoles...)
	return who, nil
}
