package graphsim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Credential gets tokens from this service by client secret. Unlike the real
// credentials it runs on the service's clock and may be used at virtual time.
func (s *Server) Credential() azcore.TokenCredential { return credential{s} }

type credential struct{ s *Server }

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.s.o.ClientID}, "client_secret": {c.s.o.Secret}, "scope": o.Scopes}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://login.example/"+c.s.o.Tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return azcore.AccessToken{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.s.Client().Do(req)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	defer resp.Body.Close()
	var t struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&t); err != nil || t.AccessToken == "" {
		// Real credentials repeat the answer, and it can hold anything: whoever
		// shows this error must take care.
		return azcore.AccessToken{}, fmt.Errorf("token for %s refused with status %d: %s (sent %s)", c.s.o.ClientID, resp.StatusCode, t.Description, c.s.o.Secret)
	}
	return azcore.AccessToken{Token: t.AccessToken, ExpiresOn: c.s.o.Now().Add(time.Duration(t.ExpiresIn) * time.Second)}, nil
}
