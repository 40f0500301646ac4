package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
)

// liveFlags are the flags of simulate live.
type liveFlags struct {
	listen, client, secretFile, history, latency, configFile, data string
	users                                                          int
	seed                                                           uint64
	speed, faults                                                  float64
	pathFlags
}

func newSimulateLive() *cobra.Command {
	var f liveFlags
	c := &cobra.Command{
		Use: "live", Short: "Serve a tenant that does not exist as Microsoft's services would", Args: cobra.NoArgs,
		Long: `Serves a simulated tenant on this machine: Microsoft Graph and its login
service, over plain HTTP on loopback, and with other flags the same events on
further paths. Events happen as time passes. --write-config writes what serve
needs to collect exactly what is simulated.

  wholelog simulate live --write-config sim.yaml &
  wholelog serve -c sim.yaml

--history is how much has already happened at the start. --speed-up lets the
tenant begin that long ago and run faster until it has caught up with the clock.
--faults is the share of requests that the service treats as Graph does on a
bad day: throttled, cut off, out of order, with pages that expire.

--event-hubs also runs a Kafka broker with a hub for each diagnostic category,
--blob appends to the containers of a storage account such as Azurite's, and a
cluster's API server posts its audit events to --kube-webhook or writes them to
--kube-log (else its requests come by hub and container, as those of AKS do). The
paths have the same events, so that serve can compare them:

  wholelog simulate live --write-config sim.yaml --event-hubs 127.0.0.1:0 \
      --kube-webhook http://127.0.0.1:8420/v1/kube/prod-1 --kube-token sim.token &
  wholelog token add simulated --scope ingest --data wholelog-data > sim.token
  wholelog serve -c sim.yaml

--arm serves the tenant's diagnostic settings at the same address:

  wholelog doctor -c sim.yaml --arm-endpoint http://127.0.0.1:8421`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), cmd) },
	}
	fs := c.Flags()
	fs.StringVar(&f.listen, "listen", "127.0.0.1:8421", "address; loopback only")
	fs.IntVar(&f.users, "tenant-users", 500, "people in the tenant")
	fs.Uint64Var(&f.seed, "seed", 1, "seed of the tenant")
	fs.StringVar(&f.history, "history", "1d", "how far back the tenant's history goes")
	fs.StringVar(&f.latency, "latency", "", "from an event until Graph and the hubs give it (default as the services' own: minutes, some a day)")
	fs.StringVar(&f.hubs, "event-hubs", "", "serve event hubs at this address, loopback only")
	fs.StringVar(&f.blob, "blob", "", "write to the containers of this storage account, such as http://127.0.0.1:10000/devstoreaccount1")
	fs.StringVar(&f.blobSecret, "blob-connection", "", "file with the connection string of --blob")
	fs.StringVar(&f.webhook, "kube-webhook", "", "post a cluster's audit events to serve, such as http://127.0.0.1:8420/v1/kube/prod-1")
	fs.StringVar(&f.token, "kube-token", "", "file with the token for --kube-webhook; it may come later")
	fs.StringVar(&f.log, "kube-log", "", "write a cluster's audit events to this file, and rotate it")
	fs.BoolVar(&f.arm, "arm", false, "serve diagnostic settings as Azure Resource Manager does, for doctor")
	fs.Float64Var(&f.speed, "speed-up", 1, "begin --history ago and run this many times faster until now")
	fs.Float64Var(&f.faults, "faults", 0, "share of requests with faults, 0 to 0.5")
	fs.StringVar(&f.client, "client", "99999999-0000-4000-8000-000000000001", "application id that may sign in")
	fs.StringVar(&f.secretFile, "secret-file", "", "file with the client secret (default: one is made beside --write-config)")
	fs.StringVar(&f.configFile, "write-config", "", "write a configuration for serve, and the secret, there")
	fs.StringVar(&f.data, "data", "", "data folder that the configuration names (default wholelog-data)")
	return c
}

