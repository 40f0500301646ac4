package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/wholelog/wholelog/internal/ledger/disk"
	"github.com/wholelog/wholelog/internal/store/duck"
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
	err = dropStore(dir)
	if err = errors.Join(err, lock.Close()); err != nil {
		return fmt.Errorf("remove the old store: %w", err)
	}
	in, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	// Events of many versions leave dead rows on the way.
	_, err = in.Store.Compact(ctx, duck.Limits{})
	return errors.Join(err, in.Close(ctx))
}

// oldStore is a store that is being removed.
const oldStore = "store.old"

// dropStore removes the store. It takes the name away first: a crash must not
// leave some of its files, which would look like a store's.
func dropStore(dir string) error {
	old := filepath.Join(dir, oldStore)
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, "store"), old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := (disk.OS{}).SyncDir(dir); err != nil {
		return err
	}
	return os.RemoveAll(old)
}
