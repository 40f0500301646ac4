package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/disk"
	"github.com/wholelog/wholelog/internal/ledger/key"
	"github.com/wholelog/wholelog/internal/ledger/translog"
)

// Options configure a Ledger. Dir is needed; the rest has defaults.
type Options struct {
	Dir string
	// Key names the file of the signing key; see key.Load for the default. It
	// is read, or made, when the log is first written to.
	Key string
	// Class is the retention class of a table; the default is one for all.
	Class func(table string) string
	// Notice is told what a person should know and is no error.
	Notice func(text string)

	SegmentBytes int64         // raw bytes after which a segment is sealed; 0: 64 MiB
	SegmentAge   time.Duration // age after which it is sealed; 0: 5 minutes
	SmallBytes   int64         // less than this and younger than a day stays open; 0: 1 MiB, < 0: none
	Now          func() time.Time
	FS           disk.FS
	// Fail is called at named points; an error ends the work there. Tests use
	// it. Nil in production.
	Fail func(point string) error
}

// Failpoints lists the points at which Options.Fail is called, in order.
var Failpoints = []string{"append.begin", "append.opened", "append.side", "append.written", "append.synced",
	"seal.begin", "seal.written", "seal.synced", "seal.renamed", "log.add", "log.added", "log.published"}

// OwnClass is the class of the stream in which the ledger keeps notes.
const OwnClass = "own"

// Ledger is an open ledger. One process writes it: the caller holds the data
// folder's lock. It is safe for concurrent use.
type Ledger struct {
	opt Options

	mu      sync.Mutex
	streams map[string]*stream // by id
	last    event.Position
	log     *translog.Log
	key     *key.Key
	sick    error // why nothing more can be appended
}

// Open opens the ledger in opt.Dir, making it if it does not exist. It reads
// the footers of sealed segments and scans the open ones; what a crash cut off
// there was never acknowledged and is removed. Anything else that is wrong is
// an error.
func Open(ctx context.Context, opt Options) (*Ledger, error) {
	if opt.SegmentBytes == 0 {
		opt.SegmentBytes = 64 << 20
	}
	if opt.SegmentAge == 0 {
		opt.SegmentAge = 5 * time.Minute
	}
	if opt.SmallBytes == 0 {
		opt.SmallBytes = 1 << 20
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.FS == nil {
		opt.FS = disk.OS{}
	}
	if opt.Class == nil {
		opt.Class = func(string) string { return "default" }
	}
	if opt.Notice == nil {
		opt.Notice = func(string) {}
	}
	l := &Ledger{opt: opt, streams: map[string]*stream{}}
	if err := opt.FS.MkdirAll(opt.Dir); err != nil {
		return nil, fmt.Errorf("ledger folder: %w", err)
	}
	err := l.load(ctx)
	if err == nil {
		err = l.compareLog()
	}
	if err == nil {
		err = l.finishDeletions()
	}
	if err != nil {
		return nil, errors.Join(err, l.closeFiles())
	}
	return l, nil
}

// load reads every stream's folder.
func (l *Ledger) load(ctx context.Context) error {
	list, err := os.ReadDir(l.opt.Dir)
	if err != nil {
		return fmt.Errorf("ledger folder: %w", err)
	}
	for _, d := range list {
		if !d.IsDir() || !isStreamID(d.Name()) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		s := &stream{id: d.Name(), dir: filepath.Join(l.opt.Dir, d.Name())}
		if err := s.load(l.opt.FS); err != nil {
			return fmt.Errorf("stream %s: %w", s.id, err)
		}
		if s.open == nil && len(s.sealed) == 0 {
			continue // a crash came before its first block
		}
		l.streams[s.id] = s
		l.last = max(l.last, s.last())
	}
	return nil
}

// Last is the position of the newest item, 0 if there is none.
func (l *Ledger) Last() event.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Stats sums up what the ledger holds.
type Stats struct {
	Records  int64 // erased and expired ones included
	Segments int   // sealed
	Open     int
	Bytes    int64 // on disk, without the log
}

// Stats counts without reading segments.
func (l *Ledger) Stats() (s Stats) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, st := range l.streams {
		for _, seg := range st.sealed {
			s.Records += int64(seg.footer.Records)
			s.Bytes += seg.bytes
		}
		s.Segments += len(st.sealed)
		if st.open != nil {
			s.Open++
			s.Records += int64(st.open.records)
			s.Bytes += st.open.size + st.open.sideSize
		}
	}
	return s
}

// Bytes is the size of the segments on disk.
func (l *Ledger) Bytes() int64 { return l.Stats().Bytes }

// Close closes the files. Nothing acknowledged is lost without it.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.closeFiles()
	if l.log != nil {
		err = errors.Join(err, l.log.Close(context.Background()))
		l.log = nil
	}
	l.sick = errors.New("ledger is closed")
	return err
}

// Abandon drops the ledger as a crash would: nothing is finished. For tests.
func (l *Ledger) Abandon() {
	if l.log != nil {
		l.log.Abandon()
	}
	_ = l.closeFiles() // as the end of a process does
}

func (l *Ledger) closeFiles() error {
	var errs []error
	for _, s := range l.streams {
		if s.open != nil {
			errs = append(errs, s.open.close())
		}
	}
	return errors.Join(errs...)
}

// sorted lists the streams in a stable order.
func (l *Ledger) sorted() []*stream {
	out := make([]*stream, 0, len(l.streams))
	for _, s := range l.streams {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	return out
}

func (l *Ledger) fail(point string) error {
	if l.opt.Fail == nil {
		return nil
	}
	return l.opt.Fail(point)
}

func isStreamID(name string) bool {
	if len(name) != 32 {
		return false
	}
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
