package blob

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/wholelog/wholelog/internal/source"
)

// Source reads the containers of one storage account.
type Source struct {
	o       Options
	name    string
	service *service.Client
}

// Name is "blob:" and the label or the account's name.
func (s *Source) Name() string { return s.name }

// run is one call of Read.
type run struct {
	s       *Source
	ctx     context.Context
	yield   source.Yield
	st      *state
	page    source.Page // what has gathered for yield
	bytes   int         // of its records
	said    map[string]time.Time
	failing bool
	bad     int                  // failures since the last good answer
	lists   int64                // listings that were asked for
	denied  map[string]time.Time // containers, "" is the account, and when to ask again
	absent  map[string]time.Time // containers that are not there, the same
	seen    map[*entry]bool      // since the last wide listing
	found   map[string]time.Time // when a container's prefixes were looked for
	kept    int                  // entries of old hours that this pass has left
	hurry   bool                 // a last line is taken at once

	nextPoll, nextWide, nextFull time.Time
}

const (
	lastFor = 3 * time.Hour    // hours that each poll lists
	news    = 10 * time.Minute // after which prefixes are looked for again
	// perList is how long a full pass is worth waiting for, for each request that
	// it takes.
	perList            = 20 * time.Second
	leastFull          = 10 * time.Minute
	mostFull           = 24 * time.Hour
	keepMost           = 100 // entries of old hours that a full pass may leave
	serviceSkew  int64 = 60  // seconds that the service's clocks may differ by
	bufferedMost       = 50_000
)

// Read follows the account until ctx ends or yield fails.
func (s *Source) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	r := &run{s: s, ctx: ctx, yield: yield, said: map[string]time.Time{}, denied: map[string]time.Time{}, absent: map[string]time.Time{}, seen: map[*entry]bool{}, found: map[string]time.Time{}}
	now := s.o.Now()
	if from == nil {
		r.st = &state{Horizon: r.horizon(), dirty: true}
		if s.o.Since > 0 {
			r.st.Since = now.Add(-s.o.Since).Truncate(time.Hour).Unix()
		}
		// Kept at once: a source that is stopped before its first page must not
		// begin later than it would have.
		if err := r.flush(); err != nil {
			return err
		}
	} else {
		st, err := load(from)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.st = st
		r.nextFull = r.afterFull()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.step(); err != nil {
			return err
		}
	}
}

// step does one thing: list the current day, the window or everything, or wait.
func (r *run) step() error {
	now := r.s.o.Now()
	switch {
	case !now.Before(r.nextWide):
		return r.window()
	case !now.Before(r.nextPoll):
		return r.poll()
	case r.st.Pass != nil || !now.Before(r.nextFull):
		return r.everything()
	}
	if err := r.flush(); err != nil {
		return err
	}
	wake := r.nextPoll
	for _, t := range []time.Time{r.nextWide, r.nextFull} {
		if t.Before(wake) {
			wake = t
		}
	}
	return r.s.o.Sleep(r.ctx, wake.Sub(now))
}

func (r *run) horizon() int64 {
	return r.s.o.Now().Add(-r.s.o.Window).Truncate(time.Hour).Unix()
}

// afterFull is when the next full pass begins.
func (r *run) afterFull() time.Time {
	pause := min(max(time.Duration(r.st.Lists)*perList, leastFull), mostFull)
	if r.s.o.Full > 0 {
		pause = r.s.o.Full
	}
	return time.Unix(r.st.Full, 0).Add(pause)
}
