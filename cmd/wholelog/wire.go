package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/graph"
)

func tokensPath(data string) string { return filepath.Join(data, "tokens.json") }

// wire makes the sources of a configuration. It makes no request. server says
// who may deliver; nil: nobody, for checking only.
func wire(c *config.Config, server *api.Server) ([]source.Source, api.Intakes, error) {
	w := &wiring{c: c, server: server, intakes: api.Intakes{}}
	for i := range c.Tenants {
		w.tenant(fmt.Sprintf("tenants[%d]", i), &c.Tenants[i])
	}
	for i := range c.EventHubs {
		w.hub(fmt.Sprintf("eventHubs[%d]", i), &c.EventHubs[i])
	}
	for i := range c.Blobs {
		w.blob(fmt.Sprintf("blobs[%d]", i), &c.Blobs[i])
	}
	for i := range c.Kubernetes {
		w.kube(fmt.Sprintf("kubernetes[%d]", i), &c.Kubernetes[i])
	}
	for i := range c.Folders {
		w.folder(fmt.Sprintf("folders[%d]", i), &c.Folders[i])
	}
	if c.Push.Enabled {
		w.push()
	}
	return w.sources, w.intakes, errors.Join(w.errs...)
}

type wiring struct {
	c       *config.Config
	server  *api.Server
	sources []source.Source
	intakes api.Intakes
	errs    []error
}

func (w *wiring) fail(at string, err error) { w.errs = append(w.errs, fmt.Errorf("%s: %w", at, err)) }

// tenant makes the sources that read a tenant by Graph.
func (w *wiring) tenant(at string, t *config.Tenant) {
	if t.Graph.Disabled {
		return
	}
	app, err := graphApp(w.c, t)
	if err != nil {
		w.fail(at, err)
		return
	}
	names := t.Graph.Collections
	if len(names) == 0 {
		names = graph.Names()
	}
	for _, n := range t.Graph.Without {
		if !slices.Contains(graph.Names(), n) {
			w.fail(at+".graph.without", fmt.Errorf("graph has no collection %q: use some of %s", n, strings.Join(graph.Names(), ", ")))
		}
	}
	for _, n := range names {
		if slices.Contains(t.Graph.Without, n) {
			continue
		}
		s, err := app.Source(n)
		if err != nil {
			w.fail(at+".graph", err)
			continue
		}
		w.sources = append(w.sources, s)
	}
}

// graphApp is the application by which a tenant is read.
func graphApp(c *config.Config, t *config.Tenant) (*graph.App, error) {
	cred, err := credential(t)
	if err != nil {
		return nil, err
	}
	o := graph.Options{Tenant: t.ID, Credential: cred, Base: t.Graph.Endpoint, Since: time.Duration(t.Graph.Since), V1: t.Graph.V1,
		Poll: time.Duration(t.Graph.Poll), Settle: time.Duration(t.Graph.Settle)}
	if o.Base == "" {
		o.Base = graph.Clouds[t.Cloud].Graph
	}
	if t.Licence == "free" {
		o.Retention = 7 * 24 * time.Hour
	}
	if len(c.Tenants) > 1 {
		o.Label = t.Name
	}
	return graph.New(o)
}

// credential makes a tenant's credential. It reads its secrets, and makes no
// request.
func credential(t *config.Tenant) (azcore.TokenCredential, error) {
	c := &t.Credential
	o := graph.CredentialOptions{Kind: c.Type, Tenant: t.ID, Client: c.Client, CertificateFile: c.Certificate, TokenFile: c.TokenFile, Login: t.Graph.Login}
	if o.Login == "" {
		o.Login = graph.Clouds[t.Cloud].Login
	}
	var err error
	if c.Secret != nil {
		if o.Secret, err = c.Secret.Value(); err != nil {
			return nil, fmt.Errorf("credential.secret: %w", err)
		}
	}
	if c.CertificatePass != nil {
		if o.Password, err = c.CertificatePass.Value(); err != nil {
			return nil, fmt.Errorf("credential.certificatePassword: %w", err)
		}
	}
	return graph.NewCredential(o)
}
