package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	tenant = "11111111-2222-4333-8444-555555555555"
	client = "99999999-2222-4333-8444-555555555555"
)

func TestTemplateIsUnderstood(t *testing.T) {
	for _, a := range []Answers{
		{},
		{Tenant: tenant, Client: client, Credential: "secret", SecretFile: "a secret's file", Data: "my data", Key: "~/k", Folder: "drop", Push: true},
		{Tenant: tenant, Client: client, Credential: "certificate"},
		{Tenant: tenant, Credential: "managed", Endpoint: "http://127.0.0.1:1", Login: "http://127.0.0.1:1"},
	} {
		text := Template(a)
		c, err := Parse([]byte(text), "/etc/wholelog")
		if err != nil {
			t.Errorf("%+v: %v\n%s", a, err, text)
			continue
		}
		if a.Tenant != "" && (len(c.Tenants) != 1 || c.Tenants[0].ID != tenant) {
			t.Errorf("tenants: %+v", c.Tenants)
		}
		if a.SecretFile == "a secret's file" && (c.Tenants[0].Credential.Secret.File != "/etc/wholelog/a secret's file" || c.Data != "/etc/wholelog/my data" || len(c.Folders) != 1 || !c.Push.Enabled) {
			t.Errorf("%+v", c)
		}
		// What is commented out must be right too.
		var on strings.Builder
		for _, l := range strings.Split(text[strings.Index(text, "\ndata:"):], "\n") {
			if rest, ok := strings.CutPrefix(strings.TrimLeft(l, " "), "# "); ok && (strings.Contains(rest, ":") || strings.HasPrefix(rest, " ")) && !strings.Contains(rest, "second, ind") && !strings.Contains(rest, "needs, admin") && !strings.Contains(rest, "SecurityAlert") && !strings.Contains(rest, "# log") {
				l = l[:len(l)-len(strings.TrimLeft(l, " "))] + rest
			}
			on.WriteString(l + "\n")
		}
		if _, err := Parse([]byte(on.String()), "/etc"); err != nil && a.Tenant == "" {
			t.Errorf("with everything switched on: %v\n%s", err, on.String())
		}
	}
}

func TestBadConfigurations(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := Parse([]byte(text), "/")
		if err == nil {
			t.Errorf("accepted:\n%s", text)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("error %q does not say %q", err, w)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
	one := "tenants:\n  - id: " + tenant + "\n    credential: "
	f("dta: x", "[1:1]", "dta")
	f("data: [1", "[1:")
	f("a: 1\n---\nb: 2", "a")
	f("data: x\n---\ndata: y", "second document")
	f(one+"{type: secret, client: "+client+", secret: hunter2}", "does not stand in this file")
	f(one+"{type: secret, client: "+client+", secret: {hunter2: hunter2}}", "does not stand in this file")
	f(one+"{type: secret, client: "+client+", secret: {file: a, env: b}}", "tenants[0].credential.secret")
	f(one+"{type: secret, secret: {file: a}}", "client")
	f(one+"{type: secrets}", "secrets", "certificate")
	f(one+"{}", "type is missing")
	f("tenants:\n  - id: contoso.com\n    credential: {type: cli}", "az account show")
	f("tenants:\n  - {id: "+tenant+", credential: {type: cli}}\n  - {id: "+client+", credential: {type: cli}}", "give each a name")
	f("server: {listen: 0.0.0.0:80}", "plainHTTP")
	f("server: {listen: ':8420'}", "plainHTTP")
	f("server: {listen: x}", "HOST:PORT")
	f("server: {listen: 127.0.0.1:1, hosts: ['http://x']}", "host name")
	f("tenants:\n  - {id: "+tenant+", credential: {type: cli}, graph: {since: -3d}}", "30d")
	f("kubernetes: [{cluster: a}]", "webhook")
	f("kubernetes: [{cluster: a, webhook: true}, {cluster: a, webhook: true}]", "same name")
	f("kubernetes: [{cluster: a/b, webhook: true}]", "letters")
	f("folders: [{path: a, tenant: nobody}]", "none of tenants")
	f("eventHubs: [{hub: x, connectionString: {env: A}}, {hub: x, connectionString: {env: A}}]", "same name")
	f("eventHubs: [{hub: x}]", "namespace")
	f("eventHubs: [{hub: x, brokers: ['10.0.0.1:9092'], plainText: true}]", "on this machine")
	f("blobs: [{account: 'https://x'}]", "sas")
}

func TestDurations(t *testing.T) {
	f := func(s string, want time.Duration) {
		t.Helper()
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("%s: %v %v", s, got, err)
		}
	}
	f("90s", 90*time.Second)
	f("30d", 720*time.Hour)
	f("1d12h", 36*time.Hour)
	for _, bad := range []string{"", "d", "-1h", "-1d", "3", "1d-2h", "99999999d", "1.5d"} {
		if _, err := ParseDuration(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s")
	if err := os.WriteFile(file, []byte(" hunter2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WL_TEST_SECRET", "from env")
	for s, want := range map[*Secret]string{{File: file}: "hunter2", {Env: "WL_TEST_SECRET"}: "from env"} {
		if got, err := s.Value(); err != nil || got != want {
			t.Errorf("%s: %q %v", s, got, err)
		}
	}
	if _, err := (&Secret{Env: "WL_TEST_NONE"}).Value(); err == nil || !strings.Contains(err.Error(), "WL_TEST_NONE") {
		t.Error(err)
	}
	path := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(path, []byte("blobs: [{account: 'https://x', sas: {file: s}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0], "chmod 600") {
		t.Errorf("warnings: %q", w)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "wholelog init") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("query:\n  external: !000000000 #0000")
	f.Add(Template(Answers{Tenant: tenant, Client: client, Push: true}))
	f.Add("data: x\nserver: {listen: none}")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := Parse([]byte(text), "/"); err == nil && (c.Data == "" || c.Server.Listen == "") {
			t.Error("defaults are missing")
		}
	})
}
