package config

import "time"

// Config is the whole file. Defaults are those of the comments; Load fills
// them in.
type Config struct {
	Data string `yaml:"data"` // data folder; relative to the file's folder
	// Key is the file of the ledger's signing key. It belongs on another disk
	// than the data. Default: the user's configuration folder.
	Key    string `yaml:"key"`
	Log    Log    `yaml:"log"`
	Server Server `yaml:"server"`

	Tenants    []Tenant     `yaml:"tenants"`
	EventHubs  []EventHub   `yaml:"eventHubs"`
	Blobs      []Blob       `yaml:"blobs"`
	Kubernetes []Kubernetes `yaml:"kubernetes"`
	Folders    []Folder     `yaml:"folders"`
	Push       Push         `yaml:"push"`
	Query      Query        `yaml:"query"`
	// Dashboards is a folder of your own; default DATA/dashboards.
	Dashboards string `yaml:"dashboards"`
	Rules      Rules  `yaml:"rules"`
	// Alerting is a file in Alertmanager's format that says who is told of
	// incidents; "": nobody.
	Alerting string `yaml:"alerting"`

	path string
}

// Log is how the program speaks.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error; default info
	Format string `yaml:"format"` // text or json; default text on a terminal, else json
}

// Server is the HTTP side.
type Server struct {
	Listen string `yaml:"listen"` // default 127.0.0.1:8420; "none": only the socket in the data folder
	TLS    *TLS   `yaml:"tls"`
	// Hosts are the names under which the server may be asked, beside loopback
	// and the address it listens on: others are refused, so that no web page
	// reaches it by DNS rebinding.
	Hosts []string `yaml:"hosts"`
	// PlainHTTP allows listening beyond loopback without TLS, behind a proxy
	// that ends it.
	PlainHTTP bool `yaml:"plainHTTP"`
	// URL is where people reach the server, such as
	// https://wholelog.example.com; default what it listens on.
	URL      string   `yaml:"url"`
	OIDC     *OIDC    `yaml:"oidc"`
	Sessions Sessions `yaml:"sessions"`
}

// OIDC is an issuer at which people sign in: Entra ID or another. The redirect
// URI to register there is URL/v1/oidc/callback.
type OIDC struct {
	Name   string   `yaml:"name"`   // on the button; default the issuer
	Issuer string   `yaml:"issuer"` // https://login.microsoftonline.com/TENANT/v2.0
	Client string   `yaml:"client"` // application (client) id
	Secret *Secret  `yaml:"secret"` // default: none, PKCE alone
	Scopes []string `yaml:"scopes"` // beside openid; default profile and email
	Groups string   `yaml:"groups"` // claim that holds groups; default groups
	// Roles gives viewer, analyst, auditor or admin by the id of a group, or by
	// the value of an app role. wholelog people gives them to single people.
	Roles map[string]string `yaml:"roles"`
}

// Sessions is how long people stay signed in.
type Sessions struct {
	Idle Duration `yaml:"idle"` // without a request; default 2h
	Full Duration `yaml:"full"` // at most; default 12h
}

// TLS names PEM files. ClientCA, if set, signs the certificates that clients
// such as a Kubernetes API server may show instead of a token.
type TLS struct {
	Cert     string `yaml:"cert"`
	Key      string `yaml:"key"`
	ClientCA string `yaml:"clientCA"`
}

// Tenant is an Entra tenant and how to read it.
type Tenant struct {
	Name       string     `yaml:"name"`    // short name of yours, needed where there are several
	ID         string     `yaml:"id"`      // directory (tenant) id
	Cloud      string     `yaml:"cloud"`   // public, usgov, usgov-dod, china; default public
	Licence    string     `yaml:"licence"` // free, p1 or p2; default p1. Free tenants keep 7 days
	Credential Credential `yaml:"credential"`
	Graph      *Graph     `yaml:"graph"` // default: all collections
}

// Credential is how an application proves who it is.
type Credential struct {
	Type            string  `yaml:"type"`   // secret, certificate, federated, managed, cli
	Client          string  `yaml:"client"` // application (client) id
	Secret          *Secret `yaml:"secret"`
	Certificate     string  `yaml:"certificate"` // PEM or PKCS#12 file with its key
	CertificatePass *Secret `yaml:"certificatePassword"`
	TokenFile       string  `yaml:"tokenFile"` // of a federated token
}

