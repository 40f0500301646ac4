package graph

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Options say what to collect from, and how. Only Tenant and Credential are
// needed; the rest has defaults that fit the service's documented limits.
type Options struct {
	Tenant     string // id; it is put on records, which do not name their tenant
	Credential azcore.TokenCredential
	Label      string // tells the sources of several tenants apart; part of their names

	Base string // of Graph, such as Clouds["usgov"].Graph; "": the public cloud
	HTTP *http.Client

	Since     time.Duration // how far back to begin; 0: as far as the service keeps
	Retention time.Duration // how long the service keeps sign-ins and audits; 0: 30 days (7 for a free tenant)
	V1        bool          // read interactive sign-ins from v1.0, which lacks the authentication details of beta

	Poll   time.Duration   // from one tail reading to the next; 0: a minute
	Settle time.Duration   // age at which time is read for good; 0: 15 minutes
	Step   time.Duration   // of settled time that is worth a reading; 0: 5 minutes
	Sweeps []time.Duration // ages at which time is read again; nil: 1, 6, 24 and 72 hours
	Target int             // records that a slice should hold; 0: 5,000

	MaxBody int64         // bytes of one page; 0: 64 MiB
	Timeout time.Duration // of one request; 0: 2 minutes
	Retry   time.Duration // while access is denied; 0: 15 minutes

	// Now and Sleep are the clock; nil: the real one. Jitter is a random
	// number in [0, 1).
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Jitter func() float64
}

// App is one application in one tenant. Its sources share its tokens and its
// request limits; they may run at the same time.
type App struct {
	o      Options
	http   *http.Client
	scope  string
	tokens tokens
	limits [3]*limit
}

// New checks the options. It makes no request.
func New(o Options) (*App, error) {
	if o.Tenant == "" || o.Credential == nil {
		return nil, errors.New("graph: a tenant id and a credential are needed")
	}
	o.Tenant = strings.ToLower(o.Tenant)
	if o.Base == "" {
		o.Base = Clouds["public"].Graph
	}
	o.Base = strings.TrimSuffix(o.Base, "/")
	u, err := url.Parse(o.Base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("graph: the base address must be https://HOST")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, errors.New("graph: the base address must be https: a token would cross the network in the clear")
	}
	defaults(&o)
	for i := 1; i < len(o.Sweeps); i++ {
		if o.Sweeps[i] <= o.Sweeps[i-1] {
			return nil, errors.New("graph: sweeps must be in rising order")
		}
	}
	if len(o.Sweeps) > 0 && o.Sweeps[0] <= o.Settle {
		return nil, fmt.Errorf("graph: the first sweep must come later than %v, when time is first read", o.Settle)
	}
	c := http.Client{}
	if o.HTTP != nil {
		c = *o.HTTP
	}
	// A redirect would take the token to another address.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := &App{o: o, http: &c, scope: u.Scheme + "://" + u.Host + "/.default"}
	// The documented limits, and a little: requests may be delayed differently
	// on their way and arrive closer together than they were sent.
	a.limits[reports] = newLimit(5, 10500*time.Millisecond)
	a.limits[protection] = newLimit(1, 1100*time.Millisecond)
	a.limits[security] = newLimit(10, 10500*time.Millisecond)
	return a, nil
}

func defaults(o *Options) {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&o.Retention, 30*day)
	set(&o.Poll, time.Minute)
	set(&o.Settle, 15*time.Minute)
	set(&o.Step, 5*time.Minute)
	set(&o.Timeout, 2*time.Minute)
	set(&o.Retry, 15*time.Minute)
	if o.Sweeps == nil {
		o.Sweeps = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 72 * time.Hour}
	}
	o.Sweeps = slices.Clone(o.Sweeps)
	if o.Target <= 0 {
		o.Target = 5000
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
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

// Source is the source of one collection: see Names.
func (a *App) Source(name string) (*Source, error) {
	for _, e := range endpoints {
		if e.name != name {
			continue
		}
		if name == "signIns" && a.o.V1 {
			e.beta = false
		}
		if e.retention == 0 {
			e.retention = a.o.Retention
		}
		full := "graph:" + name
		if a.o.Label != "" {
			full = "graph:" + a.o.Label + "/" + name
		}
		return &Source{app: a, ep: e, name: full, top: e.top}, nil
	}
	return nil, fmt.Errorf("graph has no collection %q: use one of %s", name, strings.Join(Names(), ", "))
}
