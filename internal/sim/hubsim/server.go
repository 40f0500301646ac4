package hubsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/wholelog/wholelog/internal/sim"
)

// Options say what to serve. The zero value serves on any free port of
// loopback, without login.
type Options struct {
	Tenant     sim.LiveOptions
	From       time.Time // events before it are in no hub
	NoCluster  bool      // leave out cluster requests: see sim.DeliveredEntra
	Address    string    // host:port, loopback only; "": 127.0.0.1:0
	Partitions int32     // of each hub; 0: 4
	// ConnectionString is what readers log in with; "": no login.
	ConnectionString string
	Tick             time.Duration // from one look for events to the next; 0: a second

	// Now is the tenant's clock, Sleep waits in real time; nil: the real ones.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// Server is the broker and what fills its hubs.
type Server struct {
	o       Options
	feed    *sim.Feed
	cluster *kfake.Cluster
	client  *kgo.Client
	next    map[string]int32 // partition of a hub's next message
}

// Hub is what Azure Monitor calls the hub of a category.
func Hub(category string) string { return "insights-logs-" + strings.ToLower(category) }

// Hubs are the names of all hubs.
func Hubs() []string {
	list := sim.Categories()
	for i := range list {
		list[i] = Hub(list[i])
	}
	return list
}

// versions are those of requests that Event Hubs knows; it has no topic ids.
func versions() *kversion.Versions {
	v := kversion.V2_7_0()
	v.SetMaxKeyVersion(37, 3)
	return v
}

// New starts the broker, with empty hubs. The caller closes it.
func New(o Options) (*Server, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(o.Address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("simulated event hubs: %q is no address of this machine alone: use 127.0.0.1:PORT", o.Address)
	}
	if o.Partitions <= 0 {
		o.Partitions = 4
	}
	if o.Tick <= 0 {
		o.Tick = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	due := sim.Delivered
	if o.NoCluster {
		due = sim.DeliveredEntra
	}
	s := &Server{o: o, feed: sim.NewFeed(o.Tenant, o.From, due), next: map[string]int32{}}
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(o.Partitions, Hubs()...), kfake.MaxVersions(versions()),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, o.Address) })}
	if o.ConnectionString != "" {
		opts = append(opts, kfake.EnableSASL(), kfake.Superuser("PLAIN", "$ConnectionString", o.ConnectionString))
	}
	if s.cluster, err = kfake.NewCluster(opts...); err != nil {
		return nil, fmt.Errorf("simulated event hubs: %w", err)
	}
	copts := []kgo.Opt{kgo.SeedBrokers(s.cluster.ListenAddrs()...), kgo.MaxVersions(versions()), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0), kgo.ProducerBatchMaxBytes(2 << 20), kgo.DisableClientMetrics()}
	if o.ConnectionString != "" {
		copts = append(copts, kgo.SASL(plain.Auth{User: "$ConnectionString", Pass: o.ConnectionString}.AsMechanism()))
	}
	if s.client, err = kgo.NewClient(copts...); err != nil {
		s.cluster.Close()
		return nil, fmt.Errorf("simulated event hubs: %w", err)
	}
	return s, nil
}

// Address is where the broker listens.
func (s *Server) Address() string { return s.cluster.ListenAddrs()[0] }

// Close ends the broker; what its hubs held is gone.
func (s *Server) Close() {
	s.client.Close()
	s.cluster.Close()
}

// Run fills the hubs until ctx ends, which is no error.
func (s *Server) Run(ctx context.Context) error {
	for {
		more, err := s.Step(ctx)
		if err == nil && !more {
			err = s.o.Sleep(ctx, s.o.Tick)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

// Step puts what is due into the hubs, and says whether there is more of the
// past.
func (s *Server) Step(ctx context.Context) (more bool, err error) {
	events, more := s.feed.Next(s.o.Now())
	var list []*kgo.Record
	for _, m := range messages(events) {
		hub := Hub(m.category)
		list = append(list, &kgo.Record{Topic: hub, Partition: s.next[hub], Value: m.value})
		s.next[hub] = (s.next[hub] + 1) % s.o.Partitions
	}
	if len(list) == 0 {
		return more, nil
	}
	if err := s.client.ProduceSync(ctx, list...).FirstErr(); err != nil {
		return more, errors.Join(ctx.Err(), fmt.Errorf("simulated event hubs: %w", err))
	}
	return more, nil
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
