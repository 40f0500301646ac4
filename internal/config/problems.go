package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	guid  = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	label = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
)

// reporter collects what is wrong, each with its place.
type reporter struct{ errs []error }

func (r *reporter) say(at, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

// oneOf reports a value that is none of the allowed ones.
func (r *reporter) oneOf(at, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		r.say(at, "%q: write one of %s", value, strings.Join(allowed, ", "))
	}
}

// problems is what makes the configuration unusable.
func (c *Config) problems() []error {
	r := &reporter{}
	r.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	r.oneOf("log.format", c.Log.Format, "text", "json")
	c.Server.problems(r)
	names := map[string]string{}
	unique := func(at, kind, name string) {
		if name != "" && !label.MatchString(name) {
			r.say(at, "name %q: letters, digits, dots, dashes and underlines, 63 at most", name)
		}
		if other, ok := names[kind+" "+name]; ok {
			r.say(at, "has the same name as %s; give one another name, their cursors would mix", other)
		}
		names[kind+" "+name] = at
	}
	for i := range c.Tenants {
		at := fmt.Sprintf("tenants[%d]", i)
		t := &c.Tenants[i]
		unique(at, "tenant", t.Label())
		if len(c.Tenants) > 1 && t.Name == "" {
			r.say(at, "there are several tenants: give each a name")
		}
		t.problems(r, at)
	}
	for i := range c.EventHubs {
		h := &c.EventHubs[i]
		at := fmt.Sprintf("eventHubs[%d]", i)
		unique(at, "hub", h.Name)
		c.refers(r, at, h.Tenant)
		if h.Namespace == "" && len(h.Brokers) == 0 && h.ConnectionString == nil {
			r.say(at, "namespace is missing: NAME.servicebus.windows.net")
		}
		if h.Hub == "" && h.ConnectionString == nil {
			r.say(at, "hub is missing: the event hub's name, such as insights-logs-signinlogs")
		}
		if h.ConnectionString == nil && h.Tenant == "" && !h.PlainText {
			r.say(at, "needs a connectionString, or a tenant whose credential may receive")
		}
		r.secret(at+".connectionString", h.ConnectionString)
		if h.PlainText {
			for _, b := range h.Brokers {
				if !loopbackHost(b) {
					r.say(at, "plainText is for brokers on this machine; %s is not", b)
				}
			}
		}
	}
	for i := range c.Blobs {
		b := &c.Blobs[i]
		at := fmt.Sprintf("blobs[%d]", i)
		unique(at, "blob", b.Name)
		c.refers(r, at, b.Tenant)
		if b.Account == "" && b.ConnectionString == nil {
			r.say(at, "account is missing: https://NAME.blob.core.windows.net")
		}
		if b.ConnectionString == nil && b.Key == nil && b.SAS == nil && b.Tenant == "" {
			r.say(at, "needs a connectionString, a key, a sas, or a tenant whose credential may read it")
		}
		r.secret(at+".connectionString", b.ConnectionString)
		r.secret(at+".key", b.Key)
		r.secret(at+".sas", b.SAS)
	}
	for i := range c.Kubernetes {
		k := &c.Kubernetes[i]
		at := fmt.Sprintf("kubernetes[%d]", i)
		if k.Cluster == "" {
			r.say(at, "cluster is missing: its name, which is part of the webhook's address")
		}
		unique(at, "cluster", k.Cluster)
		c.refers(r, at, k.Tenant)
		if !k.Webhook && k.Log == "" {
			r.say(at, "says neither webhook: true nor log: FILE")
		}
	}
	for i := range c.Folders {
		f := &c.Folders[i]
		at := fmt.Sprintf("folders[%d]", i)
		if f.Path == "" {
			r.say(at, "path is missing")
		}
		unique(at, "folder", f.Name)
		if f.Name == "" && len(c.Folders) > 1 {
			r.say(at, "there are several folders: give each a name")
		}
		c.refers(r, at, f.Tenant)
	}
	c.refers(r, "push", c.Push.Tenant)
	return r.errs
}

func (c *Config) refers(r *reporter, at, tenant string) {
	if _, err := c.TenantID(tenant); err != nil {
		r.say(at, "%v", err)
	}
}

func (r *reporter) secret(at string, s *Secret) {
	if s != nil && (s.File == "") == (s.Env == "") {
		r.say(at, "%s", noSecrets)
	}
}

