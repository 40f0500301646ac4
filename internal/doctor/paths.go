package doctor

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/wholelog/wholelog/internal/config"
)

// container is the hub or container that Azure names after a category.
func container(category string) string { return "insights-logs-" + strings.ToLower(category) }

// fits reports whether a source that names a tenant, or none, is about this.
func (l *look) fits(tenant string) bool {
	id, err := l.o.Config.TenantID(tenant)
	return err == nil && (id == "" || id == l.t.ID)
}

// hubReads reports whether a configured hub reads what a destination gets of a
// category. Of a connection string only the place is known: the name decides.
func hubReads(h *config.EventHub, d destination, category string) bool {
	name := d.hub
	if name == "" {
		name = container(category)
	}
	namespace, _, _ := strings.Cut(strings.TrimPrefix(h.Namespace, "sb://"), ".")
	return d.kind == toHub && (h.Hub == "" || strings.EqualFold(h.Hub, name)) &&
		(namespace == "" || strings.EqualFold(namespace, resource(d.id, "namespaces")))
}

// blobReads is the same of a storage account.
func blobReads(b *config.Blob, d destination, category string) bool {
	if d.kind != toStorage {
		return false
	}
	if u, err := url.Parse(b.Account); err == nil && b.Account != "" {
		// https://NAME.blob.core.windows.net, or http://127.0.0.1:10000/NAME
		host, _, _ := strings.Cut(u.Host, ".")
		account := resource(d.id, "storageAccounts")
		if !strings.EqualFold(host, account) && !strings.EqualFold(path.Base(u.Path), account) {
			return false
		}
	}
	return len(b.Containers) == 0 || slices.ContainsFunc(b.Containers, func(pattern string) bool {
		ok, err := path.Match(pattern, container(category))
		return err == nil && ok
	})
}

// through are the configured sources that get a category by a setting, and the
// destinations that none reads.
func (l *look) through(s *setting, category string) (read, unread []string) {
	for _, d := range s.destinations() {
		n := len(read)
		for i := range l.o.Config.EventHubs {
			if h := &l.o.Config.EventHubs[i]; l.fits(h.Tenant) && hubReads(h, d, category) {
				read = append(read, "eventhub:"+h.Name)
			}
		}
		for i := range l.o.Config.Blobs {
			if b := &l.o.Config.Blobs[i]; l.fits(b.Tenant) && blobReads(b, d, category) {
				read = append(read, "blob:"+b.Name)
			}
		}
		if len(read) == n {
			unread = append(unread, d.String())
		}
	}
	return read, unread
}

// paths says of each configured hub and account whether a setting feeds it.
func (l *look) paths() {
	if !l.known {
		return
	}
	fed := map[string]bool{}
	for i := range l.settings {
		s := &l.settings[i]
		for _, e := range s.logs {
			names := []string{e.Category}
			if e.Group != "" {
				names = nil
				for _, c := range categories {
					names = append(names, c.name)
				}
			}
			for _, n := range names {
				if !e.Enabled {
					continue
				}
				read, _ := l.through(s, n)
				for _, r := range read {
					fed[r] = true
				}
			}
		}
	}
	check := func(name, tenant, what string) {
		switch {
		case !l.fits(tenant) || len(l.o.Config.Tenants) > 1 && tenant == "":
		case fed[name]:
			l.say(OK, "path", name, "fed", "a diagnostic setting of the tenant writes to it")
		case tenant == "":
			l.say(Warn, "path", name, "not-fed", "no diagnostic setting of the tenant writes to "+what+"; one of a resource, or of another tenant, may")
		default:
			l.say(Fail, "path", name, "not-fed", "no diagnostic setting of the tenant writes to "+what+": it will stay empty, unless one of a resource such as a cluster does", l.portal("the destination"))
		}
	}
	for i := range l.o.Config.EventHubs {
		h := &l.o.Config.EventHubs[i]
		check("eventhub:"+h.Name, h.Tenant, fmt.Sprintf("event hub %s %s", h.Namespace, h.Hub))
	}
	for i := range l.o.Config.Blobs {
		b := &l.o.Config.Blobs[i]
		check("blob:"+b.Name, b.Tenant, "storage account "+b.Name)
	}
}
