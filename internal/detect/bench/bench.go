package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/attack"
)

// Options of a measurement.
type Options struct {
	Seeds  int // tenants, each of a seed of its own, from First on
	First  uint64
	Users  int // of each tenant
	Days   int // of history
	Judged int // of them the last ones, in which campaigns play; rules learn from those before
	Levels []attack.Level
	Only   []string // kinds of campaigns; empty: all
	// NoConfusers leaves benign look-alikes out.
	NoConfusers bool
	// Near judges only windows that hold a record of a campaign or confuser: far
	// quicker, and blind to what rules make of ordinary work elsewhere.
	Near    bool
	Rules   []*rule.Rule
	Engines []detect.Engine
	// Group gives each finding the number of its incident, negative for none.
	// They come in the order of time. It is the caller's, as incidents are made of
	// what this package measures. nil: no incidents are counted.
	Group func(ctx context.Context, list []Finding) ([]int, error)
	Dir   string // for histories and stores, a few hundred megabytes at a time
	// Progress is called after each seed; may be nil.
	Progress func(done, total int)

	end time.Time // of the history; zero: the simulator's default
}

// Run measures. An error of a rule is part of the report, and stops nothing.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Seeds < 1 || o.Users < 1 || o.Judged < 1 || o.Judged >= o.Days {
		return nil, errors.New("seeds, users and judged days must be at least 1, and days more than judged days")
	}
	rep := &Report{Users: o.Users, Days: o.Days, near: o.Near, rules: o.Rules, errors: map[string]string{}, spent: map[string]time.Duration{}}
	for n := range o.Seeds {
		if err := rep.seed(ctx, o, o.First+uint64(n)); err != nil {
			return nil, fmt.Errorf("seed %d: %w", o.First+uint64(n), err)
		}
		if o.Progress != nil {
			o.Progress(n+1, o.Seeds)
		}
	}
	return rep, nil
}

// history is one tenant with its attacks.
type history struct {
	records  []attack.Record
	put      int // of them, the last ones, which campaigns made
	labels   []attack.Label
	from, to time.Time // what is judged
	domain   string
}

func (rep *Report) seed(ctx context.Context, o Options, seed uint64) (err error) {
	dir, err := os.MkdirTemp(o.Dir, "seed")
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := simulate(ctx, o, seed, filepath.Join(dir, "history"))
	if err != nil {
		return err
	}
	s, err := open(ctx, filepath.Join(dir, "store"), map[string][]string{
		"BreakGlass":    {"emergency1@" + h.domain, "emergency2@" + h.domain},
		"TrustedEgress": attack.Egress(),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	if err := s.load(ctx, h.records, o.Near, h.put); err != nil {
		return err
	}
	found, problems, spent := replay(ctx, &detect.Runner{Query: s.engine, Engines: o.Engines}, o.Rules, s.times, h.from, h.to)
	for id, text := range problems {
		rep.errors[id] = text
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, d := range spent {
		rep.spent[o.Rules[i].ID] += d
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return a.At.Compare(b.At) })
	groups := slices.Repeat([]int{-1}, len(found))
	if o.Group != nil {
		if groups, err = o.Group(ctx, found); err != nil {
			return fmt.Errorf("incidents: %w", err)
		}
	}
	rep.add(seed, found, groups, h)
	return nil
}

func simulate(ctx context.Context, o Options, seed uint64, dir string) (*history, error) {
	if _, err := sim.Run(ctx, sim.Options{Users: o.Users, Days: o.Days, Seed: seed, End: o.end, Out: dir}); err != nil {
		return nil, err
	}
	files, err := attack.ReadFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil { // it is in memory now
		return nil, err
	}
	h := &history{domain: "contoso.example"}
	for _, f := range files {
		h.records = append(h.records, f.Records...)
	}
	// What is judged begins at a midnight.
	for _, r := range h.records {
		if h.from.IsZero() || r.Time.Before(h.from) {
			h.from = r.Time
		}
		if r.Time.After(h.to) {
			h.to = r.Time
		}
	}
	h.from = h.from.Truncate(24*time.Hour).AddDate(0, 0, o.Days-o.Judged)
	in, err := attack.Plan(h.records, attack.Options{Seed: seed, Levels: o.Levels, Confusers: !o.NoConfusers, From: h.from, Only: o.Only})
	if err != nil {
		return nil, err
	}
	kept := h.records[:0]
	for _, r := range h.records {
		if !in.Missing(r) {
			kept = append(kept, r)
		}
	}
	h.put = len(in.Records)
	h.records, h.labels = append(kept, in.Records...), in.Labels
	for _, r := range in.Records { // slow campaigns may end after the history
		if r.Time.After(h.to) {
			h.to = r.Time
		}
	}
	return h, nil
}
