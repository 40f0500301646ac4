package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// head and footer are the JSON of those blocks. Both are strict: an unknown
// member is a format that this verifier does not know.
type head struct {
	Version  int       `json:"version"`
	Stream   string    `json:"stream"`
	Tenant   string    `json:"tenant"`
	Class    string    `json:"class"`
	Sequence uint64    `json:"sequence"`
	Previous string    `json:"previous"`
	Opened   time.Time `json:"opened"`
}

type footer struct {
	head
	Sealed     time.Time            `json:"sealed"`
	Root       string               `json:"root"`
	Items      int                  `json:"items"`
	Records    int                  `json:"records"`
	First      uint64               `json:"first"`
	Last       uint64               `json:"last"`
	Raw        int64                `json:"raw"`
	From       *time.Time           `json:"from"`
	To         *time.Time           `json:"to"`
	Watermarks map[string]time.Time `json:"watermarks"`
	Counts     []struct {
		Table   string `json:"table"`
		Source  string `json:"source"`
		Hour    int64  `json:"hour"`
		Records int64  `json:"records"`
		Repeats int64  `json:"repeats"`
		Late    int64  `json:"late"`
	} `json:"counts"`
	Blocks []struct {
		Items int    `json:"items"`
		First uint64 `json:"first"`
		Last  uint64 `json:"last"`
		Chain string `json:"chain"`
	} `json:"blocks"`
}

func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// task is one segment to check against what the log says of it.
type task struct {
	stream   string
	sequence uint64
	path     string // without extension
	open     bool   // no footer yet
	bytes    int64  // of its files, for the progress

	entry   *entry            // nil: not in the log
	tails   map[int]*entry    // by number of items
	erased  map[int]bool      // indexes that the log says are erased
	expired bool              // the log says so
	notes   map[uint64]string // leaf, by position, of the log's entries about notes

	// results
	first, last uint64
	previous    string
	root        string
	seen        []uint64 // positions of notes
	footer      []string // what is wrong with the footer as a whole
}

// check checks one segment. slots bounds the blocks unpacked at once.
func (r *Report) check(t *task, slots chan struct{}) {
	bad := func(kind Kind, record uint64, format string, args ...any) {
		r.find(Finding{Kind: kind, Stream: t.stream, Segment: t.sequence, Record: record, What: fmt.Sprintf(format, args...)})
	}
	ext := ".seg"
	if t.open {
		ext = ".open"
	}
	file, err := os.ReadFile(t.path + ext)
	if t.open && errors.Is(err, os.ErrNotExist) { // sealed meanwhile
		file, err = os.ReadFile(t.path + ".seg")
	}
	if err != nil {
		bad(Missing, t.firstLogged(), "the segment cannot be read: %v", err)
		return
	}
	side, err := os.ReadFile(t.path + ".side")
	if err != nil && !t.expired && !(t.open && errors.Is(err, os.ErrNotExist)) { // an open segment may have just been begun
		bad(Missing, t.firstLogged(), "the salts and leaves cannot be read: %v", err)
		return
	}
	blocks, foot, whole := r.split(t, file, bad)
	if blocks == nil && foot == nil && !whole {
		return
	}
	items := 0
	for _, d := range blocks {
		items += d.items
	}
	if t.expired && len(blocks) == 0 && foot != nil {
		r.footerOnly(t, foot, side, bad)
		return
	}
	if t.expired {
		r.note("segment %d of stream %s expired by the log, and its records are still there; the next start removes them", t.sequence, t.stream)
	}
	cut := false
	if n := len(side) / sideSize; n < items { // go on as far as there are leaves
		for i, d := range blocks {
			if d.index+d.items > n {
				blocks, cut = blocks[:i+1], true
				break
			}
		}
	}
	var wg sync.WaitGroup
	for _, d := range blocks {
		if foot != nil {
			d.tally = newTally()
		}
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			d.check(side[min(d.index*sideSize, len(side)):min((d.index+d.items)*sideSize, len(side))])
		}()
	}
	wg.Wait()
	if d := len(blocks) - 1; cut && !blocks[d].bad {
		blocks[d].bad, blocks[d].badKind, blocks[d].badRecord = true, Missing, blocks[d].positionAt(len(side)/sideSize-blocks[d].index)
		blocks[d].badWhat = "the side file ends before the segment does: the salt and leaf of a record are gone"
	}
	r.judge(t, blocks, side, foot, bad)
}

// firstLogged is the position of the first record that the log names for the
// segment, 0 if it names none.
func (t *task) firstLogged() uint64 {
	if t.entry != nil {
		return t.entry.num["first"]
	}
	for _, e := range t.tails {
		return e.num["first"]
	}
	return 0
}

