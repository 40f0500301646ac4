package setup

import (
	commoncfg "github.com/prometheus/common/config"

	"github.com/wholelog/wholelog/internal/config"
)

// Extras is the section "wholelog" of the file.
type Extras struct {
	// AllowPrivate are hosts, addresses or prefixes (10.1.0.0/16) that are not
	// public and may yet be asked over HTTP.
	AllowPrivate []string `yaml:"allow_private"`
	// ExternalURL is where people reach this server; templates show it.
	ExternalURL string           `yaml:"external_url"`
	MailOAuth2  []MailOAuth2     `yaml:"mail_oauth2"`
	Receivers   map[string]Extra `yaml:"receivers"`
}

// Extra is what a receiver has beside Alertmanager's channels.
type Extra struct {
	Webhooks      []Webhook      `yaml:"webhooks"`
	Alertmanagers []Alertmanager `yaml:"alertmanagers"`
	Syslog        []Syslog       `yaml:"syslog"`
}

// TLS names PEM files and the name that the server must prove. All optional.
type TLS struct {
	CA         string `yaml:"ca_file"`
	Cert       string `yaml:"cert_file"`
	Key        string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
}

// HTTP is a place that takes POST.
type HTTP struct {
	URL       string         `yaml:"url"`
	URLSecret *config.Secret `yaml:"url_secret"` // instead, where the URL itself is one
	Bearer    *config.Secret `yaml:"bearer"`
	Username  string         `yaml:"username"`
	Password  *config.Secret `yaml:"password"`
	TLS       TLS            `yaml:"tls"`
	// SendClosed says whether to tell that a person closed the incident;
	// default yes.
	SendClosed *bool `yaml:"send_closed"`
}

// Webhook is signed as Standard Webhooks does.
type Webhook struct {
	HTTP `yaml:",inline"`
	// Secrets sign, each with a signature of its own: two while one is
	// replaced by the other.
	Secrets []*config.Secret `yaml:"secrets"`
}

// Alertmanager is one that runs elsewhere. URL is its base.
type Alertmanager struct {
	HTTP `yaml:",inline"`
	// Keep is how long it shows an alert that is not told of again; default 7d.
	Keep config.Duration `yaml:"keep"`
}

// Syslog takes RFC 5424 over TLS.
type Syslog struct {
	Address    string `yaml:"address"` // HOST:PORT
	TLS        TLS    `yaml:"tls"`
	Plain      bool   `yaml:"plain"`    // TCP without TLS
	Facility   *int   `yaml:"facility"` // 0 to 23; default 13, log audit
	Hostname   string `yaml:"hostname"` // default this machine's
	SendClosed *bool  `yaml:"send_closed"`
}

// MailOAuth2 is how mail of a user name logs in by XOAUTH2: with a token that
// something else keeps fresh in a file, or as an application of Entra ID.
type MailOAuth2 struct {
	Username string         `yaml:"username"` // the auth_username of email_configs
	Token    *config.Secret `yaml:"token"`
	Tenant   string         `yaml:"tenant"`
	Client   string         `yaml:"client"`
	Secret   *config.Secret `yaml:"secret"`
	Scope    string         `yaml:"scope"` // default https://outlook.office365.com/.default
}

// Wants says whether a closed incident is told, by a send_closed key.
func Wants(sendClosed *bool) bool { return sendClosed == nil || *sendClosed }

// Target is the URL, read from its secret if it is one.
func (h *HTTP) Target() (string, error) {
	if h.URLSecret != nil {
		return h.URLSecret.Value()
	}
	return h.URL, nil
}

// Client is the configuration of an HTTP client for the place.
func (h *HTTP) Client() (commoncfg.HTTPClientConfig, error) {
	c := commoncfg.DefaultHTTPClientConfig
	c.FollowRedirects = false
	c.TLSConfig = commoncfg.TLSConfig{CAFile: h.TLS.CA, CertFile: h.TLS.Cert, KeyFile: h.TLS.Key, ServerName: h.TLS.ServerName}
	if h.Bearer != nil {
		a := &commoncfg.Authorization{Type: "Bearer", CredentialsFile: h.Bearer.File}
		if h.Bearer.File == "" {
			v, err := h.Bearer.Value()
			if err != nil {
				return c, err
			}
			a.Credentials = commoncfg.Secret(v)
		}
		c.Authorization = a
	}
	if h.Username != "" {
		a := &commoncfg.BasicAuth{Username: h.Username}
		if h.Password != nil && h.Password.File != "" {
			a.PasswordFile = h.Password.File
		} else if h.Password != nil {
			v, err := h.Password.Value()
			if err != nil {
				return c, err
			}
			a.Password = commoncfg.Secret(v)
		}
		c.BasicAuth = a
	}
	return c, c.Validate()
}
