package blob

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

const (
	cursorVersion = 1
	// cursorRoom is how large a cursor may grow before hours are settled early
	// and spans are joined.
	cursorRoom = 56 << 10
	// cursorMost bounds what a cursor is unpacked to.
	cursorMost = 64 << 20
	// spanBlobs is how many blobs a span has, if there is room for more spans.
	spanBlobs = 5000
)

// state is the cursor. It is kept packed: names repeat themselves.
type state struct {
	Since   int64   `json:"since"`   // Unix time; hours before it are left out
	Horizon int64   `json:"horizon"` // Unix time; hours from it on are watched
	Full    int64   `json:"full"`    // when the last full pass began
	Lists   int64   `json:"lists"`   // requests that it took
	Pass    *pass   `json:"pass,omitempty"`
	Units   []*unit `json:"units,omitempty"` // by key
	dirty   bool
}

// unit is a prefix of a container.
type unit struct {
	Box     string            `json:"c"`
	Prefix  string            `json:"p,omitempty"` // to "/y=" with it; "": names without that
	Watched map[string]*entry `json:"w,omitempty"` // by the rest of the name
	Spans   []span            `json:"s,omitempty"` // by To
}

func (u *unit) key() string { return u.Box + "/" + u.Prefix }

// entry is a blob that is watched.
type entry struct {
	Off   int64  `json:"o,omitempty"` // what is before it has been yielded
	Size  int64  `json:"s,omitempty"` // as last seen
	Mod   int64  `json:"m,omitempty"`
	Tail  uint32 `json:"d,omitempty"` // digest of the bytes before Off; 0: not known
	Took  bool   `json:"e,omitempty"` // the last line was yielded without a line end
	Whole bool   `json:"a,omitempty"` // it is no lines: read as a whole
	at    int64  // when it was seen so, by the service's clock; 0: before this run
}

// read reports whether everything there was has been yielded.
func (e *entry) read() bool { return e.Size > 0 && (e.Off == e.Size || e.Took) }

// pass is a full pass that is under way. Units with smaller keys are done.
type pass struct {
	Began int64  `json:"began"`
	Lists int64  `json:"lists"`
	Key   string `json:"key"`
	After string `json:"after"` // names up to it are done in this unit
	Open  span   `json:"open"`  // sums of those of them that are behind the last span that is done
	Date  int64  `json:"date"`  // the service's clock when the unit's listing began
}

// packed is how a cursor is written.
type packed struct {
	Version int    `json:"v"`
	State   string `json:"z"` // JSON, deflated, base64
}

func load(c source.Cursor) (*state, error) {
	bad := errors.New("cursor is not one of ours: remove it to begin anew; what was collected is kept once")
	var p packed
	if json.Unmarshal(c, &p) != nil {
		return nil, bad
	}
	if p.Version != cursorVersion {
		return nil, fmt.Errorf("cursor has version %d, this program knows %d: use the newer program", p.Version, cursorVersion)
	}
	z, err := base64.StdEncoding.DecodeString(p.State)
	if err != nil {
		return nil, bad
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(z)), cursorMost))
	st := new(state)
	if err != nil || json.Unmarshal(text, st) != nil {
		return nil, bad
	}
	for i, u := range st.Units {
		if u == nil || i > 0 && st.Units[i-1].key() >= u.key() {
			return nil, bad
		}
		for k, s := range u.Spans {
			if s.N < 0 || k > 0 && u.Spans[k-1].To >= s.To {
				return nil, bad
			}
		}
		for _, e := range u.Watched {
			if e == nil || e.Off < 0 || e.Size < 0 {
				return nil, bad
			}
		}
	}
	if st.Pass != nil && st.Pass.Open.N < 0 {
		return nil, bad
	}
	return st, nil
}

// cursor packs the state; if it has grown large, more of it is settled first.
func (st *state) cursor(now time.Time) source.Cursor {
	for {
		c := st.pack()
		if len(c) <= cursorRoom || !st.shrink(now) {
			return c
		}
	}
}

