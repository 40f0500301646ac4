package faultrun

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/sim/graphsim"
)

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

const hub = "x"

// Paths by name, and the tables that come by two of them.
const streamPath = "eventhub:" + hub

var (
	graphPath  = map[string]string{"SigninLogs": "graph:signIns", "AuditLogs": "graph:directoryAudits"}
	tableNames = []string{"AuditLogs", "SigninLogs"}
)

// fact is one event of the simulated history.
type fact struct {
	sim.Event
	table    string
	hour     int64      // of the event, in hours since 1970
	lost     [2]bool    // withheld for good on the stream, on Graph
	contents [2]content // as the stream and as Graph give it
}

type content = event.Hash

const onStream, onGraph = 0, 1

// message is what the stream carries at a time.
type message struct {
	at    time.Time
	value []byte
	of    []*fact
}

// cell names an hour of a table.
type cell struct {
	table string
	hour  int64
}

func (c cell) String() string {
	return fmt.Sprintf("%s %s", c.table, time.Unix(c.hour*3600, 0).UTC().Format("01-02 15h"))
}

// world is all that a seed decides about the tenant and its services.
type world struct {
	seed   uint64
	r      *rand.Rand
	clock  *clock
	live   *sim.Live
	server *graphsim.Server
	facts  []*fact
	log    []message
	end    time.Time        // of the history
	over   time.Time        // of the run: everything has been swept by then
	floor  map[string]int64 // by table: the last hour with which the stream began
	plan   string           // what was planted, for people
	sweeps []time.Duration
	defect string // of TestFindsDefects: what the stream does wrong, once
}

// troubles of Graph; each run has some of them.
func troubles(r *rand.Rand) graphsim.Faults {
	some := func(most float64) float64 {
		if r.IntN(4) == 0 {
			return 0
		}
		return most * r.Float64()
	}
	return graphsim.Faults{Throttled: some(0.1), Unsaid: some(0.1), Broken: some(0.1), Dropped: some(0.04), Cut: some(0.04), Garbled: some(0.02), Slow: some(0.04), SlowFor: 20 * time.Second,
		Expired: some(0.1), Denied: some(0.04), Repeated: some(0.4), Shuffled: some(0.4), Moved: some(0.6), LeftOut: some(0.06), Empty: some(0.04), TokenFails: some(0.2)}
}

func makeWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0x6661756c74))
	days := []int{1, 1, 1, 2, 3}[r.IntN(5)]
	w := &world{seed: seed, r: r, clock: &clock{now: start.Add(time.Duration(r.IntN(180)) * time.Minute)}, end: start.AddDate(0, 0, days), floor: map[string]int64{}}
	// Whatever is late is so by a day at most, on both paths.
	late := func() sim.Latency {
		return sim.Latency{Min: 2 * time.Minute, Max: 10 * time.Minute, Share: 0.2 * r.Float64(), Tail: 24 * time.Hour}
	}
	w.live = sim.NewLive(sim.LiveOptions{Users: 4 + r.IntN(10), Seed: seed, Start: start, Graph: late(), Hub: late()})
	// Most runs make the last sweep earlier than the default: what is a day late
	// is then still read at two ages. Steps, and waits, make a sweep later.
	if w.sweeps = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 36 * time.Hour}; seed%8 == 0 {
		w.sweeps[3] = 72 * time.Hour
	}
	w.over = w.end.Add(w.sweeps[3] + 9*time.Hour)
	for _, e := range w.live.Events(start, w.end) {
		table := map[string]string{"SignInLogs": "SigninLogs", "AuditLogs": "AuditLogs"}[e.Category]
		if table == "" {
			continue
		}
		f := &fact{Event: e, table: table, hour: e.At.Unix() / 3600}
		form := event.FormatGraph
		raw := e.Graph()
		if table == "SigninLogs" {
			form, raw = event.FormatGraphBeta, e.Beta()
		}
		for i, rec := range []event.Record{{Raw: e.Diagnostic()}, {Raw: raw, Format: form}} {
			rec.Tenant = w.live.Tenant()
			if identify.Record(&rec); rec.Table != table || rec.ID != e.Key {
				t.Fatalf("seed %d: event %s is read as %s %s", seed, e.Key, rec.Table, rec.ID)
			}
			f.contents[i] = rec.Content
		}
		w.facts = append(w.facts, f)
	}
	w.findFloor()
	w.plant()
	w.findFloor()
	w.fill()
	w.server = graphsim.New(graphsim.Options{Tenant: w.live.Tenant(), ClientID: "app", Secret: "secret", Now: w.clock.Now, Sleep: w.clock.Sleep, Seed: seed,
		Faults: troubles(r), Limits: r.IntN(2) == 0, PageSize: []int{0, 5, 20}[r.IntN(3)], TokenLife: []time.Duration{0, 11 * time.Minute, 24 * time.Hour}[r.IntN(3)]})
	for _, f := range w.facts {
		if !f.lost[onGraph] {
			w.server.Put(graphsim.ObjectOf(f.Event))
		}
	}
	return w
}