func (f *liveFlags) run(ctx context.Context, cmd *cobra.Command) error {
	host, _, err := net.SplitHostPort(f.listen)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError{errors.New("--listen must be an address of this machine alone, such as 127.0.0.1:8421")}
	}
	history, err := config.ParseDuration(f.history)
	if err != nil {
		return usageError{fmt.Errorf("--history: %w", err)}
	}
	if f.speed < 1 || f.faults < 0 || f.faults > 0.5 || f.users < 1 {
		return usageError{errors.New("--speed-up must be at least 1, --faults between 0 and 0.5, --tenant-users at least 1")}
	}
	o := sim.LiveOptions{Users: f.users, Seed: f.seed}
	if f.latency != "" {
		d, err := config.ParseDuration(f.latency)
		if err != nil {
			return usageError{fmt.Errorf("--latency: %w", err)}
		}
		o.Graph = sim.Latency{Min: d / 2, Max: d}
		o.Hub = o.Graph
	}
	secret, err := f.secret()
	if err != nil {
		return err
	}
	began := time.Now().UTC()
	from := began.Add(-history)
	o.Start = from.Truncate(24 * time.Hour)
	now := time.Now
	if f.speed > 1 {
		now = func() time.Time {
			real := time.Now()
			if v := from.Add(time.Duration(float64(real.Sub(began)) * f.speed)); v.Before(real) {
				return v
			}
			return real
		}
	}
	live := sim.NewLive(o)
	share := f.faults
	server := graphsim.New(graphsim.Options{Tenant: live.Tenant(), ClientID: f.client, Secret: secret, Now: now, Seed: f.seed, Limits: true,
		Faults: graphsim.Faults{Throttled: share / 4, Unsaid: share / 8, Broken: share / 4, Dropped: share / 8, Cut: share / 8, Expired: share / 8, Repeated: share, Shuffled: share, LeftOut: share / 10}})
	server.Follow(live, from)
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("simulated tenant: %w", err)
	}
	base := "http://" + l.Addr().String()
	others, err := f.start(o, live.Tenant(), from, now, f.configFile, cmd.ErrOrStderr())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer others.stop()
	if f.configFile != "" {
		text := config.Template(config.Answers{Tenant: live.Tenant(), Client: f.client, Credential: "secret", SecretFile: secretBeside(f), Data: f.data, Endpoint: base, Login: base})
		if others.listen != "" {
			text = strings.Replace(text, "listen: "+config.DefaultListen, "listen: "+others.listen, 1)
		}
		if err := writeWhole(f.configFile, text+others.config.String()); err != nil {
			return errors.Join(fmt.Errorf("configuration: %w", err), l.Close())
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "tenant %s with %d people on %s\n", live.Tenant(), f.users, base)
	for _, text := range others.said {
		fmt.Fprintln(cmd.OutOrStdout(), text)
	}
	var handler http.Handler = server
	if f.arm {
		handler = withManager(server, f.manager(live.Cluster()))
		fmt.Fprintf(cmd.OutOrStdout(), "diagnostic settings: wholelog doctor --arm-endpoint %s --aks %s\n", base, live.Cluster())
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped, followed := make(chan error, 1), make(chan error, 1)
	go func() { stopped <- s.Serve(l) }()
	go func() { followed <- others.follow(ctx) }()
	select {
	case err = <-stopped:
		cancel()
		return errors.Join(err, <-followed)
	case err = <-followed:
	}
	return errors.Join(err, s.Close())
}

// writeWhole writes a file that nobody sees half of.
func writeWhole(path, text string) error {
	part := path + ".part"
	if err := os.WriteFile(part, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// withManager serves Azure Resource Manager beside Graph: their paths differ.
func withManager(graph, manager http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.ToLower(r.URL.Path)
		if strings.HasPrefix(path, "/providers/") || strings.HasPrefix(path, "/subscriptions/") {
			manager.ServeHTTP(w, r)
			return
		}
		graph.ServeHTTP(w, r)
	})
}

// secret reads the client secret, or makes one beside the configuration.
func (f *liveFlags) secret() (string, error) {
	s := &config.Secret{File: secretBeside(f)}
	if f.secretFile == "" {
		if f.configFile == "" {
			return "", usageError{errors.New("--secret-file names a file with the client secret, or --write-config where to write one")}
		}
		if err := os.WriteFile(s.File, []byte("simulated-"+rand16()), 0o600); err != nil {
			return "", fmt.Errorf("client secret: %w", err)
		}
	}
	return s.Value()
}

func secretBeside(f *liveFlags) string {
	path := f.secretFile
	if path == "" {
		path = f.configFile + ".secret"
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func rand16() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}