func (t *Tenant) problems(r *reporter, at string) {
	if !guid.MatchString(t.ID) {
		r.say(at, "id %q: want the directory (tenant) id, such as 8a3d…-….; `az account show --query tenantId` prints it", t.ID)
	}
	r.oneOf(at+".cloud", t.Cloud, "public", "usgov", "usgov-dod", "china")
	r.oneOf(at+".licence", t.Licence, "free", "p1", "p2")
	c, at := &t.Credential, at+".credential"
	r.oneOf(at+".type", c.Type, "secret", "certificate", "federated", "managed", "cli")
	need := func(what string, missing bool) {
		if missing {
			r.say(at, "type %s needs %s", c.Type, what)
		}
	}
	switch c.Type {
	case "":
		if !t.Graph.Disabled {
			r.say(at, "type is missing: secret, certificate, federated, managed or cli")
		}
	case "secret":
		need("client: the application (client) id", c.Client == "")
		need("secret: {file: PATH} or {env: VARIABLE}", c.Secret == nil)
	case "certificate":
		need("client: the application (client) id", c.Client == "")
		need("certificate: a PEM or PKCS#12 file", c.Certificate == "")
	case "federated":
		need("client: the application (client) id", c.Client == "")
	}
	r.secret(at+".secret", c.Secret)
	r.secret(at+".certificatePassword", c.CertificatePass)
	if c.Client != "" && !guid.MatchString(c.Client) {
		r.say(at, "client %q: want the application (client) id, a GUID", c.Client)
	}
}

func (o *OIDC) problems(r *reporter, s *Server) {
	const at = "server.oidc"
	if u, err := url.Parse(o.Issuer); err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopbackHost(u.Host)) {
		r.say(at, "issuer %q: an address with https, such as https://login.microsoftonline.com/TENANT/v2.0", o.Issuer)
	}
	if o.Client == "" {
		r.say(at, "client is missing: the application (client) id")
	}
	for _, g := range slices.Sorted(maps.Keys(o.Roles)) {
		if v := o.Roles[g]; v == "" {
			r.say(at+".roles", "%s has no role", g)
		} else {
			r.oneOf(at+".roles."+g, v, "viewer", "analyst", "auditor", "admin")
		}
		if o.Roles[g] == "auditor" {
			r.say(at+".roles."+g, "an auditor's access ends: give the role with `wholelog people add --role auditor --expires 30d`")
		}
	}
	if s.URL == "" && !loopbackHost(s.Listen) {
		r.say("server.url", "is missing: the address by which people reach the server, to which the issuer sends them back")
	}
	r.secret(at+".secret", o.Secret)
}

func (s *Server) problems(r *reporter) {
	if s.URL != "" {
		if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" {
			r.say("server.url", "%q: an address such as https://wholelog.example.com, without a path", s.URL)
		}
	}
	if s.OIDC != nil {
		s.OIDC.problems(r, s)
	}
	if s.Sessions.Idle > 0 && s.Sessions.Full > 0 && s.Sessions.Idle > s.Sessions.Full {
		r.say("server.sessions", "idle is longer than full")
	}
	if s.Listen == "none" {
		return
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil || port == "" {
		r.say("server.listen", "%q: write HOST:PORT, such as %s, or none", s.Listen, DefaultListen)
		return
	}
	if t := s.TLS; t != nil && (t.Cert == "" || t.Key == "") {
		r.say("server.tls", "needs cert and key, PEM files")
	}
	if s.TLS == nil && !s.PlainHTTP && !loopbackHost(net.JoinHostPort(host, port)) {
		r.say("server.listen", "%s can be reached from other machines: set server.tls, or server.plainHTTP: true if a proxy in front ends TLS", s.Listen)
	}
	for _, h := range s.Hosts {
		if u, err := url.Parse("//" + h); err != nil || u.Host != h || h == "" {
			r.say("server.hosts", "%q: a host name, with its port if it is not the usual one", h)
		}
	}
}

// loopbackHost reports whether HOST:PORT can only be reached from here.
func loopbackHost(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Warnings is what deserves a look and stops nothing.
func (c *Config) Warnings() []string {
	var out []string
	for _, s := range c.secrets() {
		if s.open() {
			out = append(out, fmt.Sprintf("%s can be read by others on this machine: chmod 600 it", s))
		}
	}
	if c.Key != "" && strings.HasPrefix(c.Key, c.Data+"/") {
		out = append(out, "key lies in the data folder: whoever can change the ledger can then sign it too; keep it elsewhere")
	}
	if len(c.Tenants)+len(c.EventHubs)+len(c.Blobs)+len(c.Kubernetes)+len(c.Folders) == 0 && !c.Push.Enabled {
		out = append(out, "nothing is collected: the file names no tenant, hub, storage account, cluster or folder, and push is off")
	}
	if c.Server.PlainHTTP && c.Server.TLS != nil {
		out = append(out, "server.plainHTTP has no effect beside server.tls")
	}
	return out
}

// CheckSecrets reads every secret once, and says which cannot be.
func (c *Config) CheckSecrets() error {
	var errs []error
	for _, s := range c.secrets() {
		if _, err := s.Value(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
