package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// state is the cursor. Because each pass goes through time in order, how far
// it has come is all that there is to know: the cursor stays small whatever
// the volume.
type state struct {
	Version int    `json:"v"`
	Length  int64  `json:"len"` // of slices, in seconds
	Passes  []pass `json:"passes"`
	Slice   *slice `json:"slice,omitempty"` // that is being read
}

// pass is one way through time: the first reading, then the sweeps.
type pass struct {
	Lag int64     `json:"lag"` // age at which time is read, in seconds
	To  time.Time `json:"to"`  // read up to here
}

// slice is a span that has been read, but not yet until it is stable.
type slice struct {
	Pass   int       `json:"pass"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Reads  int       `json:"reads"`          // readings that came to their end
	Digest string    `json:"digest"`         // of what the last one gave
	Open   bool      `json:"open,omitempty"` // a reading has begun to yield
}

const (
	cursorVersion = 1
	firstLength   = int64(3600)
	minLength     = int64(1)
	maxLength     = int64(24 * 3600)
)

// begin is the state of a source that has read nothing.
func begin(lags []time.Duration, start time.Time) *state {
	st := &state{Version: cursorVersion, Length: firstLength}
	for _, l := range lags {
		st.Passes = append(st.Passes, pass{Lag: int64(l / time.Second), To: start})
	}
	return st
}

// load reads a cursor and fits it to the configured passes: one that is new
// begins where the next slower one is.
func load(c source.Cursor, lags []time.Duration) (*state, error) {
	var st state
	if err := json.Unmarshal(c, &st); err != nil {
		return nil, errors.New("cursor is no JSON of ours: remove it to begin anew; what was collected is kept once")
	}
	if st.Version != cursorVersion {
		return nil, fmt.Errorf("cursor has version %d, this program knows %d: use the newer program", st.Version, cursorVersion)
	}
	if len(st.Passes) == 0 || st.Passes[0].To.IsZero() {
		return nil, errors.New("cursor names no time: remove it to begin anew; what was collected is kept once")
	}
	old := st.Passes
	st.Passes = make([]pass, len(lags))
	for i, l := range lags {
		lag := int64(l / time.Second)
		st.Passes[i] = pass{Lag: lag, To: old[0].To}
		for k := len(old) - 1; k > 0 && i > 0; k-- {
			if old[k].Lag >= lag {
				st.Passes[i].To = old[k].To
			}
		}
		if i > 0 && st.Passes[i].To.After(st.Passes[i-1].To) {
			st.Passes[i].To = st.Passes[i-1].To
		}
	}
	st.Length = min(max(st.Length, minLength), maxLength)
	if s := st.Slice; s != nil && (s.Pass < 0 || s.Pass >= len(lags) || s.Pass >= len(old) || old[s.Pass].Lag != st.Passes[s.Pass].Lag || !s.From.Equal(st.Passes[s.Pass].To) || !s.To.After(s.From)) {
		st.Slice = nil // of another configuration: read it from the start
	}
	if s := st.Slice; s != nil && s.Open {
		// The last run ended within this slice. Half of it is likelier to come to
		// its end, whatever it was that ended the run.
		st.Length = max(minLength, int64(s.To.Sub(s.From)/time.Second)/2)
		st.Slice = nil
	}
	return &st, nil
}

func (st *state) cursor() source.Cursor {
	c, err := json.Marshal(st)
	if err != nil {
		panic(err) // times within four digits of a year, as load and begin make them
	}
	return c
}

// next is the span to read now, or nil and the time at which there will be one.
// The first pass and the most overdue sweep take turns, so that neither a
// backlog nor sweeps hold the other up.
func (st *state) next(now time.Time, step time.Duration, sweep bool) (*slice, time.Time) {
	if st.Slice != nil {
		return st.Slice, now
	}
	var first, late *slice
	var overdue time.Duration
	wake := now.Add(time.Hour)
	for i, p := range st.Passes {
		worth := step
		if i > 0 {
			worth = min(max(time.Duration(p.Lag)*time.Second/4, 15*time.Minute), 2*time.Hour)
		}
		limit := now.Add(-time.Duration(p.Lag) * time.Second).Truncate(time.Second)
		if i > 0 && limit.After(st.Passes[i-1].To) {
			limit = st.Passes[i-1].To
		}
		if have := limit.Sub(p.To); have < worth {
			if due := now.Add(worth - have); due.Before(wake) {
				wake = due
			}
			continue
		}
		to := p.To.Add(time.Duration(st.Length) * time.Second)
		if to.After(limit) {
			to = limit
		}
		sl := &slice{Pass: i, From: p.To, To: to}
		if i == 0 {
			first = sl
		} else if by := limit.Sub(p.To) - worth; late == nil || by > overdue {
			late, overdue = sl, by
		}
	}
	if first == nil || sweep && late != nil {
		first = late
	}
	return first, wake
}

// done moves a pass to the end of its slice. Time that was already old when it
// was first read needs no sweep for that age.
func (st *state) done(sl *slice, read time.Time) {
	st.Passes[sl.Pass].To = sl.To
	for i := 1; sl.Pass == 0 && i < len(st.Passes); i++ {
		if p := &st.Passes[i]; p.To.Equal(sl.From) && read.Sub(sl.To) >= time.Duration(p.Lag)*time.Second {
			p.To = sl.To
		}
	}
	st.Slice = nil
}

// Reached is how far the first reading of a cursor's source has come, and
// where it begins if it has read nothing: what is before is read. It is zero
// for what is no cursor of this package.
func Reached(c source.Cursor) time.Time {
	var st state
	if json.Unmarshal(c, &st) != nil || len(st.Passes) == 0 {
		return time.Time{}
	}
	return st.Passes[0].To
}
