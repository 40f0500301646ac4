package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Cloud is where Graph and the login service of a cloud are.
type Cloud struct{ Graph, Login string }

// Clouds are Microsoft's clouds.
var Clouds = map[string]Cloud{
	"public":    {"https://graph.microsoft.com", "https://login.microsoftonline.com"},
	"usgov":     {"https://graph.microsoft.us", "https://login.microsoftonline.us"},
	"usgov-dod": {"https://dod-graph.microsoft.us", "https://login.microsoftonline.us"},
	"china":     {"https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
}

// Kinds of credential.
const (
	Secret      = "secret"      // client secret
	Certificate = "certificate" // client certificate, PEM or PKCS#12
	Federated   = "federated"   // a token that a platform writes to a file: workload identity
	Managed     = "managed"     // managed identity of the machine
	AzureCLI    = "cli"         // whoever is signed in with az
)

// CredentialOptions say how the application proves who it is.
type CredentialOptions struct {
	Kind            string
	Tenant, Client  string // ids; Client of a managed identity is "" for the system's
	Secret          string
	CertificateFile string // with its key
	Password        string // of the certificate file
	TokenFile       string // of a federated token; "": what the platform sets
	Login           string // login service; "": the public cloud's
	HTTP            *http.Client
}

// NewCredential makes a credential. It makes no request.
func NewCredential(o CredentialOptions) (azcore.TokenCredential, error) {
	known := o.Login == ""
	for _, c := range Clouds {
		known = known || c.Login == o.Login
	}
	if o.Login == "" {
		o.Login = Clouds["public"].Login
	}
	local, err := plainLogin(o.Login)
	if err != nil {
		return nil, err
	}
	// Retries are this package's: it knows the clock and when to give up.
	client := policy.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: o.Login}, Retry: policy.RetryOptions{MaxRetries: -1}}
	if o.HTTP != nil {
		client.Transport = o.HTTP
	}
	var cred azcore.TokenCredential
	switch o.Kind {
	case Secret:
		if o.Secret == "" {
			return nil, errors.New("credential: the client secret is empty")
		}
		if local {
			c := http.Client{}
			if o.HTTP != nil {
				c = *o.HTTP
			}
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			return plain{o, &c}, nil
		}
		cred, err = azidentity.NewClientSecretCredential(o.Tenant, o.Client, o.Secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: !known})
	case Certificate:
		cred, err = certificate(o, client, !known)
	case Federated:
		cred, err = azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: client, TenantID: o.Tenant, ClientID: o.Client, TokenFilePath: o.TokenFile, DisableInstanceDiscovery: !known})
	case Managed:
		opt := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: client}
		if o.Client != "" {
			opt.ID = azidentity.ClientID(o.Client)
		}
		cred, err = azidentity.NewManagedIdentityCredential(opt)
	case AzureCLI:
		cred, err = azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: o.Tenant})
	default:
		return nil, fmt.Errorf("credential of kind %q: use secret, certificate, federated, managed or cli", o.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	return cred, nil
}

func certificate(o CredentialOptions, client policy.ClientOptions, private bool) (azcore.TokenCredential, error) {
	pem, err := os.ReadFile(o.CertificateFile)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	certs, key, err := azidentity.ParseCertificates(pem, []byte(o.Password))
	if err != nil {
		// The parser's error may repeat what it read.
		return nil, fmt.Errorf("certificate %s: no certificate with its private key in PEM or PKCS#12, or the wrong password", o.CertificateFile)
	}
	return azidentity.NewClientCertificateCredential(o.Tenant, o.Client, certs, key, &azidentity.ClientCertificateCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: private})
}

// tokens keeps the token of an App until shortly before it ends.
type tokens struct {
	mu   sync.Mutex
	held azcore.AccessToken
}

const tokenMargin = 5 * time.Minute

func (a *App) accessToken(ctx context.Context) (string, error) {
	t := &a.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	now := a.o.Now()
	if t.held.Token != "" && now.Add(tokenMargin).Before(t.held.ExpiresOn) {
		return t.held.Token, nil
	}
	got, err := a.o.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{a.scope}})
	if err != nil {
		if t.held.Token != "" && now.Before(t.held.ExpiresOn) {
			return t.held.Token, nil
		}
		return "", &tokenError{code: loginCode.FindString(err.Error())}
	}
	t.held = got
	return got.Token, nil
}

// dropToken forgets a token that the service did not take.
func (a *App) dropToken(token string) {
	a.tokens.mu.Lock()
	defer a.tokens.mu.Unlock()
	if a.tokens.held.Token == token {
		a.tokens.held = azcore.AccessToken{}
	}
}

var loginCode = regexp.MustCompile(`AADSTS[0-9]{4,8}`)

// tokenError stands for an error of the credential, of which only the code is
// kept: the text repeats the login service's answer, which can hold anything.
type tokenError struct{ code string }

func (e *tokenError) Error() string {
	if e.code == "" {
		return "no access token"
	}
	return "no access token: " + e.code
}
