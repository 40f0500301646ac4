package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/channel"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/setup"
	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/doctor"
	"github.com/wholelog/wholelog/internal/source/own"
	assets "github.com/wholelog/wholelog/web"
)

// sessionsPath and peoplePath are where serve keeps them.
func sessionsPath(data string) string { return filepath.Join(data, "sessions.json") }
func peoplePath(data string) string   { return filepath.Join(data, "people.json") }

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// page gives the page's files.
func page() fs.FS {
	files, _ := assets.Files()
	return files
}

// forPeople adds to the server's options what people need: the page, sessions,
// roles, and the record of what they do.
func (s *server) forPeople(o *api.Options, journal *own.Journal) (err error) {
	c := s.cfg
	o.Page, o.Version, o.Data, o.Folder, o.Config = page(), version(), c.Data, s.in, s.now.Load
	o.Secure = c.Server.TLS != nil || c.Server.PlainHTTP
	o.URL = s.address
	o.Library, o.Functions, o.Dashboards = c.Query.Library, filepath.Join(c.Data, "functions"), c.Dashboards
	o.Audit = func(ctx context.Context, rows ...own.Row) error { return journal.Write(ctx, "", rows...) }
	o.Doctor = func(ctx context.Context) (*doctor.Report, error) {
		return doctor.Run(ctx, doctor.Options{Config: s.now.Load(), Credential: credential})
	}
	if o.Sessions, err = auth.OpenSessions(sessionsPath(c.Data), auth.Lives{Idle: time.Duration(c.Server.Sessions.Idle), Full: time.Duration(c.Server.Sessions.Full)}); err != nil {
		return err
	}
	if o.People, err = auth.OpenPeople(peoplePath(c.Data)); err != nil {
		return err
	}
	if x := c.Server.OIDC; x != nil {
		o.OIDC = auth.NewOIDC(oidcOptions(c))
	}
	return nil
}

func oidcOptions(c *config.Config) auth.OIDCOptions {
	x := c.Server.OIDC
	o := auth.OIDCOptions{Name: x.Name, Issuer: x.Issuer, Client: x.Client, Scopes: x.Scopes, Groups: x.Groups, Redirect: baseURL(c, c.Server.Listen) + "/v1/oidc/callback", Roles: map[string]auth.Role{}}
	if x.Secret != nil {
		o.Secret = x.Secret.Value
	}
	for g, r := range x.Roles {
		o.Roles[g] = auth.Role(r)
	}
	return o
}

// address is where people reach the server.
func (s *server) address() string {
	at := s.cfg.Server.Listen
	if v := s.url.Load(); v != nil && *v != "" {
		at = *v
	}
	return baseURL(s.cfg, at)
}

func baseURL(c *config.Config, at string) string {
	switch {
	case c.Server.URL != "":
		return c.Server.URL
	case c.Server.TLS != nil:
		return "https://" + at
	}
	return "http://" + at
}

// startRecording begins to keep what people do, once the collector takes it.
func (s *server) startRecording(ctx context.Context) {
	if s.record != nil {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { s.api.Record(ctx) })
	s.record = func() {
		stop()
		work.Wait()
	}
}

// greet prints a link to sign in with where nobody ever did.
func (s *server) greet() {
	if s.cfg.Server.Listen == "none" {
		return
	}
	if _, err := os.Stat(sessionsPath(s.cfg.Data)); err == nil {
		return
	}
	l, err := s.api.NewLink("owner", auth.AdminOf)
	if err != nil {
		s.log.Error("a link to sign in with could not be made", "error", err)
		return
	}
	// Not through the logger: a link lets in, and logs are read by others.
	fmt.Fprintf(os.Stderr, "\nSign in, once and within 15 minutes:\n\n  %s\n\nwholelog signin --data %s prints another.\n\n", l.URL, s.cfg.Data)
}

// shown is detection as the API shows it.
func (s *server) shown() *api.Detection {
	d := s.detect
	flags := func() *rulesFlags {
		c := s.now.Load()
		return &rulesFlags{data: c.Data, folder: c.Rules.Folder}
	}
	out := &api.Detection{
		Rules: func() (*rule.Set, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.set, nil
		},
		Off: func(id string) bool { return slices.Contains(s.now.Load().Rules.Without, id) },
		Problems: func() map[string]string {
			d.mu.Lock()
			defer d.mu.Unlock()
			out := make(map[string]string, len(d.problems))
			for k, v := range d.problems {
				out[k] = v
			}
			return out
		},
		Blind: func() map[string]string {
			out := map[string]string{}
			for _, f := range s.watch.Findings() {
				if f.Kind == "blind" {
					out[f.Subject] = f.Text
				}
			}
			return out
		},
		Check: func(ctx context.Context, text []byte) (*rule.Rule, *rule.Overlay, error) {
			return d.check(ctx, flags(), text)
		},
		Keep:     func(ctx context.Context, id string, text []byte) error { return s.keepRule(ctx, flags(), id, text) },
		Delivery: d.delivery,
	}
	if d.delivery != nil {
		out.Receivers = func() []api.Receiver { return receiversOf(s.now.Load().Alerting) }
		out.Test = func(ctx context.Context, name string) ([]api.TestLine, error) {
			return testReceiver(ctx, s.now.Load().Alerting, name)
		}
	}
	return out
}

