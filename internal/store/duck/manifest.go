package duck

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
)

// manifestTable is the meta file's list of the other files with the position
// that each had applied. A file that is gone, or an older copy of it that
// somebody put back, would otherwise answer queries with fewer rows and no word.
const manifestTable = "_wl_files"

func createManifest(alias string) string {
	return "CREATE TABLE IF NOT EXISTS " + alias + "." + manifestTable + " (family VARCHAR, month INTEGER, applied BIGINT)"
}

// ErrIncomplete says that the folder does not hold all that the store had
// written. The ledger has it: a rebuild makes the store again.
var ErrIncomplete = errors.New("the store is not whole")

const howWhole = "nothing is lost, `wholelog rebuild` makes it again from the ledger"

// checkManifest compares the files that are open with those that the meta file
// lists.
func (s *Store) checkManifest(ctx context.Context, meta *file) error {
	s.manifest = map[fileKey]event.Position{}
	var there bool
	err := s.in.QueryRowContext(ctx, "SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?", meta.alias, manifestTable).Scan(&there)
	if err != nil {
		return err
	}
	if there {
		if err := s.readManifest(ctx, meta); err != nil {
			return err
		}
	}
	var wrong []string
	for k, pos := range s.manifest {
		path, err := s.path(k)
		if err != nil {
			return err
		}
		switch f := s.files[k]; {
		case f == nil:
			wrong = append(wrong, filepath.Base(path)+" is missing")
		case f.applied < pos:
			wrong = append(wrong, fmt.Sprintf("%s is an older copy (record %d of %d, or its .wal is gone)", filepath.Base(path), f.applied, pos))
		}
	}
	// The list comes last: what lies before the meta file's own position is on it.
	for k, f := range s.files {
		if _, listed := s.manifest[k]; !listed && f != meta && f.applied > 0 && f.applied <= meta.applied {
			path, err := s.path(k)
			if err != nil {
				return err
			}
			wrong = append(wrong, filepath.Base(path)+" is not on the list of files")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	sort.Strings(wrong)
	return fmt.Errorf("%w: %s; %s", ErrIncomplete, strings.Join(wrong, ", "), howWhole)
}

// readManifest reads the list.
func (s *Store) readManifest(ctx context.Context, meta *file) error {
	rows, err := s.in.QueryContext(ctx, "SELECT family, month, max(applied) FROM "+meta.alias+"."+manifestTable+" GROUP BY ALL")
	if err != nil {
		return err
	}
	for rows.Next() {
		var k fileKey
		var pos int64
		if err := rows.Scan(&k.family, &k.month, &pos); err != nil {
			return errors.Join(err, rows.Close())
		}
		s.manifest[k] = event.Position(pos)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// writeManifest brings the list up to the files' positions, inside the meta
// file's transaction, which comes after every other file's. It returns what to
// remember once that is committed.
func (s *Store) writeManifest(ctx context.Context, meta *file) (map[fileKey]event.Position, error) {
	moved := map[fileKey]event.Position{}
	var keys, values []string
	for _, f := range s.sorted() {
		if f == meta || f.applied <= s.manifest[f.key] {
			continue
		}
		moved[f.key] = f.applied
		keys = append(keys, fmt.Sprintf("(%s, %d)", quoteText(f.key.family), f.key.month))
		values = append(values, fmt.Sprintf("(%s, %d, %d)", quoteText(f.key.family), f.key.month, f.applied))
	}
	if len(moved) == 0 {
		return nil, nil
	}
	table := meta.alias + "." + manifestTable
	if err := s.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE (family, month) IN (%s)", table, strings.Join(keys, ", "))); err != nil {
		return nil, err
	}
	return moved, s.exec(ctx, fmt.Sprintf("INSERT INTO %s VALUES %s", table, strings.Join(values, ", ")))
}
