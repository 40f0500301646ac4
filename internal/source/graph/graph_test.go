package graph

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

var (
	start  = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)
	secret = "p1anted~Secret.9vQ8"
)

// faults of a service that has a bad day all the time.
var faults = graphsim.Faults{Throttled: 0.05, Unsaid: 0.05, Broken: 0.05, Dropped: 0.02, Cut: 0.02, Garbled: 0.01, Slow: 0.02, SlowFor: 20 * time.Second, Expired: 0.05, Denied: 0.02,
	Repeated: 0.2, Shuffled: 0.2, Moved: 0.3, LeftOut: 0.03, Empty: 0.02, TokenFails: 0.1}

type world struct {
	clock   *sourcetest.Clock
	live    *sim.Live
	history []sim.Event
	server  *graphsim.Server
	app     *App
	source  *Source
	end     time.Time // of the events
}

// makeWorld simulates days of a small tenant; the source begins a day in.
func makeWorld(t testing.TB, seed uint64, days int, name string, g graphsim.Options, o Options) *world {
	t.Helper()
	w := &world{clock: sourcetest.NewClock(start.Add(24 * time.Hour)), end: start.AddDate(0, 0, days)}
	users := 8
	if name == "managedIdentity" {
		users = 30 // smaller tenants have none
	}
	w.live = sim.NewLive(sim.LiveOptions{Users: users, Seed: seed, Start: start, Graph: sim.Latency{Min: 2 * time.Minute, Max: 10 * time.Minute, Share: 0.05, Tail: 24 * time.Hour}})
	g.Tenant, g.ClientID, g.Secret, g.Now, g.Sleep, g.Seed = w.live.Tenant(), "6f0a1d0e-5a0b-4c57-9d43-0d8f53b3a001", secret, w.clock.Now, w.clock.Sleep, seed
	w.server = graphsim.New(g)
	w.history = w.live.Events(start, w.end)
	for _, e := range w.history {
		if e.Collection == endpointOf(name).path {
			w.server.Put(graphsim.ObjectOf(e))
		}
	}
	o.Tenant, o.Credential, o.HTTP, o.Now, o.Sleep = w.live.Tenant(), w.server.Credential(), w.server.Client(), w.clock.Now, w.clock.Sleep
	o.Base, o.Since = "https://graph.example", 30*time.Hour
	if o.Poll == 0 {
		o.Poll, o.Step = 30*time.Minute, 20*time.Minute
	}
	r := rand.New(rand.NewPCG(seed, 3))
	o.Jitter = r.Float64
	app, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.app = app
	w.source = w.newSource(t, name)
	return w
}

func endpointOf(name string) endpoint {
	return endpoints[slices.IndexFunc(endpoints, func(e endpoint) bool { return e.name == name })]
}

func (w *world) newSource(t testing.TB, name string) *Source {
	s, err := w.app.Source(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// key names an object in its state; alerts have no identity of ours yet.
func key(r event.Record) string {
	if r.Table != "" && r.Table != "SecurityAlert" {
		return r.Table + " " + r.ID
	}
	var d rawjson.Doc
	if d.Parse(r.Raw) != nil {
		return ""
	}
	return "alert " + d.Root().Get("id").Str() + d.Root().Get("lastUpdateDateTime").Str()
}

// events are the objects of a collection in their last state.
func (w *world) events(s *Source) (out []sourcetest.Event) {
	last := map[string]int{}
	for _, e := range w.history {
		if e.Collection != s.ep.path || e.SignIn != s.ep.kind {
			continue
		}
		rec := event.Record{Raw: e.Beta(), Tenant: w.live.Tenant(), Format: event.FormatGraphBeta}
		if identify.Record(&rec); !s.ep.accepts(rec.Table) {
			misfit(&rec) // alerts, as long as identify takes them for something else
		}
		ev := sourcetest.Event{Key: key(rec), Table: rec.Table}
		if i, ok := last[e.Key]; ok {
			out[i] = ev
			continue
		}
		last[e.Key] = len(out)
		out = append(out, ev)
	}
	return out
}

// TestConformance runs the suite on each collection in turn, by seed.
func TestConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{Seeds: 44, Start: func(t testing.TB, seed uint64, faulty bool) sourcetest.World {
		name := Names()[seed%uint64(len(Names()))]
		g := graphsim.Options{PageSize: 7}
		days := 2
		if faulty {
			g.Faults, g.Limits = faults, true
		}
		if seed%4 == 1 {
			g.PageSize = 0
		}
		if name == "provisioning" {
			g.Operators = "eq gt lt"
		}
		if name != "nonInteractiveUser" && name != "signIns" {
			days = 4 // fewer events a day
		}
		if strings.Contains(strings.ToLower(name), "risk") {
			days = 12
		}
		w := makeWorld(t, seed, days, name, g, Options{Target: 40})
		// The last sweep is at 72 hours; it may be late by its step and by waits.
		over := w.end.Add(72*time.Hour + 8*time.Hour)
		return sourcetest.World{
			Source: func() source.Source { return w.newSource(t, name) },
			Events: func() []sourcetest.Event { return w.events(w.source) },
			Tenant: w.live.Tenant(), Secrets: []string{secret, "eyJ0eXAi"}, Clock: w.clock,
			Over: func() bool { return w.clock.Now().After(over) }, Key: key,
		}
	}})
}

