package query

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
)

// simulated opens an engine over a small simulated history that ends at end.
func simulated(t *testing.T, end time.Time) *Engine {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	records := filepath.Join(dir, "records")
	if _, err := sim.Run(ctx, sim.Options{Users: 60, Days: 6, Seed: 11, End: end, Out: records}); err != nil {
		t.Fatal(err)
	}
	in, err := ingest.OpenWith(ctx, filepath.Join(dir, "data"), ingest.Options{Key: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	paths, err := file.Paths([]string{records})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if _, err := file.Read(ctx, p, nil, func() time.Time { return end }, func(r event.Record) error { return in.Add(ctx, r) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	e, err := New(ctx, in.Store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSavedQueriesRun(t *testing.T) {
	const least, leastWithRows = 44, 25
	list, err := Library("")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < least {
		t.Errorf("%d saved queries, want at least %d", len(list), least)
	}
	end := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	e := simulated(t, end)
	titles, withRows := map[string]string{}, 0
	for _, s := range list {
		if s.Title == "" || len(s.Description) < 20 {
			t.Errorf("%s: title %q, description %q", s.Name, s.Title, s.Description)
		}
		if other := titles[s.Title]; other != "" {
			t.Errorf("%s has the title of %s", s.Name, other)
		}
		titles[s.Title] = s.Name
		for _, p := range s.Params {
			if p.Description == "" {
				t.Errorf("%s: parameter %s has no description", s.Name, p.Name)
			}
		}
		text, err := s.Query(nil)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		req := Request{Text: text, Now: end}
		p, err := e.Prepare(context.Background(), req)
		if err != nil {
			var bad *Error
			if errors.As(err, &bad) {
				t.Errorf("%s: %+v\n%s", s.Name, bad.Diagnostics, text)
			} else {
				t.Errorf("%s: %v", s.Name, err)
			}
			continue
		}
		for _, d := range p.Diagnostics {
			t.Errorf("%s: %d:%d: %s: %s", s.Name, d.Line, d.Column, d.Code, d.Message)
		}
		n := 0
		if _, err := e.Execute(context.Background(), p, Limits{}.orDefault(), func(*Result) error { return nil }, func(Row) error { n++; return nil }); err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if n > 0 {
			withRows++
		}
		t.Logf("%s: %d rows", s.Name, n)
	}
	if withRows < leastWithRows {
		t.Errorf("%d queries give rows, want at least %d", withRows, leastWithRows)
	}
}
