package disktest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/wholelog/wholelog/internal/ledger/disk"
)

// Lossy writes below a real folder, so that readers see what was written, and
// keeps in memory what a power cut would leave of it.
type Lossy struct {
	disk.OS
	// Space is how many bytes may still be written before the disk is full;
	// negative: no limit.
	Space int64

	mu      sync.Mutex
	r       *rand.Rand
	now     map[string]*inode // by path, as a running process sees it
	durable map[string]*inode // by path, as it is after a power cut
	cut     bool              // open files of before the cut write nothing
}

// inode is a file apart from its names.
type inode struct{ synced []byte }

// New takes what is below root as durable.
func New(root string, r *rand.Rand) (*Lossy, error) {
	l := &Lossy{Space: -1, r: r, now: map[string]*inode{}, durable: map[string]*inode{}}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		l.now[path] = &inode{b}
		l.durable[path] = l.now[path]
		return err
	})
	return l, err
}

type file struct {
	*os.File
	l    *Lossy
	node *inode
}

// Create makes a file whose name is lost without SyncDir.
func (l *Lossy) Create(name string) (disk.File, error) { return l.open(name, l.OS.Create) }

// OpenAppend opens a file.
func (l *Lossy) OpenAppend(name string) (disk.File, error) { return l.open(name, l.OS.OpenAppend) }

func (l *Lossy) open(name string, open func(string) (disk.File, error)) (disk.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return nil, errCut
	}
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	node := l.now[name]
	if node == nil {
		node = &inode{}
		l.now[name] = node
	}
	return &file{f.(*os.File), l, node}, nil
}

var errCut = errors.New("the power is off")

func (f *file) Write(b []byte) (int, error) {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	if f.l.cut {
		return 0, errCut
	}
	if f.l.Space >= 0 && int64(len(b)) > f.l.Space {
		n, err := f.File.Write(b[:f.l.Space])
		f.l.Space = 0
		return n, errors.Join(err, syscall.ENOSPC)
	}
	if f.l.Space >= 0 {
		f.l.Space -= int64(len(b))
	}
	return f.File.Write(b)
}

func (f *file) Truncate(size int64) error {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	if f.l.cut {
		return errCut
	}
	return f.File.Truncate(size)
}

func (f *file) Sync() error {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	if f.l.cut {
		return errCut
	}
	b, err := f.content()
	if err == nil {
		f.node.synced = b
	}
	return err
}

func (f *file) content() ([]byte, error) {
	info, err := f.File.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	_, err = f.File.ReadAt(b, 0)
	return b, err
}

// Rename renames a file; the old name is back after a power cut without SyncDir.
func (l *Lossy) Rename(from, to string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return errCut
	}
	if err := l.OS.Rename(from, to); err != nil {
		return err
	}
	l.now[to] = l.now[from]
	delete(l.now, from)
	return nil
}

// Remove removes a file; it is back after a power cut without SyncDir.
func (l *Lossy) Remove(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return errCut
	}
	err := l.OS.Remove(name)
	if err == nil {
		delete(l.now, name)
	}
	return err
}

// SyncDir makes the names in dir durable.
func (l *Lossy) SyncDir(dir string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return errCut
	}
	for name := range l.durable {
		if filepath.Dir(name) == filepath.Clean(dir) && l.now[name] == nil {
			delete(l.durable, name)
		}
	}
	for name, node := range l.now {
		if filepath.Dir(name) == filepath.Clean(dir) {
			l.durable[name] = node
		}
	}
	return nil
}

// PowerCut brings the folder to what a disk may hold after a power cut: of
// what was not synced nothing, a part, or zeros in its place. The layer is of
// no use afterwards; take a new one.
func (l *Lossy) PowerCut() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	left := map[string][]byte{}
	for name, node := range l.durable {
		b := node.synced
		for path, n := range l.now { // where the file is now, for its unsynced end
			if n != node {
				continue
			}
			whole, err := os.ReadFile(path)
			if err == nil && bytes.HasPrefix(whole, b) && len(whole) > len(b) {
				more := bytes.Clone(whole[len(b) : len(b)+l.r.IntN(len(whole)-len(b)+1)])
				const sector = 512
				if n := sector - len(b)%sector; l.r.IntN(3) == 0 && n < len(more) {
					clear(more[n+l.r.IntN((len(more)-n-1)/sector+1)*sector:])
				}
				b = append(bytes.Clone(b), more...)
			}
		}
		left[name] = b
	}
	for name := range l.now {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for name, b := range left {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