// check says what is wrong with the text of a rule.
func (d *detection) check(ctx context.Context, f *rulesFlags, text []byte) (*rule.Rule, *rule.Overlay, error) {
	r, over, err := rule.Read(text, "rule", importers()...)
	if err != nil {
		return nil, nil, err
	}
	if over != nil {
		set, err := f.load()
		if err != nil {
			return nil, nil, err
		}
		base := set.Find(over.ID)
		if base == nil {
			return nil, nil, fmt.Errorf("there is no rule %q to change; a rule of your own needs a query", over.ID)
		}
		if r, err = over.Apply(base); err != nil {
			return nil, nil, err
		}
	}
	return r, over, d.runner.Check(ctx, r, time.Now())
}

// keepRule writes a rule to the folder of own rules and takes it over; what
// cannot be taken over is not kept.
func (s *server) keepRule(ctx context.Context, f *rulesFlags, id string, text []byte) error {
	dir := f.folder
	if dir == "" {
		dir = filepath.Join(f.data, "rules")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("rules folder: %w", err)
	}
	path := filepath.Join(dir, id+".yaml")
	// A file of another name may hold the rule already: that one is written.
	if list, err := filepath.Glob(filepath.Join(dir, "*.y*ml")); err == nil {
		for _, p := range list {
			b, err := os.ReadFile(p)
			if err != nil {
				continue
			}
			if r, over, err := rule.Read(b, p, importers()...); err == nil && (r != nil && r.ID == id || over != nil && over.ID == id) {
				path = p
			}
		}
	}
	before, err := os.ReadFile(path)
	fresh := errors.Is(err, os.ErrNotExist)
	if err != nil && !fresh {
		return err
	}
	if fresh {
		err = os.WriteFile(path, text, 0o600)
	} else {
		err = replaceFile(path, text, 0o600)
	}
	if err == nil {
		err = s.askReload(ctx)
	}
	if err == nil {
		return nil
	}
	if fresh {
		return errors.Join(err, os.Remove(path))
	}
	return errors.Join(err, replaceFile(path, before, 0o600))
}

// receiversOf lists who is told by a file, and over which channels.
func receiversOf(file string) (out []api.Receiver) {
	cfg, err := setup.Load(file)
	if err != nil {
		return nil // serve has read it before: somebody is changing it
	}
	set, err := channel.Build(cfg)
	if err != nil {
		return nil
	}
	for _, r := range cfg.Alertmanager.Receivers {
		v := api.Receiver{Receiver: r.Name, Channels: []string{}}
		for _, t := range set.Targets(r.Name) {
			v.Channels = append(v.Channels, fmt.Sprintf("%s[%d]", t.Channel, t.Index))
		}
		out = append(out, v)
	}
	return out
}

// testReceiver sends a test to every channel of a receiver and waits for the
// answers, by an outbox of its own.
func testReceiver(ctx context.Context, file, name string) ([]api.TestLine, error) {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cfg, err := setup.Load(file)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "wholelog-alert-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	answers := make(chan alert.Receipt)
	d, err := alert.New(alert.Options{Path: filepath.Join(dir, "outbox.db"), Config: cfg, Backoff: time.Hour, Receipt: func(ctx context.Context, r alert.Receipt) error {
		select {
		case answers <- r:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	if err != nil {
		return nil, err
	}
	var work sync.WaitGroup
	work.Go(func() { _ = d.Run(ctx) }) // ends with ctx
	defer func() {
		cancel()
		work.Wait()
		_ = d.Close()
	}()
	n, err := d.TestReceivers(testNotification(time.Now()), name)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("the receiver %q has no channel", name)
	}
	var out []api.TestLine
	for range n {
		select {
		case r := <-answers:
			l := api.TestLine{Channel: fmt.Sprintf("%s[%d]", r.Channel, r.Index), OK: r.Outcome == message.Sent, Answer: strings.TrimSpace(r.Status)}
			if !l.OK {
				l.Answer = r.Error
			}
			out = append(out, l)
		case <-ctx.Done():
			return out, fmt.Errorf("%d of %d channels did not answer within %s", n-len(out), n, patience)
		}
	}
	return out, nil
}
