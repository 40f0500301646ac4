package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

// DefaultListen is where the server listens if nothing is said.
const DefaultListen = "127.0.0.1:8420"

// maxFile bounds the file.
const maxFile = 4 << 20

// Load reads a configuration, fills in its defaults and checks it: see Check
// for what is only worth a warning.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("configuration: no file %s; write one with `wholelog init`", path)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("configuration: %s is larger than %d MiB", path, maxFile>>20)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c, err := Parse(text, filepath.Dir(abs))
	if err != nil {
		return nil, fmt.Errorf("configuration %s:\n%w", path, err)
	}
	c.path = abs
	return c, nil
}

// Parse reads a configuration whose relative paths begin in dir.
func Parse(text []byte, dir string) (c *Config, err error) {
	// The parser panics on some malformed tags.
	defer func() {
		if r := recover(); r != nil {
			c, err = nil, errors.New("the file is no YAML that can be read: look for tags (!x), anchors and empty values")
		}
	}()
	c = new(Config)
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		// Without the lines around it: a secret may stand there by mistake.
		return nil, errors.New(strings.TrimRight(yaml.FormatError(err, false, false), "\n"))
	}
	var more any
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds a second document: one is all there is")
	}
	c.defaults(dir)
	if errs := c.problems(); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return c, nil
}

func (c *Config) defaults(dir string) {
	if c.Data == "" {
		c.Data = "wholelog-data"
	}
	if c.Log.Level == "" {
		c.Log.Level = "info"
	}
	if c.Server.Listen == "" {
		c.Server.Listen = DefaultListen
	}
	paths := []*string{&c.Data, &c.Key, &c.Query.Watchlists, &c.Query.Library, &c.Rules.Folder, &c.Alerting, &c.Dashboards}
	if t := c.Server.TLS; t != nil {
		paths = append(paths, &t.Cert, &t.Key, &t.ClientCA)
	}
	for i := range c.Query.External {
		paths = append(paths, &c.Query.External[i])
	}
	for i := range c.EventHubs {
		if h := &c.EventHubs[i]; h.Name == "" {
			h.Name = h.Hub
		}
	}
	for i := range c.Blobs {
		if b := &c.Blobs[i]; b.Name == "" {
			host := strings.TrimPrefix(strings.TrimPrefix(b.Account, "https://"), "http://")
			b.Name, _, _ = strings.Cut(host, ".")
		}
	}
	for i := range c.Folders {
		paths = append(paths, &c.Folders[i].Path)
	}
	for i := range c.Kubernetes {
		paths = append(paths, &c.Kubernetes[i].Log)
	}
	for i := range c.Tenants {
		t := &c.Tenants[i]
		t.ID = strings.ToLower(t.ID)
		if t.Cloud == "" {
			t.Cloud = "public"
		}
		if t.Licence == "" {
			t.Licence = "p1"
		}
		if t.Graph == nil {
			t.Graph = new(Graph)
		}
		paths = append(paths, &t.Credential.Certificate, &t.Credential.TokenFile)
	}
	for _, s := range c.secrets() {
		paths = append(paths, &s.File)
	}
	for _, p := range paths {
		*p = absolute(dir, *p)
	}
	if c.Query.Watchlists == "" {
		c.Query.Watchlists = filepath.Join(c.Data, "watchlists")
	}
	if c.Dashboards == "" {
		c.Dashboards = filepath.Join(c.Data, "dashboards")
	}
	c.Server.URL = strings.TrimRight(c.Server.URL, "/")
	if o := c.Server.OIDC; o != nil && o.Scopes == nil {
		o.Scopes = []string{"profile", "email"}
	}
	if c.Query.Library == "" {
		c.Query.Library = filepath.Join(c.Data, "queries")
	}
}

// secrets are all that the file names.
func (c *Config) secrets() []*Secret {
	var out []*Secret
	add := func(list ...*Secret) {
		for _, s := range list {
			if s != nil {
				out = append(out, s)
			}
		}
	}
	if c.Server.OIDC != nil {
		add(c.Server.OIDC.Secret)
	}
	for i := range c.Tenants {
		add(c.Tenants[i].Credential.Secret, c.Tenants[i].Credential.CertificatePass)
	}
	for i := range c.EventHubs {
		add(c.EventHubs[i].ConnectionString)
	}
	for i := range c.Blobs {
		add(c.Blobs[i].ConnectionString, c.Blobs[i].Key, c.Blobs[i].SAS)
	}
	return out
}

// Tenant finds a tenant by name or id; nil for "".
func (c *Config) Tenant(name string) (*Tenant, error) {
	if name == "" {
		return nil, nil
	}
	var names []string
	for i := range c.Tenants {
		t := &c.Tenants[i]
		if t.Name == name || t.ID == strings.ToLower(name) {
			return t, nil
		}
		names = append(names, t.Label())
	}
	return nil, fmt.Errorf("tenant %q is none of tenants (%s)", name, strings.Join(names, ", "))
}

// TenantID is the id of a tenant that is named by name or id; one that is not
// among tenants must be an id.
func (c *Config) TenantID(name string) (string, error) {
	t, err := c.Tenant(name)
	switch {
	case t != nil:
		return t.ID, nil
	case name == "" || guid.MatchString(name):
		return strings.ToLower(name), nil
	}
	return "", err
}

// Label is the tenant's name, or its id.
func (t *Tenant) Label() string {
	if t.Name != "" {
		return t.Name
	}
	return t.ID
}
