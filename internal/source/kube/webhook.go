package kube

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/intake"
)

// Prefix is where the webhook's paths begin.
const Prefix = "/v1/kube/"

// Codes of notices beside those of package intake.
const (
	OldVersion = "old-audit-version" // events of audit.k8s.io before v1
	NoEvents   = "no-event-list"     // something else than events is posted
)

// Options say what to take. Only Authorize is needed.
type Options struct {
	intake.Limits
	Label   string // tells several webhooks apart; part of the source's name
	Cluster string // the only cluster that is taken, and then Prefix alone is its path; "": any name in the path
	Tenant  string // put on records, which do not name their tenant
	// Authorize says who sends a request: see intake.Options, intake.Bearer and
	// intake.Certificate.
	Authorize func(*http.Request) (who string, status int)
	Now       func() time.Time // nil: the real clock
}

// Webhook is the handler of Prefix and the source of what it takes, called
// "kube" or "kube:LABEL".
type Webhook struct{ *intake.Intake }

// word is what a label or a cluster may be called: it becomes part of sources.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// NewWebhook checks the options.
func NewWebhook(o Options) (*Webhook, error) {
	for _, w := range []string{o.Label, o.Cluster} {
		if w != "" && !word.MatchString(w) {
			return nil, fmt.Errorf("kube: the name %q must be of letters, digits, dots and dashes", w)
		}
	}
	name := "kube"
	if o.Label != "" {
		name += ":" + o.Label
	}
	in, err := intake.New(intake.Options{Limits: o.Limits, Name: name, Tenant: o.Tenant, Authorize: o.Authorize, Now: o.Now,
		Route: func(r *http.Request) (intake.Route, error) { return route(o, name, r.URL.Path) }})
	if err != nil {
		return nil, fmt.Errorf("kube: %w", err)
	}
	return &Webhook{in}, nil
}

func route(o Options, name, path string) (intake.Route, error) {
	cluster, ok := strings.CutPrefix(path, Prefix)
	cluster = strings.TrimSuffix(cluster, "/")
	if cluster == "" || path == strings.TrimSuffix(Prefix, "/") {
		cluster, ok = o.Cluster, o.Cluster != ""
	}
	switch {
	case !ok, !word.MatchString(cluster):
		return intake.Route{}, &intake.Refusal{Status: http.StatusNotFound, Text: "audit events are posted to " + Prefix + "{cluster}, with a name of letters, digits, dots and dashes"}
	case o.Cluster != "" && cluster != o.Cluster:
		return intake.Route{}, &intake.Refusal{Status: http.StatusNotFound, Text: "this cluster is not taken here: compare the server's address in the kubeconfig with the configuration"}
	}
	from := name + "/" + cluster
	if o.Label == "" {
		from = name + ":" + cluster
	}
	return intake.Route{Table: "AKSAudit", Source: from, Look: func(head []byte) *source.Notice { return look(cluster, head) }}, nil
}

// look says what is unusual about a batch by how it begins. It is taken all the
// same.
func look(cluster string, head []byte) *source.Notice {
	switch {
	case len(bytes.TrimSpace(head)) == 0:
	case bytes.Contains(head, []byte(`"audit.k8s.io/v1beta1"`)), bytes.Contains(head, []byte(`"audit.k8s.io/v1alpha1"`)):
		return &source.Notice{Level: source.Warning, Code: OldVersion,
			Text: fmt.Sprintf("cluster %s sends events of audit.k8s.io before v1; they are kept, but some may not be understood: start its API server with --audit-webhook-version=audit.k8s.io/v1", cluster)}
	case !bytes.Contains(head, []byte("audit.k8s.io/")) && !bytes.Contains(head, []byte(`"auditID"`)):
		return &source.Notice{Level: source.Warning, Code: NoEvents,
			Text: fmt.Sprintf("cluster %s posts something else than audit events; it is kept: look whether an admission webhook points here", cluster)}
	}
	return nil
}
