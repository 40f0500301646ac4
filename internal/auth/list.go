package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// list is a JSON array in a file of the data folder that several processes
// read and change. It is safe for concurrent use.
type list[T any] struct {
	path, what string

	mu    sync.Mutex
	items []T
	seen  fs.FileInfo
}

// load reads the file if it has changed. The caller holds mu.
func (l *list[T]) load() error {
	info, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		l.items, l.seen = nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	if l.seen != nil && os.SameFile(info, l.seen) && info.ModTime().Equal(l.seen.ModTime()) && info.Size() == l.seen.Size() {
		return nil
	}
	b, err := os.ReadFile(l.path)
	if err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	var items []T
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&items); err != nil {
		return fmt.Errorf("%s: %s is damaged; remove it and make what it held anew: %w", l.what, filepath.Base(l.path), err)
	}
	l.items, l.seen = items, info
	return nil
}

// all gives what the file holds.
func (l *list[T]) all() ([]T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.load()
	return slices.Clone(l.items), err
}

// change rewrites the file under a lock that other processes keep too.
func (l *list[T]) change(fn func([]T) ([]T, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	lock, err := os.OpenFile(l.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	if err := l.load(); err != nil {
		return err
	}
	items, err := fn(slices.Clone(l.items))
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(items, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(l.path), ".list-*") // mode 0600
	if err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	_, err = tmp.Write(append(b, '\n'))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), l.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", l.what, err), os.Remove(tmp.Name()))
	}
	l.seen = nil
	return l.load()
}
