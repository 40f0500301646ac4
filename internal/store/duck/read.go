package duck

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
)

// Part is one file's share of a table, as a query names it.
type Part struct {
	SQL   string // quoted FROM item
	Month int    // year*100 + month
	// Misfits has a bit for each of the table's promotions, in their order,
	// that does not say in all rows what the JSON says.
	Misfits uint64
}

// Parts lists the files that hold rows of a table between two times (ticks,
// from inclusive, to exclusive; to 0 is no bound), oldest first.
func (s *Store) Parts(table *schema.Table, from, to int64) []Part {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Part
	for k, f := range s.files {
		t := f.tables[table.Name]
		if k.family != table.Family || t == nil {
			continue
		}
		if from > 0 && k.month < month(from) || to > 0 && k.month > month(to) {
			continue
		}
		out = append(out, Part{SQL: f.alias + "." + quoteName(table.Name), Month: k.month, Misfits: t.misfits})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Month < out[j].Month })
	return out
}

// TableStats describes a table over all its files.
type TableStats struct {
	Table    string
	Rows     int64
	From, To int64 // ticks of the first and last row; 0 when empty
	Files    int
}

// Stats counts rows per table.
func (s *Store) Stats(ctx context.Context, tables []*schema.Table) ([]TableStats, error) {
	defer s.Hold()()
	var out []TableStats
	for _, t := range tables {
		st := TableStats{Table: t.Name}
		for _, p := range s.Parts(t, 0, 0) {
			var n int64
			var lo, hi *int64
			q := fmt.Sprintf(`SELECT count(*), min("TimeGenerated"), max("TimeGenerated") FROM %s`, p.SQL)
			if err := s.db.QueryRowContext(ctx, q).Scan(&n, &lo, &hi); err != nil {
				return nil, fmt.Errorf("count %s: %w", p.SQL, err)
			}
			st.Rows += n
			st.Files++
			if lo != nil && (st.From == 0 || *lo < st.From) {
				st.From = *lo
			}
			if hi != nil && *hi > st.To {
				st.To = *hi
			}
		}
		if st.Files > 0 {
			out = append(out, st)
		}
	}
	return out, nil
}

// Bytes is the size of the store's files on disk.
func (s *Store) Bytes() (int64, error) {
	var n int64
	err := filepath.WalkDir(s.dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}

// Unparsed lists the positions of records that no table shows, oldest first.
func (s *Store) Unparsed(ctx context.Context) ([]event.Position, error) {
	f, err := s.attach(ctx, fileKey{metaFamily, 0})
	if err != nil {
		return nil, err
	}
	rows, err := s.in.QueryContext(ctx, "SELECT pos FROM "+f.alias+"._wl_unparsed ORDER BY pos")
	if err != nil {
		return nil, fmt.Errorf("list unparsed records: %w", err)
	}
	defer rows.Close()
	var out []event.Position
	for rows.Next() {
		var p int64
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		out = append(out, event.Position(p))
	}
	return out, rows.Err()
}
