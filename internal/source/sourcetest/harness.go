package sourcetest

import (
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// Event is one that the service has and that must arrive.
type Event struct {
	Key   string // as World.Key gives it for its record
	Table string // "": not checked
}

// World is a service with events in it, for one run.
type World struct {
	// Source is a new source on the service, as after a restart.
	Source func() source.Source
	// Events are those that must have arrived when the run is over. It is
	// called at the end.
	Events func() []Event
	// Tenant is what records must name; "": not checked.
	Tenant string
	// Secrets may stand nowhere in what a source gives.
	Secrets []string
	// Clock is the service's and the source's, if they follow one. A run then
	// is over when Over says so.
	Clock *Clock
	// Over reports that the service has nothing more to give. Without it a run
	// is over when all events have arrived, or Read returns nil.
	Over func() bool
	// Key is how a record names its event; nil: table and identity.
	Key func(event.Record) string
}

// Harness makes worlds.
type Harness struct {
	// Start makes a world. Everything random in it comes from the seed. With
	// faults the service misbehaves as far as its documentation allows.
	Start func(t testing.TB, seed uint64, faults bool) World
	// Seeds is how many runs with faults are made; 0: 20. The environment
	// variable WHOLELOG_SEEDS overrides it.
	Seeds int
	// Patience is how long a run may take in real time; 0: 30 seconds.
	Patience time.Duration
}

func (w *World) key(r event.Record) string {
	if w.Key != nil {
		return w.Key(r)
	}
	return r.Table + " " + r.ID
}
