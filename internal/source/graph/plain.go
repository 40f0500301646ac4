package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// plain gets tokens by client secret from a login service without TLS on this
// machine, which azidentity refuses to talk to: a simulated tenant.
type plain struct {
	o    CredentialOptions
	http *http.Client
}

// plainLogin reports whether the login service is one for plain, and an error
// if it would get a secret over a network in the clear.
func plainLogin(login string) (bool, error) {
	u, err := url.Parse(login)
	if err != nil || u.Host == "" || u.User != nil {
		return false, errors.New("credential: the login service must be https://HOST")
	}
	if u.Scheme != "http" {
		return false, nil
	}
	if !loopback(u.Hostname()) {
		return false, errors.New("credential: the login service must be https: a secret would cross the network in the clear")
	}
	return true, nil
}

func (p plain) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.o.Client}, "client_secret": {p.o.Secret}, "scope": o.Scopes}
	address := strings.TrimSuffix(p.o.Login, "/") + "/" + url.PathEscape(p.o.Tenant) + "/oauth2/v2.0/token"
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return azcore.AccessToken{}, errors.New("the login service's address cannot be read")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := p.http.Do(req)
	if err != nil {
		return azcore.AccessToken{}, errors.New("login: " + network(err))
	}
	defer resp.Body.Close()
	var t struct {
		Token     string `json:"access_token"`
		ExpiresIn int64  `json:"expires_in"`
		Text      string `json:"error_description"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&t)
	if err != nil || resp.StatusCode != http.StatusOK || t.Token == "" {
		return azcore.AccessToken{}, fmt.Errorf("login: status %d %s", resp.StatusCode, loginCode.FindString(t.Text))
	}
	return azcore.AccessToken{Token: t.Token, ExpiresOn: time.Now().Add(time.Duration(t.ExpiresIn) * time.Second)}, nil
}
