package graphsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// serveToken is the client credentials grant of the login service, with a
// secret or an assertion (certificate, workload identity).
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	reject := func(status int, code int, kind, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		body, _ := json.Marshal(map[string]any{"error": kind, "error_description": fmt.Sprintf("AADSTS%d: %s", code, text), "error_codes": []int{code}})
		fmt.Fprintf(w, "%s\n", body)
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		reject(http.StatusBadRequest, 900144, "invalid_request", "The request body must contain the parameter 'grant_type'.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tenant := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")[0]
	form := r.PostForm
	assertion := form.Get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" && strings.Count(form.Get("client_assertion"), ".") == 2
	switch {
	case s.chance(s.o.Faults.TokenFails):
		w.WriteHeader(http.StatusServiceUnavailable)
	case !strings.EqualFold(tenant, s.o.Tenant):
		reject(http.StatusBadRequest, 90002, "invalid_request", "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.")
	case form.Get("grant_type") != "client_credentials":
		reject(http.StatusBadRequest, 70003, "unsupported_grant_type", "The app requested an unsupported grant type.")
	case !strings.Contains(form.Get("scope"), "/.default"):
		reject(http.StatusBadRequest, 1002012, "invalid_scope", "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
	case form.Get("client_id") != s.o.ClientID:
		reject(http.StatusBadRequest, 700016, "unauthorized_client", "Application was not found in the directory.")
	case !assertion && form.Get("client_secret") != s.o.Secret:
		reject(http.StatusUnauthorized, 7000215, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.")
	default:
		token := fmt.Sprintf("eyJ0eXAi.%016x%016x.%016x", s.r.Uint64(), s.r.Uint64(), s.r.Uint64())
		s.token[token] = s.o.Now().Add(s.o.TokenLife)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":%d,"ext_expires_in":%[1]d,"access_token":%q}`, int(s.o.TokenLife.Seconds()), token)
	}
}

// serveMetadata is what clients ask for before they ask for a token.
func (s *Server) serveMetadata(w http.ResponseWriter, r *http.Request) {
	base := "https://" + r.Host + "/" + s.o.Tenant
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"token_endpoint":%q,"issuer":%q,"authorization_endpoint":%q,"jwks_uri":%q}`,
		base+"/oauth2/v2.0/token", base+"/v2.0", base+"/oauth2/v2.0/authorize", base+"/discovery/v2.0/keys")
}
