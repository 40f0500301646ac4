package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"
)

// Options say what to check. Dir is needed.
type Options struct {
	Dir     string // the ledger's folder
	Key     string // C2SP verifier key; empty: the one in the ledger's folder
	Against []byte // an earlier checkpoint, kept elsewhere
	// Complete makes items to which nothing in the log commits a finding. Beside
	// a running writer there may be some; after an import there are none.
	Complete bool
	// Progress is told how many bytes of files are done, of how many.
	Progress func(done, total int64)
}

// Run checks a ledger. The error says that it could not be looked at; what is
// wrong with it is in the report.
func Run(o Options) (*Report, error) {
	if info, err := os.Stat(o.Dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("no ledger at %s: %w", o.Dir, errors.Join(err, os.ErrNotExist))
	}
	r := &Report{Findings: []Finding{}, Notes: []string{}, complete: o.Complete}
	defer r.done()
	if empty(o.Dir) && len(o.Against) == 0 && o.Key == "" {
		return nil, fmt.Errorf("the ledger at %s is empty: nothing was ever signed there, or all of it was taken away, which only a checkpoint kept elsewhere (--against) tells apart", o.Dir)
	}
	v, err := r.readKey(o.Dir, o.Key)
	if err != nil {
		if o.Key != "" {
			return nil, err
		}
		return r, nil
	}
	l := r.readLog(o.Dir, v)
	if l == nil {
		return r, nil
	}
	p, tasks := r.plan(o.Dir, l)
	r.against(o.Against, v, l, p)
	var total, done int64
	for _, t := range tasks {
		total += t.bytes
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	work := make(chan *task)
	var wg sync.WaitGroup
	for range 2 { // segments at once; their blocks share the slots
		wg.Add(1)
		go func() {
			defer wg.Done()
			for t := range work {
				r.check(t, slots)
				if n := atomic.AddInt64(&done, t.bytes); o.Progress != nil {
					o.Progress(n, total)
				}
			}
		}()
	}
	for _, t := range tasks {
		work <- t
	}
	close(work)
	wg.Wait()
	r.link(p, tasks)
	r.gaps()
	return r, nil
}

// empty reports whether a ledger's folder is as a first start leaves it.
func empty(dir string) bool {
	list, err := os.ReadDir(dir)
	return err == nil && len(list) == 0
}

// plan is what the log says about each stream.
type plan struct {
	streams map[string]*streamPlan
}

type streamPlan struct {
	segments map[uint64]*entry
	tails    map[uint64]map[int]*entry
	erased   map[uint64]map[int]bool
	expired  map[uint64]bool
	notes    map[uint64]string // leaf by position
	logged   uint64            // highest sequence of a segment entry
}

func (p *plan) at(stream string) *streamPlan {
	s := p.streams[stream]
	if s == nil {
		s = &streamPlan{map[uint64]*entry{}, map[uint64]map[int]*entry{}, map[uint64]map[int]bool{}, map[uint64]bool{}, map[uint64]string{}, 0}
		p.streams[stream] = s
	}
	return s
}

// read sorts the log's entries by stream. Entries that no checkpoint signs yet
// say nothing.
func (r *Report) read(l *logState) *plan {
	p := &plan{map[string]*streamPlan{}}
	for i, b := range l.entries[:l.size] {
		bad := func(format string, args ...any) {
			r.find(Finding{Kind: BadLog, What: fmt.Sprintf("log entry %d: ", i) + fmt.Sprintf(format, args...)})
		}
		e, err := parseEntry(b)
		if err != nil {
			bad("%v", err)
			continue
		}
		s, seq := p.at(e.text["stream"]), e.num["sequence"]
		switch e.kind {
		case "segment":
			if old := s.segments[seq]; old != nil && fmt.Sprint(old.text) != fmt.Sprint(e.text) {
				bad("segment %d of stream %s is there twice and differs", seq, e.text["stream"])
			}
			s.segments[seq], s.logged = e, max(s.logged, seq)
		case "tail":
			if s.tails[seq] == nil {
				s.tails[seq] = map[int]*entry{}
			}
			n := int(e.num["items"])
			if old := s.tails[seq][n]; old != nil && fmt.Sprint(old.text) != fmt.Sprint(e.text) {
				bad("%d items of segment %d of stream %s are there twice and differ", n, seq, e.text["stream"])
			}
			s.tails[seq][n] = e
		case "deletion":
			if e.text["state"] == "expired" {
				s.expired[seq] = true
				continue
			}
			if s.erased[seq] == nil {
				s.erased[seq] = map[int]bool{}
			}
			if err := parseRanges(e.text["erased"], s.erased[seq]); err != nil {
				bad("%v", err)
			}
		default:
			s.notes[e.num["position"]] = e.text["leaf"]
		}
	}
	return p
}

// plan lists the segments to check: those that the log names and those that
// are there.
func (r *Report) plan(dir string, l *logState) (*plan, []*task) {
	p := r.read(l)
	list, err := os.ReadDir(dir)
	if err != nil {
		r.find(Finding{Kind: Missing, What: "the ledger's folder cannot be read: " + err.Error()})
	}
	for _, d := range list {
		if name := d.Name(); d.IsDir() && len(name) == 32 {
			p.at(name)
		} else if name != "log" && name != "vkey" {
			r.note("%s is no part of the ledger; nothing reads it", name)
		}
	}
	var ids []string
	for id := range p.streams {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	var tasks []*task
	for _, id := range ids {
		tasks = append(tasks, r.planStream(dir, id, p.streams[id])...)
	}
	r.Streams = len(ids)
	return p, tasks
}

func (r *Report) planStream(dir, id string, s *streamPlan) []*task {
	files := map[string]int64{}
	list, err := os.ReadDir(filepath.Join(dir, id))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.find(Finding{Kind: Missing, Stream: id, What: "the stream's folder cannot be read: " + err.Error()})
	}
	top := s.logged
	for seq := range s.tails {
		top = max(top, seq)
	}
	for _, d := range list {
		name := d.Name()
		ext := filepath.Ext(name)
		seq, err := strconv.ParseUint(strings.TrimSuffix(name, ext), 10, 64)
		if err != nil || fmt.Sprintf("%08d%s", seq, ext) != name || ext != ".seg" && ext != ".open" && ext != ".side" {
			r.note("%s/%s is no part of the ledger; nothing reads it", id, name)
			continue
		}
		if info, err := d.Info(); err == nil {
			files[name] = info.Size()
		}
		if ext != ".side" {
			top = max(top, seq)
		}
	}
	var tasks []*task
	for seq := uint64(1); seq <= top; seq++ {
		name := fmt.Sprintf("%08d", seq)
		t := &task{stream: id, sequence: seq, path: filepath.Join(dir, id, name), entry: s.segments[seq], tails: s.tails[seq],
			erased: s.erased[seq], expired: s.expired[seq], notes: s.notes}
		size, isSealed := files[name+".seg"]
		openSize, isOpen := files[name+".open"]
		if !isSealed && (!isOpen || t.entry != nil) {
			// A file that is renamed while its folder is listed may not show.
			if info, err := os.Stat(t.path + ".seg"); err == nil {
				size, isSealed = info.Size(), true
			}
		}
		t.bytes = size + openSize + files[name+".side"]
		switch {
		case isSealed:
			if t.entry == nil && seq < top-1 || t.entry == nil && seq < s.logged {
				r.find(Finding{Kind: Surplus, Stream: id, Segment: seq, What: "the log does not name the segment; was the log set back?"})
			} else if t.entry == nil {
				r.note("segment %d of stream %s is sealed and not in the log yet", seq, id)
			}
		case isOpen && t.entry == nil && seq == top:
			t.open = true
		default:
			r.find(Finding{Kind: Missing, Stream: id, Segment: seq, Record: max(t.firstLogged(), 0), What: "a segment is missing"})
			continue
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// link checks what ties segments together: each names the root of the one
// before, and positions grow.
func (r *Report) link(p *plan, tasks []*task) {
	for i, t := range tasks {
		for _, pos := range t.seen {
			delete(t.notes, pos)
		}
		if t.first > 0 && (r.First == 0 || t.first < r.First) {
			r.First = t.first
		}
		r.Last = max(r.Last, t.last)
		want, after := strings.Repeat("0", 64), uint64(0)
		if i > 0 && tasks[i-1].stream == t.stream {
			before := tasks[i-1]
			if before.sequence != t.sequence-1 || before.root == "" {
				continue // its own finding
			}
			want, after = before.root, before.last
		} else if t.sequence != 1 {
			continue
		}
		if t.previous == "" {
			continue
		}
		if t.previous != want || t.first > 0 && t.first <= after {
			r.find(Finding{Kind: Reordered, Stream: t.stream, Segment: t.sequence, Record: t.first, What: "the segment does not follow the one before it"})
		}
	}
	var left []string
	for id, s := range p.streams {
		for pos := range s.notes {
			expired := false
			for seq := range s.expired {
				e := s.segments[seq]
				expired = expired || e != nil && pos >= e.num["first"] && pos <= e.num["last"]
			}
			if !expired {
				left = append(left, fmt.Sprintf("%d of stream %s", pos, id))
			}
		}
	}
	sort.Strings(left)
	if len(left) > 0 && len(r.Findings) == 0 {
		r.find(Finding{Kind: Missing, What: "the log names notes that are not there, at position " + strings.Join(left, ", ")})
	}
}

// gaps notes positions that no stream has. They are no finding: a crash within
// a delivery to several streams leaves them, and what a stream has lost shows
// in its own chain.
func (r *Report) gaps() {
	if r.Last == 0 || len(r.Findings) > 0 {
		return
	}
	for _, g := range r.gone { // which of them an expired segment had nobody knows
		if g[0] > 0 && g[1]-g[0] < 1<<28 {
			for pos := g[0]; pos <= g[1]; pos++ {
				r.positions.add(pos)
			}
		}
	}
	if n := r.Last - r.positions.within(1, r.Last); n > 0 {
		r.note("%d of the positions 1 to %d are in no stream: a crash came within a delivery to several tenants, which nobody had been told to be safe", n, r.Last)
	}
}

// against checks that the log still begins with what an earlier checkpoint
// signed.
func (r *Report) against(text []byte, v note.Verifier, l *logState, p *plan) {
	if len(text) == 0 {
		return
	}
	c, err := parseCheckpoint(text, v)
	if err != nil {
		r.find(Finding{Kind: BadLog, What: "the checkpoint to compare with does not hold: " + err.Error()})
		return
	}
	switch {
	case c.size > l.size:
		last := uint64(0)
		for _, s := range p.streams {
			for _, e := range s.segments {
				last = max(last, e.num["last"])
			}
			for _, tails := range s.tails {
				for _, e := range tails {
					last = max(last, e.num["last"])
				}
			}
		}
		r.find(Finding{Kind: CutOff, Record: last + 1, What: fmt.Sprintf("the checkpoint to compare with signs %d log entries, the log has %d: what came after record %d is cut off", c.size, l.size, last)})
	case rootOf(l.leaves[:c.size]) != c.root:
		r.find(Finding{Kind: BadLog, What: fmt.Sprintf("the log's first %d entries are not the ones that the checkpoint to compare with signs: its history was rewritten", c.size)})
	default:
		r.Against = fmt.Sprintf("the log begins with the %d entries of the checkpoint that was given", c.size)
	}
}
