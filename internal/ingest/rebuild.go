package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/wholelog/wholelog/internal/event"
)

// Rebuild makes the store of a data folder again from its ledger.
func Rebuild(ctx context.Context, dir string) error {
	lock, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("%w: %s", ErrInUse, dir), lock.Close())
	}
	err = os.RemoveAll(filepath.Join(dir, "store"))
	if err = errors.Join(err, lock.Close()); err != nil {
		return fmt.Errorf("remove the old store: %w", err)
	}
	in, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	return in.Close(ctx)
}

// Erase destroys the records at positions of the ledger, leaving the digests
// that were signed, and makes the store again without them.
func Erase(ctx context.Context, dir string, opt Options, positions []event.Position) error {
	in, err := OpenWith(ctx, dir, opt)
	if err != nil {
		return err
	}
	err = in.Ledger.Erase(ctx, positions)
	if err = errors.Join(err, in.Close(ctx)); err != nil {
		return err
	}
	return Rebuild(ctx, dir)
}
