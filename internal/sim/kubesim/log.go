package kubesim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/sim"
)

// LogOptions say what is written where, as the --audit-log-* flags do.
type LogOptions struct {
	Tenant  sim.LiveOptions
	From    time.Time // requests before it are not written
	Path    string
	MaxSize int64         // bytes at which a file is rotated; 0: 100 MiB
	Backups int           // rotated files that are kept; 0: all
	Tick    time.Duration // from one look for events to the next; 0: a second

	// Now is the tenant's clock, Sleep waits in real time, Wall names rotated
	// files; nil: the real ones.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	Wall  func() time.Time
}

// Log writes an audit log.
type Log struct {
	o    LogOptions
	feed *sim.Feed
	last time.Time // in the name of the file rotated last
}

// rotation is how the API server names a rotated file, before its ending.
const rotation = "2006-01-02T15-04-05.000"

// NewLog checks the options. It writes nothing.
func NewLog(o LogOptions) (*Log, error) {
	if o.Path == "" {
		return nil, errors.New("simulated API server: the path of the audit log is missing")
	}
	if o.MaxSize <= 0 {
		o.MaxSize = 100 << 20
	}
	if o.Tick <= 0 {
		o.Tick = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	return &Log{o: o, feed: sim.NewFeed(o.Tenant, o.From, due)}, nil
}

// Run writes what happens until ctx ends, which is no error. What has happened
// already goes first.
func (l *Log) Run(ctx context.Context) error { return follow(ctx, l.o.Tick, l.o.Sleep, l.Step) }

// Step writes what has happened, and says whether there is more of the past.
func (l *Log) Step(context.Context) (more bool, err error) {
	events, more := l.feed.Next(l.o.Now())
	if len(events) == 0 {
		return more, nil
	}
	if err := l.write(events); err != nil {
		return more, fmt.Errorf("simulated API server: audit log: %w", err)
	}
	return more, nil
}

func (l *Log) write(events []sim.Event) (err error) {
	f, size, err := l.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for i := range events {
		line := append(events[i].Audit(), '\n')
		if size > 0 && size+int64(len(line)) > l.o.MaxSize {
			if err := errors.Join(f.Close(), l.rotate()); err != nil {
				return err
			}
			if f, size, err = l.open(); err != nil {
				return err
			}
		}
		// A line in one write: whoever reads sees no half of one, as a rule.
		n, err := f.Write(line)
		if err != nil {
			return err
		}
		size += int64(n)
	}
	return nil
}

func (l *Log) open() (*os.File, int64, error) {
	f, err := os.OpenFile(l.o.Path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// rotate renames the file, and removes the oldest of those that it keeps no
// more.
func (l *Log) rotate() error {
	at := l.o.Wall().UTC().Truncate(time.Millisecond)
	if !at.After(l.last) {
		at = l.last.Add(time.Millisecond)
	}
	l.last = at
	ext := filepath.Ext(l.o.Path)
	stem := strings.TrimSuffix(l.o.Path, ext)
	if err := os.Rename(l.o.Path, stem+"-"+at.Format(rotation)+ext); err != nil {
		return err
	}
	if l.o.Backups <= 0 {
		return nil
	}
	entries, err := os.ReadDir(filepath.Dir(l.o.Path))
	if err != nil {
		return err
	}
	var old []string
	for _, e := range entries {
		name, found := strings.CutPrefix(e.Name(), filepath.Base(stem)+"-")
		name, ends := strings.CutSuffix(name, ext)
		if _, err := time.Parse(rotation, name); found && ends && err == nil {
			old = append(old, filepath.Join(filepath.Dir(l.o.Path), e.Name()))
		}
	}
	sort.Strings(old)
	for _, path := range old[:max(0, len(old)-l.o.Backups)] {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
