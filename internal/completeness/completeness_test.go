package completeness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/source"
)

const tenant = "11111111-2222-4333-8444-555555555555"

var day = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// world is a data folder into which a test delivers sign-ins.
type world struct {
	t  *testing.T
	in *ingest.Ingest
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	in, err := ingest.OpenWith(context.Background(), filepath.Join(dir, "data"), ingest.Options{Key: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &world{t, in}
}

// deliver brings sign-ins of an hour by a path: from to before to of those
// that a minute apart fill it.
func (w *world) deliver(path string, hour, from, to int) {
	w.t.Helper()
	ctx := context.Background()
	for n := from; n < to; n++ {
		at := day.Add(time.Duration(hour)*time.Hour + time.Duration(n)*time.Minute)
		r := event.Record{Seen: at.Add(3 * time.Minute), Source: path, Raw: fmt.Appendf(nil,
			`{"time":%q,"category":"SignInLogs","tenantId":%q,"properties":{"id":"%08d-0000-4000-8000-000000000000","createdDateTime":%q}}`,
			at.Format(time.RFC3339), tenant, hour*100+n, at.Format(time.RFC3339))}
		identify.Record(&r)
		if err := w.in.Add(ctx, r); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.in.Flush(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) claim(c ...source.Claim) {
	w.t.Helper()
	if err := errors.Join(w.in.Claim(context.Background(), c), w.in.Settle(context.Background())); err != nil {
		w.t.Fatal(err)
	}
}

// follow states that a stream was followed between two hours.
func (w *world) follow(path string, from, to float64) {
	w.claim(source.Claim{Kind: source.Followed, Path: path, From: day.Add(time.Duration(from * float64(time.Hour))), To: day.Add(time.Duration(to * float64(time.Hour)))})
}

// read states readings of an hour by a path that asks.
func (w *world) read(path string, hour int, count int64, kinds ...source.ClaimKind) {
	for _, k := range kinds {
		from := day.Add(time.Duration(hour) * time.Hour)
		w.claim(source.Claim{Kind: k, Path: path, Tenant: tenant, Table: "SigninLogs", From: from, To: from.Add(time.Hour), Count: count, Stable: k != source.Polled})
	}
}

// verdicts are the hours' verdicts as "hour verdict", in order.
func (w *world) verdicts(now float64) map[int]Hour {
	w.t.Helper()
	r, err := Of(context.Background(), w.in.Ledger, w.in.Store, Options{Now: day.Add(time.Duration(now * float64(time.Hour)))})
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[int]Hour{}
	for _, h := range r.Hours {
		if h.Table == "SigninLogs" {
			out[int(h.Hour.Sub(day)/time.Hour)] = h
		}
	}
	return out
}

func check(t *testing.T, hours map[int]Hour, hour int, want string, reasons ...string) {
	t.Helper()
	h := hours[hour]
	if h.Text() != want {
		t.Errorf("hour %d is %q, want %q: %s %+v", hour, h.Text(), want, h.Reason, h.Paths)
	}
	for _, r := range reasons {
		if !strings.Contains(h.Reason, r) {
			t.Errorf("hour %d: reason %q does not say %q", hour, h.Reason, r)
		}
	}
}

func TestTwoPathsProveAnHourAndNamePlantedLosses(t *testing.T) {
	w := newWorld(t)
	for h := range 6 {
		w.deliver("graph:signIns", h, 0, 60)
		w.read("graph:signIns", h, 60, source.Polled, source.Reread)
	}
	w.deliver("eventhub:h", 0, 20, 60) // it began within this hour
	w.deliver("eventhub:h", 1, 0, 60)
	w.deliver("eventhub:h", 2, 0, 57) // withholds three
	w.deliver("eventhub:h", 3, 0, 60)
	w.deliver("eventhub:h", 3, 0, 30) // repeats, which count once
	w.deliver("eventhub:h", 5, 0, 60) // all of hour 4 is withheld
	w.follow("eventhub:h", 0.3, 6.5)
	v := w.verdicts(7)
	check(t, v, 0, "single path", "graph:signIns")
	check(t, v, 1, "proven", "60 events")
	check(t, v, 2, "gap(3)", "eventhub:h lacks 3 of 60", "taken from graph:signIns")
	check(t, v, 3, "proven")
	check(t, v, 4, "gap(60)", "eventhub:h lacks 60 of 60")
	check(t, v, 5, "proven")
	if h := v[3]; h.Polled != 60 || h.Reread != 1 || h.Recount == nil || *h.Recount != 60 || h.Unique != 60 || h.Duplicate != 90 {
		t.Errorf("counts of hour 3: %+v", h)
	}
	// The records withheld come after all.
	w.deliver("eventhub:h", 2, 57, 60)
	check(t, w.verdicts(7), 2, "proven")
}

func TestEachPathMayLackSomething(t *testing.T) {
	w := newWorld(t)
	for h := range 3 {
		w.read("graph:signIns", h, 50, source.Polled, source.Reread)
		w.deliver("eventhub:h", h, 5, 60)
	}
	w.deliver("graph:signIns", 0, 0, 60)
	w.deliver("graph:signIns", 1, 0, 50)
	w.follow("eventhub:h", 0, 5)
	w.deliver("eventhub:h", 0, 0, 5)
	v := w.verdicts(9)
	check(t, v, 1, "gap(15)", "eventhub:h lacks 5 of 60", "graph:signIns lacks 10 of 60", "paths that have them")
}

func TestOpenUntilLatenessHasPassed(t *testing.T) {
	w := newWorld(t)
	for h := range 4 {
		w.deliver("eventhub:h", h, 0, 60)
	}
	w.follow("eventhub:h", 0, 4.1)
	v := w.verdicts(4.1)
	check(t, v, 2, "single path", "followed without a break")
	check(t, v, 3, "open", "15 minutes")
	w.follow("eventhub:h", 4.1, 4.3)
	check(t, w.verdicts(4.3), 3, "single path")
}

func TestBreaks(t *testing.T) {
	w := newWorld(t)
	for _, p := range []string{"eventhub:h", "push:h"} {
		for h := range 6 {
			if h != 3 {
				w.deliver(p, h, 0, 60)
			}
		}
		w.follow(p, 0, 3.2)
		w.follow(p, 3.7, 8)
	}
	v := w.verdicts(8)
	check(t, v, 2, "proven")
	check(t, v, 3, "single path", "eventhub:h", "read on from there", "nobody was there to take records from 03:12 to 03:42")

	w = newWorld(t)
	for h := range 6 {
		w.deliver("push:h", h, 0, 60)
	}
	w.follow("push:h", 0, 3.2)
	w.follow("push:h", 3.7, 8)
	v = w.verdicts(8)
	check(t, v, 2, "single path")
	check(t, v, 3, "gap(?)", "nobody was there")
	check(t, v, 4, "single path")

	// A collector that has stopped: its hours are open, then a gap.
	v = w.verdicts(11)
	check(t, v, 9, "open", "push:h has been followed up to 2026-07-01 08:00")
	check(t, w.verdicts(100), 9, "gap(?)", "and nothing since")
}

func TestPathsThatAsk(t *testing.T) {
	w := newWorld(t)
	const p = "graph:signIns"
	w.claim(source.Claim{Kind: source.Missing, Path: p, Tenant: tenant, Table: "SigninLogs", From: day, To: day.Add(time.Hour), Reason: "older than 30 days"})
	for h := 1; h < 5; h++ {
		w.deliver(p, h, 0, 60)
	}
	w.read(p, 1, 60, source.Polled, source.Reread)
	w.read(p, 2, 60, source.Polled)
	w.claim(source.Claim{Kind: source.Polled, Path: p, Tenant: tenant, Table: "SigninLogs", From: day.Add(3 * time.Hour), To: day.Add(3*time.Hour + 30*time.Minute), Count: 30, Stable: true})
	w.read(p, 5, 0, source.Polled, source.Reread)
	v := w.verdicts(8)
	check(t, v, 0, "gap(?)", "older than 30 days")
	check(t, v, 1, "single path", "until it was stable")
	check(t, v, 2, "open", "other records at each reading")
	check(t, v, 3, "gap(?)", "from its beginning to its end") // a later hour has been read
	check(t, v, 5, "single path")                             // and had no event
	check(t, v, 6, "open", "has not read all of it yet")
	// Half hours make a whole one, and a sweep counts what came late.
	half := day.Add(3*time.Hour + 30*time.Minute)
	w.claim(source.Claim{Kind: source.Polled, Path: p, Tenant: tenant, Table: "SigninLogs", From: half, To: half.Add(time.Hour / 2), Count: 30, Stable: true},
		source.Claim{Kind: source.Reswept, Path: p, Tenant: tenant, Table: "SigninLogs", From: day.Add(2 * time.Hour), To: day.Add(4 * time.Hour), Count: 121, New: 1, Stable: true})
	v = w.verdicts(8)
	check(t, v, 2, "single path")
	check(t, v, 3, "single path")
}

func TestImportedHours(t *testing.T) {
	w := newWorld(t)
	w.deliver("file:a.json", 0, 0, 10)
	w.deliver("file:a.json", 5, 0, 10)
	w.deliver("eventhub:h", 4, 0, 60)
	w.deliver("eventhub:h", 5, 0, 60)
	w.follow("eventhub:h", 4, 9)
	v := w.verdicts(9)
	check(t, v, 0, "imported")
	check(t, v, 5, "single path", "eventhub:h")
	if len(v) != 5 { // 0, and 4 to 7; 8 is not over
		t.Errorf("%d hours", len(v))
	}
}

func TestFollowedSpans(t *testing.T) {
	at := func(h float64) time.Time { return day.Add(time.Duration(h * float64(time.Hour))) }
	f := &followed{}
	for _, s := range [][2]float64{{5, 6}, {1, 2}, {2, 3}, {8, 9}, {2.5, 4}} {
		f.add(at(s[0]), at(s[1]))
	}
	if len(f.spans) != 3 || f.first() != day.Unix()/3600+1 || !f.to().Equal(at(9)) {
		t.Fatalf("%+v", f.spans)
	}
	g := func(from, to, lo, hi float64, want bool) {
		t.Helper()
		b, ok := f.broken(at(from), at(to))
		if ok != want || ok && (!b.from.Equal(at(lo)) || !b.to.Equal(at(hi))) {
			t.Errorf("%v to %v: %v %+v", from, to, ok, b)
		}
	}
	g(1, 4, 0, 0, false)
	g(0, 2, 0, 1, true)
	g(3, 5, 4, 5, true)
	g(3, 4.5, 4, 4.5, true)
	g(8.5, 10, 9, 10, true)
}
