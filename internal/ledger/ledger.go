package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/wholelog/wholelog/internal/event"
)

// Options configure a Ledger.
type Options struct {
	Dir      string
	FileSize int64 // a new file begins after so many bytes; 0: 64 MiB
	// Fail is called at named points of Append; an error ends it there. Tests
	// use it. Nil in production.
	Fail func(point string) error
}

// Failpoints lists the points at which Options.Fail is called, in order.
var Failpoints = []string{"ledger.begin", "ledger.written", "ledger.synced"}

// Ledger is an open journal. One process writes it: the caller holds the data
// folder's lock. It is safe for concurrent use.
type Ledger struct {
	opt Options

	mu    sync.Mutex
	file  *os.File
	size  int64
	index int // number of the file that is written
	last  event.Position
	chain [32]byte
	sick  error // why nothing more can be appended
	bytes int64 // on disk, all files
}

// Open opens the journal in opt.Dir, making it if it does not exist. It reads
// the whole journal and checks its chain; a frame at its end that a crash cut
// off is removed, anything else that is wrong is an error.
func Open(ctx context.Context, opt Options) (*Ledger, error) {
	if opt.FileSize == 0 {
		opt.FileSize = 64 << 20
	}
	l := &Ledger{opt: opt}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("ledger folder: %w", err)
	}
	good, err := l.scan(ctx, 0, nil)
	var torn *tornError
	if errors.As(err, &torn) {
		if err = truncate(torn.file, good); err != nil {
			return nil, fmt.Errorf("remove a frame that was never acknowledged: %w", err)
		}
	} else if err != nil {
		return nil, err
	}
	files, err := l.files()
	if err != nil {
		return nil, err
	}
	l.index = len(files)
	if l.index == 0 {
		return l, nil
	}
	l.file, err = os.OpenFile(files[l.index-1], os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger file: %w", err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return nil, fmt.Errorf("ledger file: %w", err)
		}
		l.bytes += info.Size()
		l.size = info.Size()
	}
	return l, nil
}

type tornError struct{ file string }

func (e *tornError) Error() string {
	return filepath.Base(e.file) + ": the last frame is cut off; it was never acknowledged"
}

func truncate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

func (l *Ledger) files() ([]string, error) {
	list, err := filepath.Glob(filepath.Join(l.opt.Dir, "journal-*.wl"))
	if err != nil {
		return nil, err
	}
	sort.Strings(list)
	for i, f := range list {
		if want := l.path(i + 1); f != want {
			return nil, fmt.Errorf("ledger file %s is missing", filepath.Base(want))
		}
	}
	return list, nil
}

func (l *Ledger) path(n int) string {
	return filepath.Join(l.opt.Dir, fmt.Sprintf("journal-%08d.wl", n))
}

// scan reads every frame, keeps the end of the chain and calls fn for records
// after a position. It returns the good bytes of the last file.
func (l *Ledger) scan(ctx context.Context, after event.Position, fn func(event.Position, *event.Record) error) (int64, error) {
	files, err := l.files()
	if err != nil {
		return 0, err
	}
	var chain [32]byte
	var last event.Position
	var good int64
	for i, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return 0, fmt.Errorf("ledger file: %w", err)
		}
		r := bufio.NewReaderSize(f, 1<<20)
		for good = 0; ; {
			if err = ctx.Err(); err != nil {
				break
			}
			var fr *frame
			if fr, err = readFrame(r, chain); err != nil {
				break
			}
			if fr.first != last+1 {
				err = fmt.Errorf("%w: it begins at record %d, want %d", errDamaged, fr.first, last+1)
				break
			}
			for j := range fr.records {
				if p := fr.first + event.Position(j); fn != nil && p > after && err == nil {
					err = fn(p, &fr.records[j])
				}
			}
			if err != nil {
				break
			}
			chain, last, good = fr.chain, last+event.Position(len(fr.records)), good+fr.size
		}
		f.Close()
		if fn == nil {
			l.chain, l.last = chain, last
		}
		switch {
		case errors.Is(err, io.EOF):
		case errors.Is(err, errTorn) && i == len(files)-1:
			return good, &tornError{name}
		default:
			return good, fmt.Errorf("%s, after record %d: %w", filepath.Base(name), last, err)
		}
	}
	return good, nil
}

// Read calls fn for every record after a position, in order.
func (l *Ledger) Read(ctx context.Context, after event.Position, fn func(event.Position, *event.Record) error) error {
	_, err := l.scan(ctx, after, fn)
	return err
}

// Last is the position of the newest record, 0 if there is none.
func (l *Ledger) Last() event.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Bytes is the size of the journal on disk.
func (l *Ledger) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// Close closes the files. Nothing is lost without it.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	l.sick = errors.New("ledger is closed")
	return err
}
