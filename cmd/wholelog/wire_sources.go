package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/source/blob"
	"github.com/wholelog/wholelog/internal/source/eventhub"
	"github.com/wholelog/wholelog/internal/source/intake"
	"github.com/wholelog/wholelog/internal/source/kube"
	"github.com/wholelog/wholelog/internal/source/push"
	"github.com/wholelog/wholelog/internal/source/watch"
)

// tenantOf is the id of a tenant that a source names, and its credential where
// the source has no other way in.
func (w *wiring) tenantOf(name string, needed bool) (id string, cred azcore.TokenCredential, err error) {
	if id, err = w.c.TenantID(name); err != nil || !needed {
		return id, nil, err
	}
	t, err := w.c.Tenant(name)
	if err != nil {
		return "", nil, err
	}
	if t == nil {
		return "", nil, errors.New("names no tenant whose credential it could use")
	}
	cred, err = credential(t)
	return id, cred, err
}

func (w *wiring) hub(at string, h *config.EventHub) {
	o := eventhub.Options{Hub: h.Hub, Namespace: h.Namespace, Brokers: h.Brokers, Group: h.Group, Plaintext: h.PlainText}
	if h.Name != h.Hub {
		o.Label = h.Name
	}
	var err error
	if h.ConnectionString != nil {
		if o.ConnectionString, err = h.ConnectionString.Value(); err != nil {
			w.fail(at+".connectionString", err)
			return
		}
	}
	if o.Tenant, o.Credential, err = w.tenantOf(h.Tenant, h.ConnectionString == nil && !h.PlainText); err != nil {
		w.fail(at, err)
		return
	}
	s, err := eventhub.New(o)
	if err != nil {
		w.fail(at, err)
		return
	}
	w.sources = append(w.sources, s)
}

func (w *wiring) blob(at string, b *config.Blob) {
	o := blob.Options{Account: b.Account, Containers: b.Containers, Label: b.Name, Since: time.Duration(b.Since), Poll: time.Duration(b.Poll)}
	for _, v := range []struct {
		name string
		from *config.Secret
		to   *string
	}{{"connectionString", b.ConnectionString, &o.ConnectionString}, {"key", b.Key, &o.SharedKey}, {"sas", b.SAS, &o.SAS}} {
		if v.from == nil {
			continue
		}
		var err error
		if *v.to, err = v.from.Value(); err != nil {
			w.fail(at+"."+v.name, err)
			return
		}
	}
	var err error
	if o.Tenant, o.Credential, err = w.tenantOf(b.Tenant, b.ConnectionString == nil && b.Key == nil && b.SAS == nil); err != nil {
		w.fail(at, err)
		return
	}
	s, err := blob.New(o)
	if err != nil {
		w.fail(at, err)
		return
	}
	w.sources = append(w.sources, s)
}

func (w *wiring) kube(at string, k *config.Kubernetes) {
	tenant, err := w.c.TenantID(k.Tenant)
	if err != nil {
		w.fail(at, err)
		return
	}
	if k.Log != "" {
		s, err := kube.NewTail(kube.TailOptions{Cluster: k.Cluster, Path: k.Log, Tenant: tenant})
		if err != nil {
			w.fail(at, err)
			return
		}
		w.sources = append(w.sources, s)
	}
	if !k.Webhook {
		return
	}
	s, err := kube.NewWebhook(kube.Options{Label: k.Cluster, Cluster: k.Cluster, Tenant: tenant, Authorize: w.ingestors()})
	if err != nil {
		w.fail(at, err)
		return
	}
	if w.intakes.Kube == nil {
		w.intakes.Kube = map[string]http.Handler{}
	}
	w.intakes.Kube[k.Cluster] = s
	w.sources = append(w.sources, s)
}

func (w *wiring) folder(at string, f *config.Folder) {
	tenant, err := w.c.TenantID(f.Tenant)
	if err != nil {
		w.fail(at, err)
		return
	}
	name := f.Name
	if name == "" {
		name = "folder"
	}
	s, err := watch.New(watch.Options{Label: name, Folders: []string{f.Path}, Tenant: tenant, Rest: time.Duration(f.Rest)})
	if err != nil {
		w.fail(at, err)
		return
	}
	w.sources = append(w.sources, s)
}

// bulk are limits with which a forwarder that sends all it has is taken at the
// rate of an import: pages as large as an import's batches, and room for two.
var bulk = intake.Limits{MaxMemory: 256 << 20, MaxPage: 96 << 20}

func (w *wiring) push() {
	tenant, err := w.c.TenantID(w.c.Push.Tenant)
	if err != nil {
		w.fail("push", err)
		return
	}
	s, err := push.New(push.Options{Limits: bulk, Tenant: tenant, Authorize: w.ingestors()})
	if err != nil {
		w.fail("push", err)
		return
	}
	w.intakes.Push = s
	w.sources = append(w.sources, s)
}

// ingestors says who may deliver: whom the server knows, or nobody where the
// configuration is only checked.
func (w *wiring) ingestors() func(*http.Request) (string, int) {
	if w.server == nil {
		return func(*http.Request) (string, int) { return "", http.StatusServiceUnavailable }
	}
	return w.server.For(auth.Ingest)
}