// Graph is what to read by Microsoft Graph.
type Graph struct {
	Disabled    bool     `yaml:"disabled"`    // the tenant is collected otherwise
	Collections []string `yaml:"collections"` // default all
	Without     []string `yaml:"without"`     // of these
	Since       Duration `yaml:"since"`       // how far back to begin; default as far as the service keeps
	V1          bool     `yaml:"v1"`          // interactive sign-ins from v1.0, without authentication details
	Endpoint    string   `yaml:"endpoint"`    // another address of Graph
	Login       string   `yaml:"login"`       // another login service
	Poll        Duration `yaml:"poll"`        // default 1m
	Settle      Duration `yaml:"settle"`      // age at which time is read for good; default 15m
}

// EventHub is a hub that diagnostic settings stream to.
type EventHub struct {
	Name             string   `yaml:"name"`
	Namespace        string   `yaml:"namespace"` // NAME.servicebus.windows.net
	Hub              string   `yaml:"hub"`
	Group            string   `yaml:"consumerGroup"`    // default $Default
	ConnectionString *Secret  `yaml:"connectionString"` // or the tenant's credential
	Tenant           string   `yaml:"tenant"`           // name or id of one of tenants
	Brokers          []string `yaml:"brokers"`          // instead of the namespace's own, for a relay
	PlainText        bool     `yaml:"plainText"`        // no TLS; only to loopback
}

// Blob is a storage account that diagnostic settings write to.
type Blob struct {
	Name             string   `yaml:"name"`
	Account          string   `yaml:"account"`          // https://NAME.blob.core.windows.net
	ConnectionString *Secret  `yaml:"connectionString"` // or key, sas or the tenant's credential
	Key              *Secret  `yaml:"key"`
	SAS              *Secret  `yaml:"sas"`
	Tenant           string   `yaml:"tenant"`
	Containers       []string `yaml:"containers"` // default insights-logs-*
	Since            Duration `yaml:"since"`
	Poll             Duration `yaml:"poll"` // default 1m
}

// Kubernetes is a cluster whose audit log comes by webhook or from a file.
type Kubernetes struct {
	Cluster string `yaml:"cluster"`
	Tenant  string `yaml:"tenant"`  // of the people who use it
	Webhook bool   `yaml:"webhook"` // take POST /v1/kube/CLUSTER
	Log     string `yaml:"log"`     // follow this audit log file
}

// Folder is watched for exports that are dropped there.
type Folder struct {
	Name   string   `yaml:"name"`
	Path   string   `yaml:"path"`
	Tenant string   `yaml:"tenant"` // of records that state none
	Rest   Duration `yaml:"rest"`   // a file is taken when it has not changed for this long; default 2s
}

// Push is the HTTP intake.
type Push struct {
	Enabled bool   `yaml:"enabled"`
	Tenant  string `yaml:"tenant"` // of records that state none
}

// Rules says which detection rules run.
type Rules struct {
	Disabled bool     `yaml:"disabled"`
	Folder   string   `yaml:"folder"`  // of your own; default DATA/rules
	Without  []string `yaml:"without"` // ids of rules that are not run
	Since    Duration `yaml:"since"`   // how far back a rule looks that has never run; default 1d
}

// Query bounds what queries may take.
type Query struct {
	Watchlists string   `yaml:"watchlists"` // folder; default DATA/watchlists
	Library    string   `yaml:"library"`    // folder of saved queries; default DATA/queries
	External   []string `yaml:"external"`   // folders that externaldata may read
	MaxRows    int64    `yaml:"maxRows"`
	MaxBytes   int64    `yaml:"maxBytes"`
	Timeout    Duration `yaml:"timeout"`
	Memory     string   `yaml:"memory"` // of the engine; default 640MB
	Threads    int      `yaml:"threads"`
}

// Duration is a time.Duration that also knows days: 30d.
type Duration time.Duration

// Path is the file that the configuration was read from.
func (c *Config) Path() string { return c.path }
