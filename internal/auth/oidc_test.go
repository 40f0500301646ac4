package auth

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// issuer is an OpenID provider: it signs in whoever claims says, checks PKCE and
// the client's secret, and lets each code work once.
type issuer struct {
	*httptest.Server
	key    *rsa.PrivateKey
	claims map[string]any
	codes  map[string]url.Values
	secret string
	nonce  string // "": the one that was asked for
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, codes: map[string]url.Values{}, secret: "issuer~secret"}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		b64 := base64.RawURLEncoding
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": b64.EncodeToString(key.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		asked, ok := i.codes[r.Form.Get("code")]
		delete(i.codes, r.Form.Get("code"))
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		_, pass, _ := r.BasicAuth()
		if pass == "" {
			pass = r.Form.Get("client_secret")
		}
		if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || pass != url.QueryEscape(i.secret) && pass != i.secret {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		c := map[string]any{"iss": i.URL, "aud": asked.Get("client_id"), "sub": "subject", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": asked.Get("nonce")}
		if i.nonce != "" {
			c["nonce"] = i.nonce
		}
		for k, v := range i.claims {
			c[k] = v
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.sign(t, c)})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]string{"alg": "RS256", "kid": "1"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// approve does what a person does at the issuer: it gives what comes back.
func (i *issuer) approve(t *testing.T, to string) (state, code string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("state") == "" || q.Get("redirect_uri") != "http://127.0.0.1:8420/v1/oidc/callback" {
		t.Errorf("asked for %s", to)
	}
	code = random()
	i.codes[code] = q
	return q.Get("state"), code
}

func TestOIDC(t *testing.T) {
	i := newIssuer(t)
	o := NewOIDC(OIDCOptions{Issuer: i.URL, Client: "wholelog", Redirect: "http://127.0.0.1:8420/v1/oidc/callback", Scopes: []string{"profile"},
		Secret: func() (string, error) { return i.secret, nil }, Roles: map[string]Role{"g-analysts": Analyst, "Wholelog.Admin": AdminOf}})
	ctx := context.Background()
	start := func() (state, code, cookie string) {
		t.Helper()
		to, cookie, err := o.Start(ctx, "/query?x=1", now)
		if err != nil {
			t.Fatal(err)
		}
		state, code = i.approve(t, to)
		return state, code, cookie
	}
	i.claims = map[string]any{"preferred_username": "ada@example.org", "name": "Ada", "oid": "o-1", "groups": []string{"g-analysts", "g-others"}, "roles": []string{"Wholelog.Admin"}}
	state, code, cookie := start()
	who, err := o.Finish(ctx, state, code, cookie, now)
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != "o-1" || who.Name != "ada@example.org" || who.To != "/query?x=1" || !slices.Equal(who.Roles, []Role{Analyst, AdminOf}) {
		t.Errorf("%+v", who)
	}
	refused := func(what, want string, state, code, cookie string, at time.Time) {
		t.Helper()
		_, err := o.Finish(ctx, state, code, cookie, at)
		if !errors.Is(err, ErrOIDC) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && strings.Contains(err.Error(), i.secret) {
			t.Errorf("%s: the error holds the secret: %v", what, err)
		}
	}
	refused("a state twice", "not begun", state, code, cookie, now)
	state, code, _ = start()
	refused("another browser", "not begun", state, code, "other", now)
	state, code, cookie = start()
	refused("too late", "not begun", state, code, cookie, now.Add(11*time.Minute))
	state, _, cookie = start()
	refused("a code of nobody", "invalid_grant", state, "made-up", cookie, now)
	state1, code1, cookie1 := start()
	_, code2, _ := start()
	refused("somebody else's code, which PKCE ties to them", "invalid_grant", state1, code2, cookie1, now)
	_ = code1
	i.nonce = "replayed"
	state, code, cookie = start()
	refused("an ID token of another sign-in", "another sign-in", state, code, cookie, now)
	i.nonce = ""
	i.claims = map[string]any{"aud": "other"}
	state, code, cookie = start()
	refused("another audience", "does not hold", state, code, cookie, now)
	i.claims = map[string]any{"exp": now.Add(-time.Minute).Unix()}
	state, code, cookie = start()
	refused("an ID token that has expired", "does not hold", state, code, cookie, now)
	i.claims = map[string]any{"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.microsoft.com/"}}}
	state, code, cookie = start()
	refused("more groups than Entra ID tells", "Groups assigned to the application", state, code, cookie, now)
	i.claims = map[string]any{"email": "boss@example.org", "email_verified": false}
	state, code, cookie = start()
	if who, err := o.Finish(ctx, state, code, cookie, now); err != nil || len(who.Names) != 0 || who.Name != "subject" || len(who.Roles) != 0 {
		t.Errorf("an address that nobody has checked is a name: %+v %v", who, err)
	}
	if to, _, err := o.Start(ctx, "//evil.example", now); err != nil {
		t.Error(err)
	} else if state, _ := i.approve(t, to); o.begun[state].to != "/" {
		t.Errorf("goes on to %q", o.begun[state].to)
	}
	i.Close()
	o = NewOIDC(OIDCOptions{Issuer: i.URL, Client: "c"})
	if _, _, err := o.Start(ctx, "/", now); !errors.Is(err, ErrOIDC) {
		t.Errorf("an issuer that is away: %v", err)
	}
}
