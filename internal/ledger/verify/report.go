package verify

import (
	"fmt"
	"sort"
	"sync"
)

// Kind says what is wrong.
type Kind string

const (
	Altered   Kind = "altered"   // it is there and not what was committed to
	Missing   Kind = "missing"   // the log names it and it is not there
	Reordered Kind = "reordered" // it is there, at another place
	CutOff    Kind = "cut off"   // the newest part is gone
	Surplus   Kind = "surplus"   // nothing commits to it
	BadLog    Kind = "log"       // the log or its signature does not hold
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Stream  string `json:"stream,omitempty"`
	Segment uint64 `json:"segment,omitempty"`
	// Record is the position of the first record concerned, 0 if none is. When
	// it cannot be told which one it is, it is the first that it can be.
	Record uint64 `json:"record,omitempty"`
	File   string `json:"file,omitempty"` // below the ledger's folder
	What   string `json:"what"`

	lo, hi uint64 // a position from lo to hi that no stream holds is the one that is gone
}

func (f Finding) String() string {
	where := ""
	if f.Record > 0 {
		where = fmt.Sprintf("record %d", f.Record)
	}
	if f.Segment > 0 {
		if where != "" {
			where += ", "
		}
		where += fmt.Sprintf("segment %d of stream %s", f.Segment, f.Stream)
	}
	if f.File != "" {
		if where != "" {
			where += ", "
		}
		where += "file " + f.File
	}
	if where != "" {
		where = " [" + where + "]"
	}
	return string(f.Kind) + ": " + f.What + where
}

// Report is what a run found.
type Report struct {
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"` // the first record concerned comes first
	Notes    []string  `json:"notes"`    // what is as it may be and worth knowing

	Checkpoint  string `json:"checkpoint"`  // the signed note
	VerifierKey string `json:"verifierKey"` // that it was checked with
	Pinned      bool   `json:"pinned"`      // the key was given and not taken from the ledger's folder
	Against     string `json:"against,omitempty"`

	Entries  uint64 `json:"entries"`  // of the log
	Streams  int    `json:"streams"`  //
	Segments int    `json:"segments"` // sealed ones
	Open     int    `json:"open"`
	Items    uint64 `json:"items"`
	Records  uint64 `json:"records"`
	Erased   uint64 `json:"erased"`
	Expired  uint64 `json:"expired"` // items of segments that expired
	Bytes    int64  `json:"bytes"`   // raw bytes that were hashed
	First    uint64 `json:"first"`   // positions
	Last     uint64 `json:"last"`
	// Unsigned counts items to which nothing in the log commits, UnsignedFrom is
	// the first of them.
	Unsigned     uint64 `json:"unsigned"`
	UnsignedFrom uint64 `json:"unsignedFrom,omitempty"`

	mu        sync.Mutex
	positions positions
	owned     map[string]*positions // by stream
	complete  bool
	gone      [][2]uint64 // first and last positions of segments that expired
}

func (r *Report) find(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Findings = append(r.Findings, f)
}

func (r *Report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// locate moves findings that name a record by what comes before it. Positions
// are counted over all streams: the first that no other stream holds is the one
// that is gone.
func (r *Report) locate() {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Stream == "" {
			continue
		}
		if pos, ok := r.hole(f.lo, f.hi); ok {
			f.Record = pos
			continue
		}
		for f.Record > 0 && r.positions.has(f.Record) && !r.owned[f.Stream].has(f.Record) {
			f.Record++
		}
	}
}

// hole is the first position from lo to hi that no stream holds.
func (r *Report) hole(lo, hi uint64) (uint64, bool) {
	if lo == 0 {
		return 0, false
	}
	for pos := lo; pos <= hi && pos > 0; {
		if r.positions.has(pos) {
			pos++
			continue
		}
		next := pos
		for _, g := range r.gone { // as one step: a forged one may be as wide as can be
			if g[0] <= pos && pos <= g[1] {
				next = max(next, g[1]+1)
			}
		}
		if next == pos {
			return pos, true
		}
		pos = next
	}
	return 0, false
}

// done orders the findings: the log first, as everything hangs on it, then by
// record.
func (r *Report) done() {
	r.locate()
	sort.SliceStable(r.Findings, func(i, j int) bool {
		a, b := &r.Findings[i], &r.Findings[j]
		if (a.Kind == BadLog) != (b.Kind == BadLog) {
			return a.Kind == BadLog
		}
		return a.Record < b.Record
	})
	if r.complete && r.Unsigned > 0 {
		r.Findings = append(r.Findings, Finding{Kind: Surplus, Record: r.UnsignedFrom, What: fmt.Sprintf("%d items are not signed for", r.Unsigned)})
	}
	sort.Strings(r.Notes)
	r.OK = len(r.Findings) == 0
}