// carried are the events of a table that the stream delivers, in that order.
func (w *world) carried(table string) (out []*fact) {
	for _, f := range w.facts {
		if f.table == table && !f.lost[onStream] {
			out = append(out, f)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Delivered.Before(out[j].Delivered) })
	return out
}

// findFloor is the hour with which the stream began to carry each table, as
// completeness defines it: nothing is expected of a stream before the next.
// The order of messages that come together is drawn later, hence a few more.
func (w *world) findFloor() {
	for _, table := range tableNames {
		list := w.carried(table)
		w.floor[table] = start.Unix() / 3600
		if len(list) == 0 { // a stream is not expected to bring what it never carried
			w.floor[table] = w.over.Unix() / 3600
		}
		for i, f := range list {
			if first := list[min(len(list)-1, len(list)/20)]; i > len(list)/20 && f.Delivered.Sub(first.Delivered) > swap {
				break
			}
			w.floor[table] = max(w.floor[table], f.hour)
		}
	}
}

// plant withholds events: none, some of an hour, an hour, several hours; on
// the stream, on Graph or on both. What both withhold nobody can know of, so no
// event is withheld twice.
func (w *world) plant() {
	var said []string
	for _, table := range tableNames {
		byHour := map[int64][]*fact{}
		var hours []int64
		for _, f := range w.facts {
			if f.table != table || f.hour <= w.floor[table] {
				continue
			}
			if byHour[f.hour] == nil {
				hours = append(hours, f.hour)
			}
			byHour[f.hour] = append(byHour[f.hour], f)
		}
		for side := range 2 {
			if len(hours) == 0 || w.r.IntN(2+side) > 0 {
				continue
			}
			at := w.r.IntN(len(hours))
			most, share := 1, 1.0
			switch w.r.IntN(3) {
			case 0:
				share = 0.6
			case 1:
				most = 2 + w.r.IntN(4)
			}
			for _, h := range hours[at:min(at+most, len(hours))] {
				n := 0
				for _, f := range byHour[h] {
					if !f.lost[1-side] && w.r.Float64() < share {
						f.lost[side] = true
						n++
					}
				}
				said = append(said, fmt.Sprintf("%s loses %d of %d of %s", []string{"stream", "graph"}[side], n, len(byHour[h]), cell{table, h}))
			}
		}
	}
	if w.plan = strings.Join(said, "; "); w.plan == "" {
		w.plan = "nothing is withheld"
	}
}

// swap is how far messages of the stream change places.
const swap = 10 * time.Minute

// fill makes the stream's log: events in messages of one or a few, out of
// order, some of them again up to a day later.
func (w *world) fill() {
	type letter struct {
		at time.Time
		f  *fact
	}
	var letters []letter
	again := 0.3 * w.r.Float64()
	for _, f := range w.facts {
		if f.lost[onStream] {
			continue
		}
		at := f.Delivered.Add(time.Duration(w.r.Int64N(int64(swap))))
		letters = append(letters, letter{at, f})
		for w.r.Float64() < again {
			letters = append(letters, letter{at.Add(time.Duration(w.r.Float64() * w.r.Float64() * float64(24*time.Hour))), f})
		}
	}
	sort.SliceStable(letters, func(i, j int) bool { return letters[i].at.Before(letters[j].at) })
	for len(letters) > 0 {
		n := 1
		for n < len(letters) && n < 5 && w.r.IntN(2) == 0 && letters[n].at.Sub(letters[0].at) < swap {
			n++
		}
		m := message{at: letters[n-1].at}
		var raws []string
		for _, l := range letters[:n] {
			m.of = append(m.of, l.f)
			raws = append(raws, string(l.f.Diagnostic()))
		}
		m.value = []byte(`{"records":[` + strings.Join(raws, ",") + `]}`)
		w.log = append(w.log, m)
		letters = letters[n:]
	}
}

// pause is how long whoever has had all messages before next waits: an hour,
// so that pages have a few records, and no less than until there is one.
func (w *world) pause(next int) time.Duration {
	pause := time.Hour
	if next < len(w.log) {
		pause = max(pause, min(6*time.Hour, w.log[next].at.Sub(w.clock.Now())))
	}
	return pause
}
