package silences

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/client_golang/prometheus"
)

// reload reads the file again if it has changed.
func (s *Silences) reload() error {
	var info fs.FileInfo
	if s.path != "" {
		var err error
		if info, err = os.Stat(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("silences: %w", err)
		}
	}
	if s.store != nil && (info == nil || s.seen != nil && os.SameFile(info, s.seen) && info.ModTime().Equal(s.seen.ModTime()) && info.Size() == s.seen.Size()) {
		return nil
	}
	o := silence.Options{Retention: Retention, Metrics: prometheus.NewRegistry(), EventRecorder: eventrecorder.NopRecorder(),
		Limits: silence.Limits{MaxSilences: func() int { return MaxSilences }, MaxSilenceSizeBytes: func() int { return MaxBytes }}}
	if info != nil {
		b, err := os.ReadFile(s.path)
		if err != nil {
			return fmt.Errorf("silences: %w", err)
		}
		o.SnapshotReader = bytes.NewReader(b)
	}
	store, err := silence.New(o)
	if err != nil {
		return fmt.Errorf("silences: %s cannot be read: %w", s.path, err)
	}
	s.store, s.seen = store, info
	return nil
}

// change runs f while no other process changes the file, and writes it.
func (s *Silences) change(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" {
		return f()
	}
	lock, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("silences: lock: %w", err)
	}
	if err := s.reload(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	if _, err := s.store.GC(); err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	b, err := s.store.MarshalBinary()
	if err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	return s.write(b)
}

func (s *Silences) write(b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(s.path), ".silences-*")
	if err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err == nil {
		s.seen, err = os.Stat(s.path)
	}
	if err != nil {
		return fmt.Errorf("silences: %w", err)
	}
	return nil
}
