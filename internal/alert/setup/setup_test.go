package setup_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert/setup"
)

const small = "route: {receiver: r}\nreceivers: [{name: r}]\n"

func TestDefaultsAndPaths(t *testing.T) {
	c, err := setup.Parse([]byte(`
global:
  smtp_smarthost: mail.example.com:587
  smtp_from: a@example.com
  smtp_auth_username: a
  smtp_auth_password_file: secrets/mail
route: {receiver: r, routes: [{receiver: s, group_wait: 5s}]}
receivers:
- {name: r, email_configs: [{to: b@example.com, tls_config: {ca_file: ca.pem}}]}
- {name: s, slack_configs: [{api_url_file: hook}], webhook_configs: [{url: 'https://x.example/', http_config: {basic_auth: {username: u, password_file: pw}}}]}
wholelog:
  receivers:
    r:
      webhooks: [{url_secret: {file: url}, secrets: [{file: sig}], tls: {ca_file: own.pem, server_name: x}}]
`), "/etc/wholelog")
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Route.RouteOpts; o.GroupWait != setup.DefaultGroupWait || o.GroupInterval != setup.DefaultGroupInterval || c.Route.Routes[0].RouteOpts.GroupWait != 5*time.Second {
		t.Errorf("%v %v", o, c.Route.Routes[0].RouteOpts)
	}
	rs := c.Alertmanager.Receivers
	w := c.Extras.Receivers["r"].Webhooks[0]
	for got, want := range map[string]string{
		rs[0].EmailConfigs[0].AuthPasswordFile: "secrets/mail", rs[0].EmailConfigs[0].TLSConfig.CAFile: "ca.pem", rs[1].SlackConfigs[0].APIURLFile: "hook",
		rs[1].WebhookConfigs[0].HTTPConfig.BasicAuth.PasswordFile: "pw", w.URLSecret.File: "url", w.Secrets[0].File: "sig", w.TLS.CA: "own.pem",
	} {
		if got != "/etc/wholelog/"+want {
			t.Errorf("%q, want it below the file's folder: %q", got, want)
		}
	}
	if w.TLS.ServerName != "x" {
		t.Errorf("server name %q", w.TLS.ServerName)
	}
}

func TestRefused(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := setup.Parse([]byte(text), "/")
		if err == nil {
			t.Errorf("accepted:\n%s", text)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q does not say %q", err, w)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a secret is shown: %v", err)
		}
	}
	f("", "no route")
	f("route: {receiver: r}\nreceivers: [{name: s}]", "undefined receiver")
	f("\n\nroute: {receiver: r}\nreceivers: [{name: r}]\nnonsense: 1", "line 5", "nonsense")
	f(small+"wholelog:\n  receivers:\n    r:\n      webhook: []", "[6:7]", "webhook") // the line in the file
	f(small+"wholelog: {receivers: {other: {}}}", "no receiver of this name")
	f(small+"wholelog: {receivers: {r: {webhooks: [{}]}}}", "url or url_secret")
	f(small+"wholelog: {receivers: {r: {webhooks: [{url: 'ftp://x'}]}}}", "http")
	f(small+"wholelog: {receivers: {r: {webhooks: [{url: 'https://x', secrets: [hunter2]}]}}}", "does not stand in this file")
	f(small+"wholelog: {receivers: {r: {syslog: [{address: x}]}}}", "HOST:PORT")
	f(small+"wholelog: {receivers: {r: {syslog: [{address: 'x:1', facility: 24}]}}}", "0 to 23")
	f(small+"wholelog: {allow_private: ['https://x']}", "host alone")
	f(small+"wholelog: {external_url: x}", "external_url")
	f(small+"wholelog: {mail_oauth2: [{username: a}]}", "token, or tenant")
	f("route: {receiver: r}\nreceivers: [{name: r, sns_configs: [{topic_arn: x, sigv4: {}}]}]", "sns_configs")
	f("global: {smtp_smarthost: 'x:25', smtp_from: a@b.example}\nroute: {receiver: r}\nreceivers: [{name: r, email_configs: [{to: 'not an address'}]}]", "email_configs[0]", "to")
	f("route: {receiver: r}\nreceivers: [{name: r, slack_configs: [{api_url: 'hunter2hunter2'}]}]")
	f("global: {smtp_auth_password: [hunter2]}\n" + small)
	f("templates: ['/nonexistent/[']\n"+small, "templates")
}

func TestWarnings(t *testing.T) {
	c, err := setup.Parse([]byte(`
global: {smtp_smarthost: 'x:25', smtp_from: a@b.example, smtp_require_tls: false}
route:
  receiver: r
  group_by: [alertname]
  group_wait: 5m
  repeat_interval: 4h
receivers:
- name: r
  email_configs: [{to: b@example.com, threading: {enabled: true, thread_by_date: none}}]
  msteams_configs: [{webhook_url: 'https://x.example/y'}]
  opsgenie_configs: [{api_key: k}]
  slack_configs: [{api_url: 'https://x.example/y', fields: [{title: a, value: b}]}]
- name: unused
wholelog:
  receivers:
    r:
      syslog: [{address: 'x:514', plain: true}]
      webhooks: [{url: 'http://x.example'}]
`), "/")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"repeat_interval", "group_by", "group_wait 5m", "mail without TLS", "threading", "msteams_configs", "Opsgenie", "slack_configs, fields", "unused: no route", "unused has no channel", "syslog without TLS", "not signed", "http to x.example"} {
		if !slices.ContainsFunc(c.Warnings, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("no warning says %q: %q", want, c.Warnings)
		}
	}
}

// TestDocumentation reads every example of the documentation.
func TestDocumentation(t *testing.T) {
	b, err := os.ReadFile("../../../docs/alerting.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(b, -1)
	if len(blocks) == 0 {
		t.Fatal("there is no example")
	}
	for _, m := range blocks {
		if _, err := setup.Parse(m[1], t.TempDir()); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
	}
}

func TestModeOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte("global: {smtp_smarthost: 'x:25', smtp_from: a@b.example}\nroute: {receiver: r}\nreceivers:\n- name: r\n  email_configs:\n  - to: b@example.com\n    auth_password: hunter2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := setup.Load(path)
	if err != nil || !strings.Contains(strings.Join(c.Warnings, "\n"), "chmod 600") {
		t.Errorf("%v %q", err, c.Warnings)
	}
	if _, err := setup.Load(path + "x"); err == nil || !strings.Contains(err.Error(), "docs/alerting.md") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small + "wholelog: {}\n")
	f.Add("wholelog:\n\n# x\n  allow_private: [a]\n" + small)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := setup.Parse([]byte(text), "/nonexistent")
		if err == nil && (c.Route == nil || c.Template == nil || c.Times == nil) {
			t.Error("half a configuration")
		}
	})
}
