package config

import (
	"fmt"
	"strings"
)

// Answers are what `wholelog init` asks.
type Answers struct {
	Tenant, Client string // ids; no Tenant: nothing to read by Graph
	Credential     string // secret, certificate, managed, cli
	SecretFile     string // or the certificate's
	Data, Key      string
	Folder         string // to watch; "": none
	Push           bool
	// Endpoint and Login are other addresses of Graph and of its login
	// service, as those of a simulated tenant.
	Endpoint, Login string
}

// Template writes a commented configuration.
func Template(a Answers) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`# Wholelog. Check this file with: wholelog check
# Start with: wholelog serve. After a change: kill -HUP, or restart.
# Relative paths begin where this file is. Secrets stand elsewhere:
# {file: PATH} (chmod 600) or {env: VARIABLE}.

data: %s`, quote(or(a.Data, "wholelog-data")))
	if a.Key != "" {
		line("key: %s   # signs the ledger's checkpoints; back it up, and keep it off the data's disk", quote(a.Key))
	} else {
		line("# key: /etc/wholelog/signing.key   # signs the ledger's checkpoints; keep it off the data's disk")
	}
	line(`
server:
  listen: %s   # "none": only the socket in the data folder
  # tls: {cert: server.pem, key: server.key}   # needed beyond loopback
  # hosts: [wholelog.example.com]              # other names this server is asked by`, DefaultListen)
	if a.Tenant != "" {
		line(`
# What the application needs, admin-consented: AuditLog.Read.All,
# Directory.Read.All; for risk IdentityRiskEvent.Read.All,
# IdentityRiskyUser.Read.All, IdentityRiskyServicePrincipal.Read.All; for
# alerts SecurityAlert.Read.All. 'wholelog doctor' says what is missing.
tenants:
  - id: %s
    # name: contoso        # needed with several tenants
    # cloud: public        # usgov, usgov-dod, china
    # licence: p1          # free: Entra keeps 7 days, not 30
    credential:
      type: %s`, a.Tenant, or(a.Credential, "secret"))
		if a.Client != "" {
			line("      client: %s   # application (client) id", a.Client)
		}
		switch or(a.Credential, "secret") {
		case "secret":
			if a.SecretFile != "" {
				line("      secret: {file: %s}", quote(a.SecretFile))
			} else {
				line("      secret: {env: WHOLELOG_CLIENT_SECRET}")
			}
		case "certificate":
			line("      certificate: %s", quote(or(a.SecretFile, "wholelog.pem")))
		}
		if a.Endpoint != "" || a.Login != "" {
			line("    graph: {endpoint: %s, login: %s}", quote(a.Endpoint), quote(a.Login))
		} else {
			line("    # graph: {without: [alerts]}   # collections; default all")
		}
	}
	line(`
# A second, independent path proves that nothing is missing: stream the same
# categories to an event hub or to a storage account as well.
# eventHubs:
#   - namespace: NAME.servicebus.windows.net   # Standard tier or better
#     hub: insights-logs-signinlogs
#     connectionString: {env: WHOLELOG_EVENTHUB}
# blobs:
#   - account: https://NAME.blob.core.windows.net
#     sas: {env: WHOLELOG_SAS}
# kubernetes:
#   - cluster: prod
#     webhook: true        # POST /v1/kube/prod, with a token of scope ingest
#     # log: /var/log/kubernetes/audit/audit.log`)
	if a.Folder != "" {
		line("folders:\n  - path: %s", quote(a.Folder))
	} else {
		line("# folders:\n#   - path: /var/spool/wholelog   # exports that are dropped there")
	}
	if a.Push {
		line("push: {enabled: true}   # POST /v1/ingest/TABLE, with a token of scope ingest")
	} else {
		line("# push: {enabled: true}   # POST /v1/ingest/TABLE, with a token of scope ingest")
	}
	line(`
# Detection rules run from the start. wholelog rules list shows them.
# rules:
#   folder: /etc/wholelog/rules   # your own rules and changes; default DATA/rules
#   without: [WL-APP-017]
# alerting: alerting.yaml         # who is told, in Alertmanager's format: docs/alerting.md`)
	return b.String()
}

func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
