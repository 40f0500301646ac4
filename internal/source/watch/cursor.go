package watch

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// A file is remembered by three digests that are cut short, which keeps a
// cursor small. For a file to be passed over wrongly, two of them have to meet
// by chance: 80 bits and more.
type (
	key     [6]byte // of folder and path
	stamp   [5]byte // of size and modification time
	content [5]byte // of the bytes
)

type entry struct {
	stamp   stamp
	content content
}

const (
	cursorVersion = 1
	entryBytes    = len(key{}) + len(stamp{}) + len(content{})
	// maxKept is how many files a cursor holds: it stays well below 64 KiB.
	maxKept = 2500
)

// state is the cursor while it is in use.
type state struct {
	files map[key]entry
	order []key // as they were taken, oldest first; may hold keys that are gone, and one twice
	part  part
}

// part is the file that is being read.
type part struct {
	Key     []byte `json:"key"`
	Stamp   []byte `json:"stamp"`
	Content []byte `json:"content"`
	Records int    `json:"records"` // that were yielded
}

// stored is the cursor as it is written.
type stored struct {
	Version int    `json:"v"`
	Files   []byte `json:"files,omitempty"`
	Part    *part  `json:"part,omitempty"`
}

func newHash() hash.Hash { return sha256.New() }

func keyOf(folder, path string) (k key) {
	sum := sha256.Sum256([]byte(folder + "\x00" + path))
	copy(k[:], sum[:])
	return k
}

func stampOf(size int64, modified time.Time) (s stamp) {
	b := binary.BigEndian.AppendUint64(nil, uint64(size))
	b = binary.BigEndian.AppendUint64(b, uint64(modified.UnixNano()))
	sum := sha256.Sum256(b)
	copy(s[:], sum[:])
	return s
}

// load reads a cursor; nil is one of nothing.
func load(c source.Cursor) (*state, error) {
	st := &state{files: map[key]entry{}}
	if c == nil {
		return st, nil
	}
	var in stored
	if err := json.Unmarshal(c, &in); err != nil {
		return nil, errors.New("cursor is no JSON of ours: remove it to read the folders anew; what was collected is kept once")
	}
	if in.Version != cursorVersion {
		return nil, fmt.Errorf("cursor has version %d, this program knows %d: use the newer program", in.Version, cursorVersion)
	}
	if len(in.Files)%entryBytes != 0 {
		return nil, errors.New("cursor is cut short: remove it to read the folders anew; what was collected is kept once")
	}
	for b := in.Files; len(b) > 0; b = b[entryBytes:] {
		var k key
		var e entry
		n := copy(k[:], b)
		n += copy(e.stamp[:], b[n:])
		copy(e.content[:], b[n:])
		st.add(k, e)
	}
	if in.Part != nil && in.Part.Records > 0 {
		st.part = *in.Part
	}
	return st, nil
}

// cursor writes the state. Of more than maxKept files it holds those that were
// taken last: the others are read again after a restart.
func (st *state) cursor() source.Cursor {
	out := stored{Version: cursorVersion}
	seen := make(map[key]bool, min(len(st.order), maxKept))
	var back []key
	for i := len(st.order) - 1; i >= 0 && len(back) < maxKept; i-- {
		if k := st.order[i]; !seen[k] {
			if _, ok := st.files[k]; ok {
				seen[k] = true
				back = append(back, k)
			}
		}
	}
	for i := len(back) - 1; i >= 0; i-- {
		k, e := back[i], st.files[back[i]]
		out.Files = append(append(append(out.Files, k[:]...), e.stamp[:]...), e.content[:]...)
	}
	if st.part.Records > 0 {
		out.Part = &st.part
	}
	c, err := json.Marshal(out)
	if err != nil {
		return nil // cannot be: there are only bytes and numbers; nil leaves the cursor where it is
	}
	return c
}

// add remembers a file as taken.
func (st *state) add(k key, e entry) {
	st.files[k] = e
	if st.order = append(st.order, k); len(st.order) > 2*len(st.files)+64 {
		st.tidy()
	}
}

// keep forgets the files that are not present any more.
func (st *state) keep(present map[key]bool) {
	for k := range st.files {
		if !present[k] {
			delete(st.files, k)
		}
	}
}

// tidy leaves of each key the place where it was added last.
func (st *state) tidy() {
	last := make(map[key]int, len(st.files))
	for i, k := range st.order {
		last[k] = i
	}
	kept := st.order[:0]
	for i, k := range st.order {
		if _, ok := st.files[k]; ok && last[k] == i {
			kept = append(kept, k)
		}
	}
	st.order = kept
}

// resume is how many records of a file were yielded already.
func (st *state) resume(k key, e entry) int {
	if string(st.part.Key) == string(k[:]) && string(st.part.Stamp) == string(e.stamp[:]) && string(st.part.Content) == string(e.content[:]) {
		return st.part.Records
	}
	return 0
}
