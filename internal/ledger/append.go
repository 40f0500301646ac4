package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wholelog/wholelog/internal/event"
)

// Append makes records durable and returns the position of the first; the
// others follow it. When it returns an error none of them was added. The
// records are not kept.
func (l *Ledger) Append(ctx context.Context, records []event.Record) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(records) == 0 {
		return 0, errors.New("append of no records")
	}
	if l.sick != nil {
		return 0, fmt.Errorf("ledger takes no more records until it is opened again: %w", l.sick)
	}
	if err := errors.Join(ctx.Err(), l.fail("ledger.begin")); err != nil {
		return 0, err
	}
	first, next, chain := l.last+1, l.last+1, l.chain
	var buf []byte
	for rest := records; len(rest) > 0; {
		n, raw := 0, 0
		for n < len(rest) && (n == 0 || raw+len(rest[n].Raw) <= frameTarget) {
			raw += len(rest[n].Raw)
			n++
		}
		var err error
		if buf, chain, err = encodeFrame(buf, next, rest[:n], chain); err != nil {
			return 0, err
		}
		next += event.Position(n)
		rest = rest[n:]
	}
	if err := l.ensureFile(); err != nil {
		return 0, fmt.Errorf("ledger file: %w", err)
	}
	if err := l.write(buf); err != nil {
		return 0, fmt.Errorf("append to ledger (nothing of this batch was kept): %w", err)
	}
	l.last, l.chain = next-1, chain
	l.size += int64(len(buf))
	l.bytes += int64(len(buf))
	return first, l.fail("ledger.synced")
}

// write appends buf and syncs it. After a failure the file is cut back, so
// that a full disk costs the batch and not the journal; where even that fails
// the ledger takes no more until it is opened again.
func (l *Ledger) write(buf []byte) error {
	_, err := l.file.Write(buf)
	if err == nil {
		err = l.fail("ledger.written")
	}
	if err == nil {
		// A failed sync may have dropped what it could not write: only a fresh
		// look at the file tells, so there is no second try.
		if err = l.file.Sync(); err != nil {
			l.sick = err
			return err
		}
		return nil
	}
	if back := errors.Join(l.file.Truncate(l.size), l.file.Sync()); back != nil {
		l.sick = back
		return errors.Join(err, back)
	}
	return err
}

// ensureFile begins a file where there is none or the last one is full.
func (l *Ledger) ensureFile() error {
	if l.file != nil && l.size < l.opt.FileSize {
		return nil
	}
	path := l.path(l.index + 1)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			return errors.Join(err, f.Close(), os.Remove(path))
		}
	}
	l.file, l.size = f, 0
	l.index++
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (l *Ledger) fail(point string) error {
	if l.opt.Fail == nil {
		return nil
	}
	return l.opt.Fail(point)
}