// TestConformanceOfTheFirstReading takes away what makes up for a bad reading:
// nothing comes late or is left out, no sweep is made and no tail is read.
// What the cursor has passed must then have been yielded.
func TestConformanceOfTheFirstReading(t *testing.T) {
	f := faults
	f.LeftOut = 0
	sourcetest.Run(t, sourcetest.Harness{Seeds: 12, Start: func(t testing.TB, seed uint64, faulty bool) sourcetest.World {
		g := graphsim.Options{PageSize: 7}
		if faulty {
			g.Faults = f
		}
		w := makeWorld(t, seed, 2, "nonInteractiveUser", g, Options{Target: 40, Sweeps: []time.Duration{}, Poll: 1e6 * time.Hour, Step: 20 * time.Minute})
		for i := range 600 { // one a second, so that every end of a slice is met
			at := start.Add(30*time.Hour + time.Duration(i)*time.Second + 900*time.Millisecond)
			o := graphsim.Object{Collection: "auditLogs/signIns", Key: fmt.Sprintf("s%d", i), SignIn: "nonInteractiveUser", Time: at, At: at, Visible: at.Add(time.Minute)}
			o.Beta = fmt.Appendf(nil, `{"id":%q,"createdDateTime":%q,"appId":"a","userPrincipalName":"u","status":{},"signInEventTypes":["nonInteractiveUser"]}`, o.Key, at.Format(time.RFC3339Nano))
			w.server.Put(o)
		}
		prompt := func() (out []sourcetest.Event) {
			late := map[string]bool{}
			for _, e := range w.history {
				late["AADNonInteractiveUserSignInLogs "+e.Key] = e.Visible.Sub(e.Time) > 10*time.Minute
			}
			for _, e := range w.events(w.source) {
				if !late[e.Key] {
					out = append(out, e)
				}
			}
			for i := range 600 {
				out = append(out, sourcetest.Event{Key: fmt.Sprintf("AADNonInteractiveUserSignInLogs s%d", i)})
			}
			return out
		}
		over := w.end.Add(time.Hour)
		return sourcetest.World{Source: func() source.Source { return w.newSource(t, w.source.ep.name) }, Events: prompt, Tenant: w.live.Tenant(), Secrets: []string{secret, "eyJ0eXAi"},
			Clock: w.clock, Over: func() bool { return w.clock.Now().After(over) }, Key: key}
	}})
}

// readUntil runs a source until a time and collects what it yields.
func (w *world) readUntil(t testing.TB, until time.Time, from source.Cursor) (pages []source.Page) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	have := map[event.Hash]bool{}
	err := w.source.Read(ctx, from, func(p source.Page) (source.Taken, error) {
		taken := source.Taken{}
		for _, r := range p.Records {
			taken.Read++
			if have[r.Content] {
				taken.Duplicates++
			} else {
				taken.Accepted++
			}
			have[r.Content] = true
		}
		pages = append(pages, p)
		if w.clock.Now().After(until) {
			cancel()
		}
		return taken, nil
	})
	if ctx.Err() == nil {
		t.Fatalf("Read returned %v", err)
	}
	return pages
}

func notices(pages []source.Page) (out []source.Notice) {
	for _, p := range pages {
		out = append(out, p.Notices...)
	}
	return out
}

func claims(pages []source.Page) (out []source.Claim) {
	for _, p := range pages {
		out = append(out, p.Claims...)
	}
	return out
}

// readUntilNotice runs a source until it gives a notice.
func (w *world) readUntilNotice(t testing.TB, code string) (pages []source.Page) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	from := w.clock.Now()
	err := w.source.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
		pages = append(pages, p)
		for _, n := range p.Notices {
			if n.Code == code {
				cancel()
			}
		}
		if w.clock.Now().Sub(from) > 48*time.Hour {
			t.Errorf("no notice %q in two days", code)
			cancel()
		}
		return source.Taken{}, nil
	})
	if ctx.Err() == nil {
		t.Fatalf("Read returned %v", err)
	}
	return pages
}
