package duck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A file is written anew when more than a share of it is dead, and enough that
// it is worth the time. The engine's checkpoint takes most deleted rows out of
// a file, but gives their blocks back to the file and not to the disk, so
// blocks count as well as rows.
const (
	deadShare    = 0.3
	deadRows     = 50_000
	deadBytes    = 32 << 20
	extNew       = ".new" // a file that is being written anew; left over, a crash's
	swapPatience = time.Second
)

// CompactPoints lists the points at which Options.Fail is called while a file
// is written anew, in order.
var CompactPoints = []string{"compact.begin", "compact.copied", "compact.synced", "compact.detached", "compact.renamed", "compact.attached"}

// Limits say which files Compact writes anew; the zero value is a good default.
type Limits struct {
	Share float64 // of rows, or of blocks, that must be dead
	Rows  int64   // dead ones at least
	Bytes int64   // of free blocks at least
}

// Compact writes files anew that have many dead rows and says how many. Queries
// go on: those that run keep the old file open, new ones wait for the moment
// in which the names change.
func (s *Store) Compact(ctx context.Context, l Limits) (int, error) {
	if l.Share == 0 {
		l = Limits{deadShare, deadRows, deadBytes}
	}
	n := 0
	for _, f := range s.sorted() {
		dead, err := s.dead(ctx, f, l)
		if err == nil && dead {
			n++
			err = s.compact(ctx, f)
		}
		if err != nil {
			return n, fmt.Errorf("write store file %s anew: %w", f.alias, err)
		}
	}
	return n, nil
}

// dead reports whether so much of a file is dead that it is to be written anew.
func (s *Store) dead(ctx context.Context, f *file, l Limits) (bool, error) {
	if err := s.exec(ctx, "CHECKPOINT "+f.alias); err != nil {
		return false, err
	}
	var block, total, free int64
	err := s.in.QueryRowContext(ctx, "SELECT block_size, total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = ?", f.alias).Scan(&block, &total, &free)
	if err != nil {
		return false, err
	}
	if free*block >= l.Bytes && float64(free) >= l.Share*float64(total) && free > 0 {
		return true, nil
	}
	var there, live int64
	for name := range f.tables {
		var n int64
		if err := s.in.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %s.%s", f.alias, quoteName(name))).Scan(&n); err != nil {
			return false, err
		}
		live += n
		if err := s.in.QueryRowContext(ctx, "SELECT estimated_size FROM duckdb_tables() WHERE database_name = ? AND table_name = ?", f.alias, name).Scan(&n); err != nil {
			return false, err
		}
		there += n
	}
	gone := there - live
	return gone > 0 && gone >= l.Rows && float64(gone) >= l.Share*float64(there), nil
}

// compact writes a file anew. Until its name changes the old file is the
// store's, so a crash before costs the copy only.
func (s *Store) compact(ctx context.Context, f *file) error {
	path, err := s.path(f.key)
	if err != nil {
		return err
	}
	if err := s.fail("compact.begin"); err != nil {
		return err
	}
	copied, alias := path+extNew, f.alias+"_new"
	if err := removeFiles(copied); err != nil {
		return err
	}
	if err := s.copyTo(ctx, f, copied, alias); err != nil {
		// The cause may be a full disk: what was written is in the way.
		return errors.Join(err, removeFiles(copied))
	}
	if err := s.fail("compact.copied"); err != nil {
		return err
	}
	if err := syncFile(copied); err != nil {
		return err
	}
	if err := s.fail("compact.synced"); err != nil {
		return err
	}
	s.lockSwap()
	defer s.swap.Unlock()
	// The old file's log must not be taken for the new one's.
	if err := s.exec(ctx, "CHECKPOINT "+f.alias); err != nil {
		return err
	}
	if info, err := os.Stat(path + ".wal"); err == nil && info.Size() > 0 {
		return errors.Join(errors.New("its log is not empty after a checkpoint"), removeFiles(copied))
	}
	if err := s.exec(ctx, "DETACH "+f.alias); err != nil {
		return err
	}
	if err := s.fail("compact.detached"); err != nil {
		return err
	}
	if err := os.Remove(path + ".wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, s.attachFile(ctx, path, f.alias))
	}
	err = os.Rename(copied, path)
	if err == nil {
		err = syncFile(filepath.Dir(path))
	}
	if err == nil {
		err = s.fail("compact.renamed")
	}
	if err != nil {
		return errors.Join(err, s.attachFile(ctx, path, f.alias))
	}
	if err := s.attachFile(ctx, path, f.alias); err != nil {
		return err
	}
	return s.fail("compact.attached")
}

// copyTo copies what lives of a file to a new one and closes it.
func (s *Store) copyTo(ctx context.Context, f *file, path, alias string) (err error) {
	if err := s.attachFile(ctx, path, alias); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.exec(context.WithoutCancel(ctx), "DETACH "+alias)) }()
	if err := s.exec(ctx, fmt.Sprintf("COPY FROM DATABASE %s TO %s", f.alias, alias)); err != nil {
		return err
	}
	rows, err := s.in.QueryContext(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", f.alias)
	if err != nil {
		return err
	}
	var count []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(err, rows.Close())
		}
		count = append(count, fmt.Sprintf("(SELECT count(*) FROM %[1]s.%[3]s) = (SELECT count(*) FROM %[2]s.%[3]s)", f.alias, alias, quoteName(name)))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	whole := false
	if err := s.in.QueryRowContext(ctx, "SELECT "+strings.Join(count, " AND ")).Scan(&whole); err != nil {
		return err
	}
	if !whole {
		return errors.New("the copy does not have as many rows as the file")
	}
	return s.exec(ctx, "CHECKPOINT "+alias)
}

// Hold keeps the names of files as they are until the returned function is
// called. A query needs it from its start until it has begun to answer.
func (s *Store) Hold() (release func()) {
	s.swap.RLock()
	return s.swap.RUnlock
}

// lockSwap waits until nobody holds the names: for a while without making
// others wait for a query that starts slowly, then with.
func (s *Store) lockSwap() {
	for end := time.Now().Add(swapPatience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if s.swap.TryLock() {
			return
		}
	}
	s.swap.Lock()
}

// tidy removes what a crash left of files that were being written anew.
func (s *Store) tidy(name string) (bool, error) {
	base := strings.TrimSuffix(name, ".wal")
	if !strings.HasSuffix(base, extNew) || fileName.FindString(strings.TrimSuffix(base, extNew)) == "" || s.opt.ReadOnly {
		return false, nil
	}
	return true, os.Remove(filepath.Join(s.dir, name))
}

func removeFiles(path string) error {
	for _, p := range []string{path, path + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// syncFile makes a file's bytes, or a folder's names, durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
