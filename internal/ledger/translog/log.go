package translog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

// patience is how long Wait waits for a checkpoint before it calls the log
// stuck: the log retries for ever where a disk is full.
const patience = 30 * time.Second

// Log is an open log. One process writes it.
type Log struct {
	dir     string
	stop    context.CancelFunc
	add     tessera.AddFn
	close   func(context.Context) error
	awaiter *tessera.PublicationAwaiter

	mu      sync.Mutex
	pending []tessera.IndexFuture
}

var quiet sync.Once

// Open opens the log in dir, making it if it does not exist.
func Open(dir string, signer note.Signer) (l *Log, err error) {
	defer func() {
		// The library panics where it cannot take its own lock file.
		if e := recover(); e != nil {
			err = fmt.Errorf("open the log: %v", e)
		}
	}()
	quiet.Do(func() { // errors come back from Wait; the rest is of no use to a person
		klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	})
	if err := tidy(dir); err != nil {
		return nil, fmt.Errorf("tidy the log: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		stop()
		return nil, fmt.Errorf("open the log: %w", err)
	}
	a, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(width, 5*time.Millisecond).
		WithCheckpointInterval(100*time.Millisecond).
		WithGarbageCollectionInterval(0)) // tidy does it
	if err != nil {
		stop()
		return nil, fmt.Errorf("open the log: %w", err)
	}
	return &Log{dir: dir, stop: stop, add: a.Add, close: shutdown,
		awaiter: tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 10*time.Millisecond)}, nil
}

// Add gives an entry to the log. It is not there until Wait says so.
func (l *Log) Add(ctx context.Context, entry []byte) {
	f := l.add(ctx, tessera.NewEntry(entry))
	l.mu.Lock()
	l.pending = append(l.pending, f)
	l.mu.Unlock()
}

// Wait waits until a published checkpoint commits to everything added so far.
// After an error nothing is known of what was added since the last success:
// add it again, which the format allows.
func (l *Log) Wait(ctx context.Context) error {
	l.mu.Lock()
	pending := l.pending
	l.pending = nil
	l.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("no checkpoint came; is the disk full?"))
	defer cancel()
	for _, f := range pending {
		if _, _, err := l.awaiter.Await(ctx, f); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("publish a checkpoint: %w", err)
		}
	}
	return nil
}

// Close publishes what was added and ends the log's work.
func (l *Log) Close(ctx context.Context) error {
	defer l.stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// The library's own end waits only for entries whose place has been asked
	// for; without this it would still write when the folder's lock is gone.
	if err := l.Wait(ctx); err != nil {
		return fmt.Errorf("close the log: %w", err)
	}
	if err := l.close(ctx); err != nil {
		return fmt.Errorf("close the log: %w", err)
	}
	return nil
}

// Abandon stops the log where it stands, as a crash would.
func (l *Log) Abandon() { l.stop() }
