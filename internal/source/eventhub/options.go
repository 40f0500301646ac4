package eventhub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/source"
)

// Begin says where a source starts that has no cursor yet.
type Begin string

const (
	Earliest  Begin = "earliest"  // the oldest message that the hub still has; the default
	Latest    Begin = "latest"    // what comes from now on
	Committed Begin = "committed" // what the group has committed, else the oldest
)

// Options say which hub to follow. A hub and either a connection string, or a
// namespace and a credential, are what Event Hubs needs; the rest has defaults.
type Options struct {
	Hub              string                 // name of the hub; "": the EntityPath of the connection string
	Namespace        string                 // host name, such as contoso.servicebus.windows.net; "": the connection string's
	ConnectionString string                 // a secret, of the namespace or of the hub: it needs the claim Listen
	Credential       azcore.TokenCredential // instead of it: it needs the role Azure Event Hubs Data Receiver
	Brokers          []string               // host:port of brokers that are not a namespace's
	Label            string                 // tells hubs of one name in several namespaces apart; part of the source's name
	Tenant           string                 // put on records that do not name their tenant
	Group            string                 // gets the offsets, for monitoring; "": "wholelog"; "-": none
	Begin            Begin                  // "": Earliest

	TLS       *tls.Config // nil: the system's certificates
	Plaintext bool        // no TLS; secrets then go to loopback addresses only
	// Dial makes connections, without TLS; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	PageRecords int           // records of a page; 0: 5,000
	PageBytes   int           // bytes of a page's records; 0: 4 MiB
	FetchBytes  int           // bytes that a broker is asked for at a time; 0: 4 MiB
	MaxBatch    int           // bytes that a batch may unpack to; 0: 64 MiB
	MaxWait     time.Duration // that a broker may hold a fetch while nothing comes; 0: a second
	Timeout     time.Duration // of a request beyond MaxWait; 0: a minute, as Event Hubs asks for
	Refresh     time.Duration // from one look at partitions and offsets to the next; 0: 30 seconds
	Commit      time.Duration // from one commit to the next at most; 0: 5 seconds
	Wait        time.Duration // after a first failure; it doubles up to 300 times this; 0: a second

	// Now and Sleep are the clock; nil: the real one. Jitter is a random
	// number in [0, 1).
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Jitter func() float64
}

// Source follows one hub, with all of its partitions.
type Source struct {
	o        Options
	name     string
	seeds    []string // host:port
	password string   // of SASL PLAIN; "": none
	azure    bool     // the brokers are those of a namespace
}

// New checks the options. It makes no connection. Its errors hold no part of a
// connection string.
func New(o Options) (*Source, error) {
	s := &Source{}
	if o.ConnectionString != "" {
		if o.Credential != nil {
			return nil, errors.New("eventhub: give a connection string or a credential, not both")
		}
		c, err := parseConnection(o.ConnectionString)
		if err != nil {
			return nil, fmt.Errorf("eventhub: %w", err)
		}
		s.password = strings.TrimSpace(o.ConnectionString)
		if o.Hub == "" {
			o.Hub = c.hub
		} else if c.hub != "" && !strings.EqualFold(o.Hub, c.hub) {
			return nil, fmt.Errorf("eventhub: the connection string is one of hub %q and opens no other: for %q take the namespace's or that hub's", c.hub, o.Hub)
		}
		if o.Namespace == "" && len(o.Brokers) == 0 {
			if o.Namespace = c.host; c.emulator {
				o.Namespace, o.Plaintext, o.Brokers = "", true, []string{withPort(c.host, "9092")}
			}
		}
	}
	if o.Hub == "" {
		return nil, errors.New("eventhub: the hub's name is missing: Azure Monitor calls it insights-logs-<category> unless the diagnostic setting names one")
	}
	if strings.ContainsAny(o.Hub, "/\\ \t\r\n") || len(o.Hub) > 256 {
		return nil, fmt.Errorf("eventhub: %.64q is no name of a hub", o.Hub)
	}
	if err := s.address(&o); err != nil {
		return nil, err
	}
	if s.azure && s.password == "" && o.Credential == nil {
		return nil, errors.New("eventhub: a namespace needs a connection string or a credential")
	}
	if o.Credential != nil && o.Namespace == "" {
		return nil, errors.New("eventhub: a credential needs the namespace, for which the token is made out")
	}
	switch o.Begin {
	case "":
		o.Begin = Earliest
	case Earliest, Latest, Committed:
	default:
		return nil, fmt.Errorf("eventhub: it can begin at %s, %s or %s, not at %q", Earliest, Latest, Committed, o.Begin)
	}
	defaults(&o)
	if o.Begin == Committed && o.Group == "" {
		return nil, errors.New("eventhub: to begin at committed offsets, name the group that committed them")
	}
	s.o = o
	s.name = "eventhub:" + o.Hub
	if o.Label != "" {
		s.name = "eventhub:" + o.Label + "/" + o.Hub
	}
	return s, nil
}

// address finds out where the brokers are.
func (s *Source) address(o *Options) error {
	o.Namespace = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(o.Namespace, "sb://"), "/"))
	o.Brokers = slices.Clone(o.Brokers)
	switch {
	case len(o.Brokers) > 0:
		for i, b := range o.Brokers {
			o.Brokers[i] = withPort(b, "9093")
		}
		s.seeds = o.Brokers
	case o.Namespace != "":
		s.azure = true
		s.seeds = []string{withPort(o.Namespace, "9093")}
	default:
		return errors.New("eventhub: the namespace is missing, such as contoso.servicebus.windows.net")
	}
	for _, seed := range s.seeds {
		host, _, err := net.SplitHostPort(seed)
		if err != nil || host == "" || strings.ContainsAny(host, "/@ ") {
			return fmt.Errorf("eventhub: %.64q is no host:port", seed)
		}
		if s.azure && !strings.Contains(host, ".") && !loopback(host) {
			return fmt.Errorf("eventhub: %.64q is no full host name: give it with its domain, such as %.64s.servicebus.windows.net", host, host)
		}
		if o.Plaintext && (s.password != "" || o.Credential != nil) && !loopback(host) {
			return errors.New("eventhub: without TLS, a connection string or token would cross the network in the clear: only loopback addresses may go without")
		}
	}
	return nil
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

func defaults(o *Options) {
	count := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	span := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	count(&o.PageRecords, 5000)
	count(&o.PageBytes, 4<<20)
	count(&o.FetchBytes, 4<<20)
	count(&o.MaxBatch, 64<<20)
	span(&o.MaxWait, time.Second)
	span(&o.Timeout, time.Minute)
	span(&o.Refresh, 30*time.Second)
	span(&o.Commit, 5*time.Second)
	span(&o.Wait, time.Second)
	switch o.Group {
	case "":
		o.Group = "wholelog"
	case "-":
		o.Group = ""
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
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
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
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

// Name is "eventhub:" and the hub's name, with the label between them if there
// is one.
func (s *Source) Name() string { return s.name }

var _ source.Source = (*Source)(nil)
