package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/armsim"
	"github.com/wholelog/wholelog/internal/sim/blobsim"
	"github.com/wholelog/wholelog/internal/sim/hubsim"
	"github.com/wholelog/wholelog/internal/sim/kubesim"
)

// pathFlags are those of the paths beside Microsoft Graph.
type pathFlags struct {
	hubs                 string // address of the broker
	blob, blobSecret     string
	webhook, token, log  string
	arm                  bool
	connectionStringFile string // of the hubs, beside the configuration
}

// simulatedCluster is what the tenant's cluster is called where no webhook's
// address names it.
const simulatedCluster = "prod-1"

// ownCluster says that the cluster delivers its audit log itself, instead of
// by a diagnostic setting.
func (f *pathFlags) ownCluster() bool { return f.webhook != "" || f.log != "" }

// Sizes of a simulated audit log: small, so that its rotation is seen.
const (
	auditLogSize  = 8 << 20
	auditLogFiles = 20
)

// paths are the services beside Graph that run.
type paths struct {
	run    []func(context.Context) error
	close  []func()
	config strings.Builder // their part of serve's configuration
	listen string          // where serve must listen for the webhook; "": anywhere
	said   []string        // what a person is told at the start
}

// start starts the services that were asked for. Each has a tenant of its own,
// with the same events.
func (f *pathFlags) start(o sim.LiveOptions, tenant string, from time.Time, now func() time.Time, configFile string, w io.Writer) (p *paths, err error) {
	p = &paths{}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	var mu sync.Mutex
	notice := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, text)
	}
	if f.hubs != "" {
		if configFile == "" {
			return p, usageError{errors.New("--event-hubs needs --write-config: beside it lies the connection string to log in with")}
		}
		f.connectionStringFile = beside(configFile, ".hubs")
		login := "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=listen;SharedAccessKey=" + rand16()
		if err := os.WriteFile(f.connectionStringFile, []byte(login), 0o600); err != nil {
			return p, fmt.Errorf("connection string: %w", err)
		}
		s, err := hubsim.New(hubsim.Options{Tenant: o, From: from, NoCluster: f.ownCluster(), Address: f.hubs, ConnectionString: login, Now: now})
		if err != nil {
			return p, err
		}
		p.run, p.close = append(p.run, s.Run), append(p.close, s.Close)
		p.line("eventHubs:")
		for _, hub := range hubsim.Hubs() {
			if f.ownCluster() && hub == hubsim.Hub("kube-audit") {
				continue // stays empty
			}
			p.line("  - {hub: %s, brokers: ['%s'], plainText: true, connectionString: {file: '%s'}, tenant: %s}", hub, s.Address(), quoted(f.connectionStringFile), tenant)
		}
		p.said = append(p.said, fmt.Sprintf("event hubs on %s", s.Address()))
	}
	if f.blob != "" {
		secret, err := (&config.Secret{File: f.blobSecret}).Value()
		if f.blobSecret == "" || err != nil {
			return p, usageError{fmt.Errorf("--blob-connection names a file with the account's connection string: %w", err)}
		}
		s, err := blobsim.New(blobsim.Options{Tenant: o, From: from, NoCluster: f.ownCluster(), Account: f.blob, ConnectionString: secret, Now: now, Notice: notice})
		if err != nil {
			return p, usageError{err}
		}
		p.run = append(p.run, s.Run)
		p.line("blobs:\n  - {name: simulated, connectionString: {file: '%s'}, tenant: %s, poll: 10s}", quoted(beside(f.blobSecret, "")), tenant)
		p.said = append(p.said, "containers insights-logs-* in "+f.blob)
	}
	return p, f.kubernetes(p, o, tenant, from, now, notice)
}

func (f *pathFlags) kubernetes(p *paths, o sim.LiveOptions, tenant string, from time.Time, now func() time.Time, notice func(string)) error {
	if f.webhook == "" && f.log == "" {
		return nil
	}
	cluster := simulatedCluster
	p.line("kubernetes:")
	entry := ""
	if f.webhook != "" {
		if f.token == "" {
			return usageError{errors.New("--kube-token names a file with a token of serve: wholelog token add simulated --scope ingest --data DIR > FILE")}
		}
		s, err := kubesim.NewWebhook(kubesim.WebhookOptions{Tenant: o, From: from, URL: f.webhook, Now: now, Wait: 5 * time.Second, Backoff: time.Second, Notice: notice,
			Token: func() (string, error) { return (&config.Secret{File: f.token}).Value() }})
		if err != nil {
			return usageError{err}
		}
		u, err := url.Parse(f.webhook)
		if err != nil {
			return usageError{fmt.Errorf("--kube-webhook: %w", err)}
		}
		cluster, p.listen = path.Base(u.Path), u.Host
		p.run = append(p.run, s.Run)
		entry += ", webhook: true"
		p.said = append(p.said, fmt.Sprintf("cluster %s posts to %s", cluster, f.webhook))
	}
	if f.log != "" {
		s, err := kubesim.NewLog(kubesim.LogOptions{Tenant: o, From: from, Path: f.log, MaxSize: auditLogSize, Backups: auditLogFiles, Now: now})
		if err != nil {
			return usageError{err}
		}
		p.run = append(p.run, s.Run)
		entry += fmt.Sprintf(", log: '%s'", quoted(beside(f.log, "")))
		p.said = append(p.said, fmt.Sprintf("cluster %s writes to %s", cluster, f.log))
	}
	p.line("  - {cluster: %s, tenant: %s%s}", cluster, tenant, entry)
	return nil
}

func (p *paths) line(format string, args ...any) { fmt.Fprintf(&p.config, format+"\n", args...) }

func (p *paths) stop() {
	for _, c := range p.close {
		c()
	}
}

// follow runs the services until ctx ends or one fails.
func (p *paths) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, run := range p.run {
		wg.Go(func() {
			if err := run(ctx); err != nil {
				cancel(err)
			}
		})
	}
	<-ctx.Done()
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// manager is Azure Resource Manager with a diagnostic setting for what is
// simulated.
func (f *pathFlags) manager(cluster string) *armsim.Server {
	s := armsim.New(armsim.Options{Token: func(token string) bool { return strings.HasPrefix(token, "eyJ") }})
	const group = "/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/audit/providers/"
	var p armsim.Properties
	if f.hubs != "" {
		p.Rule = group + "Microsoft.EventHub/namespaces/simulated/authorizationRules/RootManageSharedAccessKey"
	}
	if f.blob != "" {
		p.Storage = group + "Microsoft.Storage/storageAccounts/simulated"
	}
	if p.Rule == "" && p.Storage == "" {
		return s
	}
	entra := p
	for _, c := range armsim.Categories {
		entra.Logs = append(entra.Logs, armsim.Entry{Category: c, Enabled: simulated(c)})
	}
	s.Put(armsim.Tenant, "simulated", entra)
	if f.ownCluster() {
		return s
	}
	p.Logs = []armsim.Entry{{Category: "kube-audit", Enabled: true}}
	s.Put(cluster, "simulated", p)
	return s
}

func simulated(category string) bool {
	for _, c := range sim.Categories() {
		if c == category {
			return true
		}
	}
	return false
}

// beside is a file's path with an ending, from the root on.
func beside(file, ending string) string {
	if abs, err := filepath.Abs(file + ending); err == nil {
		return abs
	}
	return file + ending
}

func quoted(s string) string { return strings.ReplaceAll(s, "'", "''") }
