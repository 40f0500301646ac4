package disk

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// FS changes files and folders. A name that was made, renamed or removed is
// durable after SyncDir of its folder, bytes after Sync of their file.
type FS interface {
	MkdirAll(dir string) error            // durable when it returns
	Create(name string) (File, error)     // a new file; it must not exist
	OpenAppend(name string) (File, error) // an existing file
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(dir string) error
}

// File is an open file that grows at its end.
type File interface {
	io.Writer
	Truncate(size int64) error
	Sync() error
	Close() error
}

// OS is the real file system.
type OS struct{}

func (OS) Create(name string) (File, error) {
	return open(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL)
}

func (OS) OpenAppend(name string) (File, error) {
	return open(name, os.O_RDWR|os.O_APPEND)
}

func open(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err // not a nil *os.File in an interface
	}
	return f, nil
}

func (OS) Rename(from, to string) error { return os.Rename(from, to) }
func (OS) Remove(name string) error     { return os.Remove(name) }

func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (o OS) MkdirAll(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := o.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return o.SyncDir(parent)
}

// WriteFile replaces a file as a whole: after a crash it holds the old bytes
// or the new ones.
func WriteFile(fs FS, name string, data []byte) error {
	tmp := name + ".new"
	if err := fs.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := fs.Create(tmp)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = fs.Rename(tmp, name)
	}
	if err != nil {
		return errors.Join(err, fs.Remove(tmp))
	}
	return fs.SyncDir(filepath.Dir(name))
}