// split takes a segment file apart and checks all but its items. whole says
// that the head was right.
func (r *Report) split(t *task, file []byte, bad func(Kind, uint64, string, ...any)) (blocks []*data, foot *footer, whole bool) {
	var h head
	rest := file
	next, index, last := t.firstLogged(), 0, uint64(0)
	report, unsound := bad, uint64(0)
	// What follows a damaged block may only seem wrong: its length or positions
	// may be the damage.
	bad = func(kind Kind, record uint64, format string, args ...any) {
		if unsound > 0 {
			kind, record = Altered, min(record, unsound)
		}
		report(kind, record, format, args...)
	}
	for n := 0; len(rest) > 0; n++ {
		at := len(file) - len(rest)
		b, after, err := nextBlock(rest)
		torn := errors.Is(err, errCut) || (err != nil || !b.sound) && unwritten(rest, at)
		if torn && t.open && n > 0 {
			r.note("segment %d of stream %s ends with %d bytes of a block that was never acknowledged", t.sequence, t.stream, len(rest))
			return blocks, nil, true
		}
		if err != nil {
			bad(Altered, next, "at byte %d: %v", at, err)
			return nil, nil, false
		}
		switch {
		case n == 0:
			if err := strict(b.payload, &h); b.typ != 'H' || !b.sound || err != nil || h.Version != 1 {
				bad(Altered, next, "the head of the segment is not what was written")
				return nil, nil, false
			}
			if h.Stream != t.stream || h.Sequence != t.sequence || streamID(h.Tenant, h.Class) != t.stream {
				bad(Reordered, next, "it says that it is segment %d of stream %s", h.Sequence, h.Stream)
				return nil, nil, false
			}
			t.previous = h.Previous
		case b.typ == 'D':
			d, err := parseData(b)
			if err != nil {
				bad(Altered, next, "at byte %d: %v", at, err)
				return nil, nil, false
			}
			if d.index != index || d.first <= last || d.last < d.first {
				if !d.sound {
					bad(Altered, next, "at byte %d: the head of a block is not what was written", at)
				} else {
					bad(Reordered, max(next, 1), "at byte %d: the block of positions %d to %d does not belong here", at, d.first, d.last)
				}
				return nil, nil, false
			}
			if !d.sound && unsound == 0 {
				unsound = max(d.first, 1)
			}
			index, last, next = index+d.items, d.last, d.last+1
			blocks = append(blocks, d)
		case b.typ == 'F':
			foot = &footer{}
			if err := strict(b.payload, foot); !b.sound || err != nil {
				bad(Altered, t.firstLogged(), "the footer is not what was written")
				return nil, nil, false
			}
			if e := t.entry; e != nil && e.text["footer"] != hexOf(sha256.Sum256(b.payload)) {
				t.footer = append(t.footer, "the footer is not the one that the log names")
			}
			trailer := append(binary.BigEndian.AppendUint32(nil, uint32(blockHead+len(b.payload))), "WLE1"...)
			if t.open && len(after) < len(trailer) {
				r.note("segment %d of stream %s was being sealed", t.sequence, t.stream)
				return blocks, nil, true
			}
			if !bytes.Equal(after, trailer) {
				bad(Altered, foot.Last, "the file does not end as a sealed segment does")
			}
			if foot.head != h {
				t.footer = append(t.footer, "head and footer of the segment differ")
			}
			return blocks, foot, true
		default:
			bad(Altered, next, "at byte %d: a block of unknown type", at)
			return nil, nil, false
		}
		rest = after
	}
	if !t.open {
		bad(CutOff, next, "the segment ends without a footer")
		return nil, nil, false
	}
	if len(file) == 0 {
		r.note("segment %d of stream %s was being begun", t.sequence, t.stream)
		return nil, nil, false
	}
	return blocks, nil, true
}

// lacking gives the positions of the first block that does not hold what the
// footer says.
func (f *footer) lacking(blocks []*data) (first, last uint64) {
	for i, b := range f.Blocks {
		if i >= len(blocks) || blocks[i].items != b.Items {
			return b.First, b.Last
		}
	}
	return f.First, f.Last
}

// footerOnly checks a segment that expired.
func (r *Report) footerOnly(t *task, foot *footer, side []byte, bad func(Kind, uint64, string, ...any)) {
	t.first, t.last, t.root = foot.First, foot.Last, foot.Root
	if len(side) > 0 {
		bad(Surplus, foot.First, "an expired segment still has its salts; the next start of wholelog removes them")
	}
	t.compareEntry(foot)
	for _, what := range t.footer {
		bad(Altered, t.firstLogged(), "%s", what)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Segments++
	r.gone = append(r.gone, [2]uint64{foot.First, foot.Last})
	r.Items += uint64(foot.Items)
	r.Expired += uint64(foot.Items)
}

func (t *task) compareEntry(foot *footer) {
	e := t.entry
	if e == nil {
		return
	}
	if e.text["root"] != foot.Root || e.num["items"] != uint64(foot.Items) || e.num["first"] != foot.First || e.num["last"] != foot.Last || e.text["previous"] != foot.Previous {
		t.footer = append(t.footer, "the footer does not say what the log says")
	}
}

func decodeHash(s string) (d digest) {
	if b, err := hex.DecodeString(s); err == nil && len(b) == len(d) && s == strings.ToLower(s) {
		copy(d[:], b)
	}
	return d
}
