package faultrun

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/collect"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/disk"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/graph"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// site is where the collector lives: its folders, over all of its processes.
type site struct {
	t       *testing.T
	w       *world
	r       *rand.Rand
	dir     string
	real    *broker // of the real source of Event Hubs; nil: stream
	crashes int     // that are still to come
	count   struct{ starts, crashes, failedStarts, pages int }
	points  []string // at which it crashed
	before  map[string][]byte
	now     map[string][]byte // files of cursors
	leave   func(point string) error
}

type crash struct{ point string }

// ordered are the points at which a process may end.
var ordered = slices.Concat(collect.Failpoints, ledger.Failpoints, duck.Failpoints)

func (s *site) data() string { return filepath.Join(s.dir, "data") }

// unsynced is the file system without waiting for the disk: what crashes here
// is a process, and what a power cut leaves is for the ledger's own tests.
type unsynced struct{ disk.OS }

type unsyncedFile struct{ disk.File }

func (unsyncedFile) Sync() error          { return nil }
func (unsynced) SyncDir(dir string) error { return nil }
func (u unsynced) Create(name string) (disk.File, error) {
	f, err := u.OS.Create(name)
	if err != nil {
		return nil, err
	}
	return unsyncedFile{f}, nil
}

func (u unsynced) OpenAppend(name string) (disk.File, error) {
	f, err := u.OS.OpenAppend(name)
	if err != nil {
		return nil, err
	}
	return unsyncedFile{f}, nil
}

func (s *site) open() (*ingest.Ingest, error) {
	fail := func(point string) error {
		if s.leave == nil {
			return nil
		}
		return s.leave(point)
	}
	o := ingest.Options{Key: filepath.Join(s.dir, "key"), Ledger: ledger.Options{SegmentBytes: 150_000, SegmentAge: 8 * time.Hour, SmallBytes: 20_000, Now: s.w.clock.Now, Fail: fail, FS: unsynced{}},
		Store: duck.Options{Threads: 1, Fail: fail}}
	return ingest.OpenWith(context.Background(), s.data(), o)
}

// live runs processes one after the other until everything has been swept.
func (s *site) live() error {
	for s.w.clock.Now().Before(s.w.over) {
		if s.count.starts++; s.count.starts > 200 {
			return errors.New("200 starts and no end")
		}
		if err := s.process(); err != nil {
			return err
		}
		if s.r.IntN(3) == 0 {
			s.w.clock.pass(time.Duration(s.r.Int64N(int64(5 * time.Hour))))
		}
	}
	return nil
}

// process runs the collector until it crashes, is stopped, or all is over.
func (s *site) process() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	deadline, dies := s.w.over, s.crashes > 0
	point, pass := ordered[s.r.IntN(len(ordered))], 1+s.r.IntN(12)
	atStart := dies && s.r.IntN(6) == 0 // in the middle of catching up
	if dies {
		s.crashes--
		if life := s.w.clock.Now().Add(time.Hour + time.Duration(s.r.Int64N(int64(40*time.Hour)))); life.Before(deadline) {
			deadline = life
		}
	}
	left := pass
	s.leave = func(p string) error {
		if atStart && p == point {
			return errors.New("the start fails")
		}
		return nil
	}
	in, err := s.open()
	s.leave = nil
	if err != nil {
		if !atStart {
			return fmt.Errorf("open: %w", err)
		}
		s.count.failedStarts++
		if in, err = s.open(); err != nil {
			return fmt.Errorf("open after a start that failed: %w", err)
		}
	}
	die := func(p string) error {
		if dies && p == "collect.claims" {
			s.before, s.now = s.now, s.cursors()
		}
		if dies && p == point {
			if left--; left == 0 {
				s.w.clock.begin(1<<30, deadline, nil) // nobody wakes any more
				panic(crash{p})
			}
		}
		return nil
	}
	s.leave = die
	defer func() { s.leave = nil }()
	var active atomic.Int64
	sources, err := s.sources(&active)
	if err != nil {
		return err
	}
	c, err := collect.New(in, filepath.Join(s.dir, "cursors"), collect.Options{Now: s.w.clock.Now, Pause: time.Millisecond, Checkpoint: 5 * time.Hour, Heartbeat: time.Hour, Fail: die,
		Observer: collect.Observer{Page: func(string, source.Page, source.Taken, time.Duration) { s.count.pages++ }}})
	if err != nil {
		return err
	}
	awake := len(sources)
	s.w.clock.begin(awake, deadline, cancel)
	if s.real != nil {
		active.Add(1)
		go func() {
			defer active.Add(-1)
			s.real.feed(ctx)
		}()
	}
	crashed, err := run(ctx, c, sources)
	cancel()
	for active.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	switch {
	case crashed != "":
		s.count.crashes++
		s.points = append(s.points, crashed)
		return s.abandon(in)
	case err != nil:
		return err
	case s.r.IntN(3) == 0 && dies: // stopped, but killed before it has closed its files
		return s.abandon(in)
	}
	if err := in.Close(context.Background()); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

func run(ctx context.Context, c *collect.Collector, sources []source.Source) (point string, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case crash:
			point = r.point
		default:
			panic(r)
		}
	}()
	return "", c.Run(ctx, sources...)
}

// abandon leaves the data folder as the end of a process does, and now and then
// a cursor as it was a page before.
func (s *site) abandon(in *ingest.Ingest) error {
	in.Ledger.Abandon()
	_ = in.Store.Close(context.Background()) // what was not committed is rolled back
	// The lock is on a file of that name: the next process takes another.
	err := os.Remove(filepath.Join(s.data(), "LOCK"))
	if s.r.IntN(3) > 0 {
		return err
	}
	for name, text := range s.before {
		err = errors.Join(err, os.WriteFile(filepath.Join(s.dir, "cursors", name), text, 0o600))
	}
	return err
}

func (s *site) cursors() map[string][]byte {
	out := map[string][]byte{}
	list, err := os.ReadDir(filepath.Join(s.dir, "cursors"))
	if err != nil {
		s.t.Error(err)
	}
	for _, e := range list {
		if filepath.Ext(e.Name()) == ".json" {
			if out[e.Name()], err = os.ReadFile(filepath.Join(s.dir, "cursors", e.Name())); err != nil {
				s.t.Error(err)
			}
		}
	}
	return out
}

// sources are made anew for each process: nothing is left in memory.
func (s *site) sources(active *atomic.Int64) ([]source.Source, error) {
	app, err := graph.New(graph.Options{Tenant: s.w.live.Tenant(), Credential: s.w.server.Credential(), HTTP: s.w.server.Client(), Base: "https://graph.example",
		Since: 6 * time.Hour, Poll: 100 * time.Minute, Step: 80 * time.Minute, Target: 40, Sweeps: s.w.sweeps, Now: s.w.clock.Now, Sleep: s.w.clock.Sleep, Jitter: s.r.Float64})
	if err != nil {
		return nil, err
	}
	var out []source.Source
	add := func(src source.Source) {
		out = append(out, paced{src, s.w.clock, time.Duration(len(out)) * time.Millisecond, active})
	}
	for _, table := range tableNames {
		src, err := app.Source(graphPath[table][len("graph:"):])
		if err != nil {
			return nil, err
		}
		add(src)
	}
	if s.real == nil {
		add(&stream{s.w})
		return out, nil
	}
	src, err := s.real.source()
	if err != nil {
		return nil, err
	}
	return append(out, src), nil
}
