package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/source/graph"
)

// Options say what to look at.
type Options struct {
	Config  *config.Config
	Tenants []*config.Tenant // of Config; nil: all
	// Credential makes a tenant's credential; it makes no request.
	Credential func(*config.Tenant) (azcore.TokenCredential, error)
	ARM        string   // another address of Azure Resource Manager; "": the cloud's
	AKS        []string // resource ids of clusters of the one tenant looked at
	Enable     *Enable  // prepare this change and look at nothing else

	HTTP  *http.Client
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// arm is where Azure Resource Manager of a cloud is, and for whom its tokens
// are (as the Azure SDK for Go has it).
var arm = map[string]struct{ base, audience string }{
	"public":    {"https://management.azure.com", "https://management.core.windows.net/"},
	"usgov":     {"https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net/"},
	"usgov-dod": {"https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net/"},
	"china":     {"https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn/"},
}

var clusterID = regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w().-]{1,90}/providers/Microsoft\.ContainerService/managedClusters/([\w-]{1,63})$`)

// Run looks at the tenants. An error is one of the call; what is wrong with a
// tenant is a finding.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	c := http.Client{}
	if o.HTTP != nil {
		c = *o.HTTP
	}
	// A redirect would take the token to another address.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.HTTP = &c
	if o.Tenants == nil {
		for i := range o.Config.Tenants {
			o.Tenants = append(o.Tenants, &o.Config.Tenants[i])
		}
	}
	if len(o.Tenants) == 0 {
		return nil, errors.New("the configuration names no tenant: there is nothing to look at")
	}
	if len(o.Tenants) > 1 && (len(o.AKS) > 0 || o.Enable != nil) {
		return nil, errors.New("there are several tenants: say with --tenant which one --aks or --enable is about")
	}
	for _, id := range o.AKS {
		if !clusterID.MatchString(id) {
			return nil, fmt.Errorf("%q is no cluster's resource id: `az aks show -g GROUP -n NAME --query id -o tsv` prints it", id)
		}
	}
	r := &Report{}
	for _, t := range o.Tenants {
		l, err := newLook(&o, t)
		if err != nil {
			return nil, err
		}
		if o.Enable != nil {
			r.Plan, err = l.plan(ctx, o.Enable)
		} else {
			err = l.all(ctx)
		}
		if err != nil {
			return nil, err
		}
		r.Tenants = append(r.Tenants, l.Tenant)
	}
	r.OK = r.Count(Fail) == 0
	return r, nil
}

// newLook makes what is needed to look at one tenant.
func newLook(o *Options, t *config.Tenant) (*look, error) {
	l := &look{o: o, t: t, Tenant: Tenant{Name: t.Label(), ID: t.ID, Findings: []Finding{}}}
	base := t.Graph.Endpoint
	if base == "" {
		base = graph.Clouds[t.Cloud].Graph
	}
	base, err := address("graph.endpoint", base)
	if err != nil {
		return nil, err
	}
	l.graph = &service{base: base, scope: base + "/.default"}
	l.arm = &service{base: arm[t.Cloud].base, scope: arm[t.Cloud].audience + "/.default"}
	if o.ARM != "" {
		if base, err = address("--arm-endpoint", o.ARM); err != nil {
			return nil, err
		}
		l.arm = &service{base: base, scope: base + "/.default"}
	}
	l.c = &client{http: o.HTTP, sleep: o.Sleep, now: o.Now, paces: map[string]*pace{
		reports:    {starts: make([]time.Time, 5), per: 10500 * time.Millisecond},
		protection: {starts: make([]time.Time, 1), per: 1100 * time.Millisecond},
	}}
	return l, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
