package eventhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// state is the cursor: what has become durable, and of which hub.
type state struct {
	Version   int               `json:"v"`
	Namespace string            `json:"ns,omitempty"` // "": not known
	Topic     string            `json:"id,omitempty"` // topic id in hex; Event Hubs gives none
	Parts     map[int32]*place  `json:"parts"`
	Tables    map[string]millis `json:"tables,omitempty"` // time of the last event of each
	// Gone is set from when the hub is found to be a new one until its first
	// message says when it began.
	Gone *gone `json:"gone,omitempty"`
}

// millis is a time in milliseconds since 1970; 0: not known.
type millis int64

func (m millis) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// place is how far a partition has been read.
type place struct {
	next int64  // offset after the last message; from the start if -1
	at   millis // when the last message was put into the hub
	mark uint32 // checksum of it
	good bool   // at and mark are known
}

// gone is what may have been lost with a hub.
type gone struct {
	From   millis            `json:"from"` // when its last message that was read was put into it
	Tables map[string]millis `json:"tables"`
}

// MarshalJSON writes a place in few bytes: hubs have up to a thousand of them.
func (p *place) MarshalJSON() ([]byte, error) {
	if !p.good {
		return json.Marshal([]int64{p.next})
	}
	return json.Marshal([]int64{p.next, int64(p.at), int64(p.mark)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *place) UnmarshalJSON(b []byte) error {
	var v []int64
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if len(v) != 1 && len(v) != 3 || v[0] < -1 {
		return errors.New("no place in a partition")
	}
	*p = place{next: v[0]}
	if len(v) == 3 {
		if v[2] < 0 || v[2] > 1<<32-1 || v[0] < 1 {
			return errors.New("no mark of a message")
		}
		p.at, p.mark, p.good = millis(v[1]), uint32(v[2]), true
	}
	return nil
}

const (
	cursorVersion = 1
	// maxParts is what fits a cursor of 64 KiB; Event Hubs has up to 1,024.
	maxParts = 1200
	// maxTables bounds what a cursor knows of tables.
	maxTables = 64
)

func begin(namespace string) *state {
	return &state{Version: cursorVersion, Namespace: namespace, Parts: map[int32]*place{}}
}

// load reads a cursor.
func load(c source.Cursor) (*state, error) {
	var st state
	if err := json.Unmarshal(c, &st); err != nil {
		return nil, errors.New("cursor is no JSON of ours: remove it to begin anew; what was collected is kept once")
	}
	if st.Version != cursorVersion {
		return nil, fmt.Errorf("cursor has version %d, this program knows %d: use the newer program", st.Version, cursorVersion)
	}
	if st.Parts == nil {
		st.Parts = map[int32]*place{}
	}
	for p, at := range st.Parts {
		if at == nil || p < 0 {
			delete(st.Parts, p) // read from its start again
		}
	}
	if len(st.Parts) > maxParts {
		return nil, fmt.Errorf("cursor has more than %d partitions: remove it to begin anew; what was collected is kept once", maxParts)
	}
	for t := range st.Tables {
		if len(st.Tables) <= maxTables && len(t) <= 64 {
			continue
		}
		delete(st.Tables, t)
	}
	if g := st.Gone; g != nil && len(g.Tables) > maxTables {
		st.Gone = nil
	}
	return &st, nil
}

func (st *state) cursor() (source.Cursor, error) {
	c, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("cursor: %w", err)
	}
	return c, nil
}

// saw notes the time of an event of a table.
func (st *state) saw(table string, at time.Time) {
	if table == "" {
		return
	}
	if st.Tables == nil {
		st.Tables = map[string]millis{}
	}
	ms := millis(at.UnixMilli())
	if old, ok := st.Tables[table]; ok && old >= ms || !ok && len(st.Tables) >= maxTables {
		return
	}
	// The table's name may be part of a record's bytes.
	st.Tables[strings.Clone(table)] = ms
}

// forget makes the state one of a hub of which nothing has been read.
func (st *state) forget() {
	var last millis
	for _, p := range st.Parts {
		last = max(last, p.at)
	}
	if last > 0 && st.Gone == nil {
		st.Gone = &gone{From: last, Tables: maps.Clone(st.Tables)}
	}
	st.Topic, st.Parts = "", map[int32]*place{}
}
