package duck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

var table = &schema.Table{
	Name: "T", Family: "signin",
	Columns: []schema.Column{
		{Name: "TimeGenerated", Type: kql.Datetime}, {Name: "Who", Type: kql.String},
		{Name: "D", Type: kql.Dynamic}, {Name: "B", Type: kql.Bool}, {Name: "N", Type: kql.Int}, {Name: "R", Type: kql.Real},
	},
	Promoted: []schema.Promotion{{Column: "D", Path: []string{"a"}, Type: kql.String}},
}

const july = 639_190_000_000_000_000 // 2026-07-12

func row(pos int, who string, ticks int64) Change {
	var key, content event.Hash
	copy(key[:], who)
	copy(content[:], fmt.Sprint(pos))
	return Change{Row: &schema.Row{Table: table, Time: ticks, Key: key, Content: content, Position: event.Position(pos),
		Cells:    []schema.Cell{schema.Ticks(ticks), schema.Str(who), schema.JSON(`{"a":"x"}`), schema.Bool(true), {}, schema.Real(1.5)},
		Promoted: []schema.Cell{schema.Str("x")}}}
}

func open(t *testing.T, dir string, opt Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dump renders every row of the test table, sorted.
func dump(t *testing.T, s *Store) []string {
	t.Helper()
	var out []string
	for _, p := range s.Parts(table, 0, 0) {
		rows, err := s.db.Query(fmt.Sprintf(`SELECT concat_ws('|', "TimeGenerated", "Who", "D", "B", "N", "R", "D.a", _wl_pos) FROM %s ORDER BY "Who"`, p.SQL))
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestApplyKnownAndReopen(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := open(t, dir, Options{})
	const month = 31 * 86400 * schema.TicksPerSecond
	b := Batch{Changes: []Change{row(1, "ada", july), row(2, "bob", july+month)}, Last: 3,
		Unparsed: []Unparsed{{Position: 3, Content: event.Hash{9}, Problem: "no JSON"}}}
	if err := s.Apply(ctx, b); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, b); err != nil { // applying twice is applying once
		t.Fatal(err)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close(ctx)
	want := []string{fmt.Sprintf(`%d|ada|{"a":"x"}|true|1.5|x|1`, july), fmt.Sprintf(`%d|bob|{"a":"x"}|true|1.5|x|2`, july+month)}
	if d := cmp.Diff(want, dump(t, s)); d != "" {
		t.Error(d)
	}
	if s.Applied() != 3 {
		t.Errorf("applied %d, want 3", s.Applied())
	}
	ada := row(1, "ada", july).Row
	got, err := s.Known(ctx, []Probe{
		{Table: table, Key: ada.Key, Content: ada.Content, Time: july},
		{Table: table, Key: ada.Key, Content: event.Hash{7}, Time: july},
		{Table: table, Key: event.Hash{1}, Time: july},
		{Table: table, Key: ada.Key, Content: ada.Content, Time: july + month, AnyMonth: true},
		{Content: event.Hash{9}},
	})
	if err != nil {
		t.Fatal(err)
	}
	one := []event.Position{1}
	if d := cmp.Diff([]Known{{Content: true, Of: 1, Versions: one}, {Versions: one}, {}, {Content: true, Of: 1, Versions: one}, {Content: true, Of: 3, Versions: []event.Position{3}}}, got); d != "" {
		t.Error(d)
	}
	if n := len(s.Parts(table, july, july)); n != 1 {
		t.Errorf("one month asked, %d files named", n)
	}
}

func TestReplaceKeepsOneRowAndAllVersions(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir(), Options{})
	defer s.Close(ctx)
	first, second := row(1, "ada", july), row(2, "ada", july)
	if err := s.Apply(ctx, Batch{Changes: []Change{first}, Last: 1}); err != nil {
		t.Fatal(err)
	}
	second.Replace = true
	second.Versions = []Version{{1, first.Row.Content}, {2, second.Row.Content}}
	if err := s.Apply(ctx, Batch{Changes: []Change{second}, Last: 2}); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, s); len(got) != 1 {
		t.Fatalf("rows: %q", got)
	}
	got, err := s.Known(ctx, []Probe{{Table: table, Key: first.Row.Key, Content: first.Row.Content, Time: july}})
	if err != nil {
		t.Fatal(err)
	}
	if !got[0].Content || len(got[0].Versions) != 2 {
		t.Errorf("first version not found again: %+v", got[0])
	}
}

func TestFailpointsLeaveNothingHalf(t *testing.T) {
	ctx := context.Background()
	stop := errors.New("stop")
	for _, point := range Failpoints {
		dir := t.TempDir()
		s := open(t, dir, Options{Fail: func(p string) error {
			if p == point {
				return stop
			}
			return nil
		}})
		at := schema.Time(july)
		b := Batch{Changes: []Change{row(1, "ada", july)}, Last: 2,
			Sightings: []Sighting{{Table: "T", Path: "hub:a", Key: event.Hash{1}, Time: at, Seen: at, Position: 1}, {Table: "T", Path: "hub:a", Key: event.Hash{1}, Time: at, Seen: at, Position: 2}},
			Spans:     []Span{{Table: "T", Path: "hub:a", Kind: "polled", From: at, To: at.Add(time.Hour), Count: 1, Position: 2}}}
		if err := s.Apply(ctx, b); !errors.Is(err, stop) {
			t.Fatalf("%s: %v", point, err)
		}
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, Options{})
		if err := s.Apply(ctx, b); err != nil {
			t.Fatal(err)
		}
		if got := dump(t, s); len(got) != 1 {
			t.Errorf("%s: rows after a second run: %q", point, got)
		}
		events, spans := int64(0), 0
		ok := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		ok(s.PathSets(ctx, at.Add(-time.Hour), at.Add(time.Hour), func(p PathSet) { events += p.Events }))
		ok(s.Spans(ctx, at.Add(-time.Hour), at.Add(time.Hour), func(Span) { spans++ }))
		if events != 1 || spans != 1 {
			t.Errorf("%s: %d events and %d spans after a second run, want one of each", point, events, spans)
		}
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEngineIsConfined(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir(), Options{})
	defer s.Close(ctx)
	outside := t.TempDir() + "/secret.csv"
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"SELECT * FROM read_csv('" + outside + "')",
		"COPY (SELECT 1) TO '" + outside + "'",
		"ATTACH '" + outside + ".db' AS evil",
		"SET enable_external_access=true",
		"INSTALL httpfs", "LOAD httpfs",
	} {
		if _, err := s.db.ExecContext(ctx, q); err == nil {
			t.Errorf("allowed: %s", q)
		}
	}
}