func (st *state) pack() source.Cursor {
	text, err := json.Marshal(st)
	if err != nil {
		panic(err) // numbers, strings and structs of them
	}
	var z bytes.Buffer
	w, _ := flate.NewWriter(&z, flate.BestSpeed)
	_, _ = w.Write(text) // to memory
	_ = w.Close()
	c, err := json.Marshal(packed{cursorVersion, base64.StdEncoding.EncodeToString(z.Bytes())})
	if err != nil {
		panic(err)
	}
	return c
}

// unit finds a unit or makes it.
func (st *state) unit(box, prefix string) *unit {
	u := &unit{Box: box, Prefix: prefix}
	i := sort.Search(len(st.Units), func(i int) bool { return st.Units[i].key() >= u.key() })
	if i < len(st.Units) && st.Units[i].key() == u.key() {
		return st.Units[i]
	}
	st.Units = append(st.Units, nil)
	copy(st.Units[i+1:], st.Units[i:])
	st.Units[i] = u
	st.dirty = true
	return u
}

// watches reports whether a blob is one with an entry. Others are in spans.
func (st *state) watches(u *unit, rest string) bool {
	if _, ok := u.Watched[rest]; ok {
		return true
	}
	t, ok := hourOf(rest)
	return ok && t.Unix() >= st.Horizon
}

// settle moves the horizon on and puts what is read and older into spans.
func (st *state) settle(horizon int64, now time.Time, finish time.Duration) (moved bool) {
	if horizon > st.Horizon {
		st.Horizon, st.dirty = horizon, true
	}
	for _, u := range st.Units {
		if st.Pass != nil && st.Pass.Key == u.key() {
			continue // its sums are being made
		}
		for rest, e := range u.Watched {
			t, ok := hourOf(rest)
			if ok && t.Unix() >= st.Horizon || !e.read() || now.Sub(time.Unix(e.Mod, 0)) < finish {
				continue
			}
			u.settle(rest, e)
			moved, st.dirty = true, true
		}
	}
	return moved
}

// settle puts an entry into its span.
func (u *unit) settle(rest string, e *entry) {
	delete(u.Watched, rest)
	late := e.at
	if late == 0 {
		late = e.Mod
	}
	i := sort.Search(len(u.Spans), func(i int) bool { return u.Spans[i].To >= rest })
	if i == len(u.Spans) {
		if i == 0 || u.Spans[i-1].N >= spanBlobs {
			u.Spans = append(u.Spans, span{})
		} else {
			i--
		}
		u.Spans[i].To = rest
	}
	u.Spans[i].add(rest, e.Size, e.Mod, late)
}

// least is the age from which hours may be settled when there is little room.
const least = 3 * time.Hour

// shrink makes the state smaller: it settles the older half of the watched
// hours, and if there is nothing to settle, joins neighbouring spans.
func (st *state) shrink(now time.Time) bool {
	var hours []int64
	for _, u := range st.Units {
		for rest := range u.Watched {
			if t, ok := hourOf(rest); ok && t.Unix() >= st.Horizon {
				hours = append(hours, t.Unix())
			}
		}
	}
	if len(hours) > 0 {
		sort.Slice(hours, func(i, k int) bool { return hours[i] < hours[k] })
		limit := now.Add(-least).Truncate(time.Hour).Unix()
		to := min(hours[len(hours)/2]+3600, limit)
		if to > st.Horizon && st.settle(to, now, 0) {
			return true
		}
	}
	joined := false
	for _, u := range st.Units {
		if len(u.Spans) < 2 || st.Pass != nil && st.Pass.Key == u.key() {
			continue
		}
		kept := u.Spans[:0]
		for i, s := range u.Spans {
			if i%2 == 1 {
				s.merge(kept[len(kept)-1])
				kept[len(kept)-1] = s
				joined = true
				continue
			}
			kept = append(kept, s)
		}
		u.Spans = kept
	}
	return joined
}
