package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// state is the cursor of a tail. Files are known by how they begin, not by
// names or inodes: names shift with every rotation, a copy and a compressed
// file have another inode, and an event's id and time are in the first line.
type state struct {
	Version int       `json:"v"`
	Place   place     `json:"place"`          // in the file that is being read
	Held    place     `json:"held,omitzero"`  // in the current file, while an older one that turned up is read
	Read    []print   `json:"read,omitempty"` // files that are read and still there
	Last    time.Time `json:"last,omitzero"`  // latest time of an event that was yielded
	Gap     bool      `json:"gap,omitempty"`  // something is missing behind Last, and not stated yet
}

// place is how far a file is read.
type place struct {
	Head   head  `json:"head"`
	Offset int64 `json:"offset"` // in unpacked bytes, behind the last whole line
}

// head tells a file by its first bytes: up to headBytes, but not more than
// were there when it was made.
type head struct {
	Len int    `json:"len"`
	Sum []byte `json:"sum,omitempty"`
}

// print is a head as text, for sets.
type print string

func (h head) print() print { return print(fmt.Sprintf("%d.%x", h.Len, h.Sum)) }

const (
	tailVersion = 1
	headBytes   = 1024
	maxFiles    = 1500 // rotated files that are looked at
)

// load reads a cursor; nil is one of nothing.
func load(c source.Cursor) (*state, error) {
	st := &state{Version: tailVersion}
	if c == nil {
		return st, nil
	}
	if err := json.Unmarshal(c, st); err != nil {
		return nil, errors.New("cursor is no JSON of ours: remove it to read the log files anew; what was collected is kept once")
	}
	if st.Version != tailVersion {
		return nil, fmt.Errorf("cursor has version %d, this program knows %d: use the newer program", st.Version, tailVersion)
	}
	for _, p := range []place{st.Place, st.Held} {
		if p.Offset < 0 || p.Head.Len < 0 || p.Head.Len > headBytes {
			return nil, errors.New("cursor names a place that cannot be: remove it to read the log files anew; what was collected is kept once")
		}
	}
	st.Read = st.Read[:min(len(st.Read), maxFiles)]
	return st, nil
}

func (st *state) cursor() source.Cursor {
	c, err := json.Marshal(st)
	if err != nil {
		return nil // a time beyond the year 9999; nil leaves the cursor where it is
	}
	return c
}

// done remembers a file as read.
func (st *state) done(p print) {
	if st.has(p) {
		return
	}
	if len(st.Read) >= maxFiles {
		st.Read = append(st.Read[:0], st.Read[1:]...)
	}
	st.Read = append(st.Read, p)
}

func (st *state) has(p print) bool {
	for _, q := range st.Read {
		if p == q {
			return true
		}
	}
	return false
}

// keep forgets files that are not there any more.
func (st *state) keep(there map[print]bool) {
	kept := st.Read[:0]
	for _, p := range st.Read {
		if there[p] {
			kept = append(kept, p)
		}
	}
	st.Read = kept
}
