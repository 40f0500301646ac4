package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/collect"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/detect/backtest"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/own"
	"github.com/wholelog/wholelog/internal/store/duck"
)

func newServe() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "serve [-c FILE]", Short: "Collect, keep and answer, until stopped", Args: cobra.NoArgs,
		Long: `Runs collection, ledger, store and the API from one configuration file.

  wholelog init                 write a commented configuration
  wholelog check                check it, without any request
  wholelog serve                run; SIGHUP reads the configuration again
  wholelog status --data DIR    what is collected, and how complete it is

The command line talks to a running server over the socket in the data folder,
which only its owner can open; others need a token: wholelog token add.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := &server{path: configPath(path)}
			return s.run(cmd.Context())
		},
	}
	configFlag(c, &path)
	return c
}

// configFlag adds -c.
func configFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "config", "c", "", "configuration (default $WHOLELOG_CONFIG, ./wholelog.yaml, /etc/wholelog/wholelog.yaml)")
}

// configPath is the file to use if none is named.
func configPath(path string) string {
	if path != "" {
		return path
	}
	if path = os.Getenv("WHOLELOG_CONFIG"); path != "" {
		return path
	}
	const own, system = "wholelog.yaml", "/etc/wholelog/wholelog.yaml"
	if _, err := os.Stat(own); err != nil {
		if _, err := os.Stat(system); err == nil {
			return system
		}
	}
	return own
}

// server is a running `wholelog serve`.
type server struct {
	path   string
	cfg    *config.Config
	log    *slog.Logger
	in     *ingest.Ingest
	board  *ops.Board
	watch  *ops.Watcher
	api    *api.Server
	detect *detection
	reload chan chan error
	ready  atomic.Bool
	now    atomic.Pointer[config.Config] // in force
	url    atomic.Pointer[string]        // HOST:PORT that is listened on
	record func()                        // ends recording what people do; nil: it has not begun
}

func (s *server) run(ctx context.Context) (err error) {
	if s.cfg, err = config.Load(s.path); err != nil {
		return err
	}
	if s.log == nil {
		s.log = newLogger(s.cfg.Log)
	}
	for _, w := range s.cfg.Warnings() {
		s.log.Warn(w)
	}
	s.reload = make(chan chan error)
	s.board = ops.NewBoard(nil)
	s.in, err = ingest.OpenWith(ctx, s.cfg.Data, ingest.Options{Key: s.cfg.Key, Notice: func(text string) { s.log.Warn(text) },
		Store: duck.Options{Memory: s.cfg.Query.Memory, Threads: s.cfg.Query.Threads}})
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.in.Close(context.WithoutCancel(ctx)))
		s.log.Info("stopped")
	}()
	tokens, err := auth.Open(tokensPath(s.cfg.Data))
	if err != nil {
		return err
	}
	engine, err := query.New(ctx, s.in.Store, query.Options{Watchlists: s.cfg.Query.Watchlists, External: s.cfg.Query.External,
		Functions: filepath.Join(s.cfg.Data, "functions")})
	if err != nil {
		return err
	}
	q := &s.cfg.Query
	s.now.Store(s.cfg)
	journal := own.New(nil)
	o := api.Options{Engine: engine, Limits: query.Limits{Rows: q.MaxRows, Bytes: q.MaxBytes, Timeout: time.Duration(q.Timeout)}, Tokens: tokens,
		Metrics: ops.Registry(s.board, s.in), Status: s.status, Ready: s.isReady, Reload: s.askReload,
		Host: listenHost(s.cfg.Server.Listen), Hosts: s.cfg.Server.Hosts, Log: s.log}
	if err := s.forPeople(&o, journal); err != nil {
		return err
	}
	if s.api, err = api.New(o); err != nil {
		return err
	}
	sources, intakes, err := wire(s.cfg, s.api)
	if err != nil {
		return err
	}
	s.api.Take(intakes)
	s.watch, err = ops.NewWatcher(s.cfg.Data, s.in, s.board, s.tell)
	if err == nil {
		err = s.watch.Started(ctx)
	}
	if err != nil {
		return err
	}
	if s.detect, err = newDetection(ctx, s.cfg, s.in, engine, s.watch, s.log, journal); err != nil {
		return err
	}
	if book := s.detect.book; book != nil {
		s.api.Show(book)
		s.api.Backtests(func(ctx context.Context, a api.AskBacktest, progress func(done, all, alerts int)) (*backtest.Report, error) {
			return runBacktest(ctx, engine, book, a, progress)
		})
		s.api.Detect(s.shown())
	}
	sources = append(sources, s.detect.journal)
	web, err := listen(s.cfg, s.api, s.log)
	if err != nil {
		return errors.Join(err, s.detect.end())
	}
	s.url.Store(&web.at)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	watching, stopWatching := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() {
		s.watch.Run(watching, func(err error) { s.log.Error("looking for findings", "error", err) })
	})
	err = s.collect(ctx, sources, hup, web)
	stopWatching()
	watcher.Wait()
	return errors.Join(err, s.detect.end(), web.close())
}

// collect runs collectors, one after the other as the configuration changes,
// until ctx ends or nothing more can be kept.
func (s *server) collect(ctx context.Context, sources []source.Source, hup <-chan os.Signal, web *web) error {
	for {
		c, err := collect.New(s.in, filepath.Join(s.cfg.Data, "cursors"), collect.Options{Observer: s.board.Observer(s.observer()), Upkeep: s.upkeep, Stay: true})
		if err != nil {
			return err
		}
		var names []string
		for _, src := range sources {
			names = append(names, src.Name())
		}
		s.board.Expect(names)
		inner, stop := context.WithCancel(context.WithoutCancel(ctx))
		ended := make(chan error, 1)
		go func() { ended <- c.Run(inner, sources...) }()
		if s.detect.stop == nil {
			s.detect.start(context.WithoutCancel(ctx))
		}
		s.startRecording(context.WithoutCancel(ctx))
		s.ready.Store(true)
		s.log.Info("collecting", "data", s.cfg.Data, "sources", len(sources), "listen", web.address())
		notifySystemd("READY=1")
		s.greet()
		next, err := s.wait(ctx, hup, web, ended)
		// Requests that are being taken need the collector: they end first.
		if next == nil {
			s.ready.Store(false)
			notifySystemd("STOPPING=1")
			web.shutdown()
			s.record()
			// Rules record what they found: the collector must take that.
			err = errors.Join(err, s.detect.end())
		}
		stop()
		if err == nil {
			err = <-ended
		}
		if err != nil || next == nil {
			return err
		}
		s.cfg, sources = next.cfg, append(next.sources, s.detect.journal)
		s.now.Store(s.cfg)
		s.api.Take(next.intakes)
		for i := range s.cfg.Warnings() {
			s.log.Warn(s.cfg.Warnings()[i])
		}
		s.log.Info("configuration taken over", "file", s.path)
		next.done <- nil
	}
}

// change is a configuration to take over.
type change struct {
	cfg     *config.Config
	sources []source.Source
	intakes api.Intakes
	done    chan<- error
}

// wait returns a configuration to take over, or nil when it is time to stop.
func (s *server) wait(ctx context.Context, hup <-chan os.Signal, web *web, ended <-chan error) (*change, error) {
	for {
		done := make(chan error, 1)
		select {
		case <-ctx.Done():
			return nil, nil
		case err := <-web.failed:
			return nil, err
		case err := <-ended:
			if err == nil {
				err = errors.New("collection has come to its end")
			}
			return nil, err
		case <-hup:
		case asked := <-s.reload:
			done = asked
		}
		c, err := s.prepare()
		if err == nil {
			c.done = done
			return c, nil
		}
		s.log.Error("the configuration was not taken over; the server goes on as before", "error", err)
		done <- err
	}
}

// prepare reads the configuration again.
func (s *server) prepare() (*change, error) {
	cfg, err := config.Load(s.path)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.Data != s.cfg.Data, cfg.Key != s.cfg.Key:
		return nil, errors.New("data or key has changed: restart the server for that")
	case !reflect.DeepEqual(cfg.Server, s.cfg.Server), !reflect.DeepEqual(cfg.Query, s.cfg.Query), cfg.Log != s.cfg.Log, cfg.Dashboards != s.cfg.Dashboards,
		cfg.Alerting != s.cfg.Alerting, cfg.Rules.Disabled != s.cfg.Rules.Disabled, cfg.Rules.Since != s.cfg.Rules.Since:
		return nil, errors.New("server, query, log, dashboards, alerting's file name, rules.disabled or rules.since has changed: restart the server for that")
	}
	sources, intakes, err := wire(cfg, s.api)
	if err == nil {
		err = s.detect.reload(cfg)
	}
	return &change{cfg: cfg, sources: sources, intakes: intakes}, err
}

func (s *server) askReload(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case s.reload <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *server) status(ctx context.Context, from time.Time) (*ops.Status, error) {
	st, err := ops.Of(ctx, s.in, from)
	if err == nil {
		st.Sources = slices.DeleteFunc(s.board.Sources(), func(s ops.Source) bool { return event.Own(s.Name) })
		st.Findings = s.watch.Findings()
	}
	return st, err
}

func (s *server) isReady() error {
	if !s.ready.Load() {
		return errors.New("not collecting")
	}
	return s.in.Ledger.Healthy()
}

// observer says in the log what operators should know.
func (s *server) observer() collect.Observer {
	return collect.Observer{
		Notice: func(name string, n source.Notice) {
			level := map[source.Level]slog.Level{source.Info: slog.LevelInfo, source.Warning: slog.LevelWarn, source.Failure: slog.LevelError}[n.Level]
			s.log.Log(context.Background(), level, n.Text, "source", name, "code", n.Code)
		},
		Page: func(name string, p source.Page, t source.Taken, took time.Duration) {
			if len(p.Records) > 0 {
				s.log.Debug("page", "source", name, "records", t.Read, "new", t.New(), "seconds", took.Seconds())
			}
		},
	}
}

// tell says in the log what opens or ends.
func (s *server) tell(f ops.Finding) {
	if f.Ended != nil {
		s.log.Info("finding has ended", "kind", f.Kind, "subject", f.Subject)
		return
	}
	s.log.Warn(f.Text, "finding", f.Kind, "subject", f.Subject)
}

// upkeep writes files anew that have many dead rows.
func (s *server) upkeep(ctx context.Context) error {
	n, err := s.in.Store.Compact(ctx, duck.Limits{})
	if n > 0 {
		s.log.Info("files of the store written anew", "files", n)
	}
	if err != nil {
		return fmt.Errorf("upkeep of the store: %w", err)
	}
	return nil
}
