package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// metaFamily names the file that belongs to no month: what is true of the
// store as a whole, and the records that could not be parsed.
const metaFamily = "meta"

// rowGroup is the number of rows that DuckDB compresses together. Smaller
// than its default, so that a batch of imported rows fills whole groups,
// which are then written once, compressed, and not through the file's log.
const rowGroup = 16384

// attach opens a file, making it if needed. The caller is the writer.
func (s *Store) attach(ctx context.Context, key fileKey) (*file, error) {
	s.mu.RLock()
	f := s.files[key]
	s.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	f = &file{key: key, alias: fmt.Sprintf("%s_%06d", key.family, key.month), tables: map[string]*tableState{}}
	path, err := s.path(key)
	if err != nil {
		return nil, err
	}
	if err := s.attachFile(ctx, path, f.alias); err != nil {
		return nil, fmt.Errorf("open store file %s (a damaged store is made again by `wholelog rebuild`): %w", filepath.Base(path), err)
	}
	if !s.opt.ReadOnly {
		for _, q := range []string{
			"CREATE TABLE IF NOT EXISTS %s._wl_meta (name VARCHAR, value BIGINT)",
			"CREATE TABLE IF NOT EXISTS %s._wl_versions (tbl VARCHAR, key_hi UBIGINT, key_lo UBIGINT, content_hi UBIGINT, content_lo UBIGINT, pos BIGINT)",
			"CREATE TABLE IF NOT EXISTS %s._wl_misfits (tbl VARCHAR, mask UBIGINT)",
		} {
			if _, err := s.in.ExecContext(ctx, fmt.Sprintf(q, f.alias)); err != nil {
				return nil, fmt.Errorf("prepare store file %s: %w", f.alias, err)
			}
		}
		if key.family == traitFamily {
			if _, err := s.in.ExecContext(ctx, createTraits(f.alias)); err != nil {
				return nil, fmt.Errorf("prepare store file %s: %w", f.alias, err)
			}
		}
		if key.family == pathFamily {
			for _, q := range createPaths(f.alias) {
				if _, err := s.in.ExecContext(ctx, q); err != nil {
					return nil, fmt.Errorf("prepare store file %s: %w", f.alias, err)
				}
			}
		}
		if key.family == metaFamily {
			for _, q := range []string{
				"CREATE TABLE IF NOT EXISTS " + f.alias + "._wl_unparsed (content_hi UBIGINT, content_lo UBIGINT, pos BIGINT, source VARCHAR, problem VARCHAR)",
				createManifest(f.alias),
			} {
				if _, err := s.in.ExecContext(ctx, q); err != nil {
					return nil, fmt.Errorf("prepare store file %s: %w", f.alias, err)
				}
			}
		}
	}
	if err := s.loadState(ctx, f); err != nil {
		return nil, fmt.Errorf("read store file %s: %w", f.alias, err)
	}
	s.mu.Lock()
	s.files[key] = f
	s.mu.Unlock()
	return f, nil
}

func (s *Store) path(key fileKey) (string, error) {
	path, err := filepath.Abs(filepath.Join(s.dir, fmt.Sprintf("%s-%06d.duckdb", key.family, key.month)))
	if err != nil {
		return "", fmt.Errorf("store file: %w", err)
	}
	return path, nil
}

func (s *Store) attachFile(ctx context.Context, path, alias string) error {
	mode := fmt.Sprintf("ROW_GROUP_SIZE %d, STORAGE_VERSION 'v1.5.0'", rowGroup)
	if s.opt.ReadOnly {
		mode = "READ_ONLY"
	}
	return s.exec(ctx, fmt.Sprintf("ATTACH %s AS %s (%s)", quoteText(path), alias, mode))
}

func (s *Store) loadState(ctx context.Context, f *file) error {
	var pos sql.NullInt64
	err := s.in.QueryRowContext(ctx, "SELECT value FROM "+f.alias+"._wl_meta WHERE name = 'applied'").Scan(&pos)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	f.applied = event.Position(pos.Int64)
	rows, err := s.in.QueryContext(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND NOT starts_with(table_name, '_wl_')", f.alias)
	if err != nil {
		return err
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(err, rows.Close())
		}
		f.tables[name] = &tableState{}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for name, t := range f.tables {
		if schema.Lookup(name) == nil {
			continue // a table of a test
		}
		q := fmt.Sprintf(`SELECT count(*) > 0 FROM (SELECT 1 FROM %s.%s WHERE "TimeKind" IN (%s, %s) LIMIT 1)`, f.alias, quoteName(name),
			quoteText(event.TimeEnvelope.String()), quoteText(event.TimeSeen.String()))
		if err := s.in.QueryRowContext(ctx, q).Scan(&t.loose); err != nil {
			return err
		}
	}
	rows, err = s.in.QueryContext(ctx, "SELECT tbl, bit_or(mask) FROM "+f.alias+"._wl_misfits GROUP BY tbl")
	if err != nil {
		return err
	}
	for rows.Next() {
		var name string
		var mask uint64
		if err := rows.Scan(&name, &mask); err != nil {
			return errors.Join(err, rows.Close())
		}
		if t := f.tables[name]; t != nil {
			t.misfits = mask
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// own are the columns that this package adds to every table, in order.
var own = []struct{ name, typ string }{
	{"_wl_key_hi", "UBIGINT"}, {"_wl_key_lo", "UBIGINT"},
	{"_wl_content_hi", "UBIGINT"}, {"_wl_content_lo", "UBIGINT"},
	{"_wl_pos", "BIGINT"}, {"_wl_rank_kind", "UTINYINT"}, {"_wl_rank_modified", "BIGINT"},
	{"_wl_misfit", "UBIGINT"},
}

func createTable(alias string, t *schema.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s.%s (", alias, quoteName(t.Name))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "%s %s, ", quoteName(c.Name), columnType(c.Type))
	}
	for _, p := range t.Promoted {
		fmt.Fprintf(&b, "%s %s, ", quoteName(p.Name()), promotedType(p))
	}
	for _, name := range t.Digests {
		fmt.Fprintf(&b, "%s UINTEGER NOT NULL, ", quoteName(schema.DigestName(name)))
	}
	for i, o := range own {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s NOT NULL", o.name, o.typ)
	}
	b.WriteString(")")
	return b.String()
}

func columnType(t kql.Type) string {
	switch t {
	case kql.String:
		return "VARCHAR NOT NULL DEFAULT ''"
	case kql.Dynamic:
		return "VARCHAR USING COMPRESSION zstd"
	}
	return scalarType(t)
}

func promotedType(p schema.Promotion) string {
	if p.Fields == nil {
		return scalarType(p.Type)
	}
	var b strings.Builder
	for i, f := range p.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoteName(f) + " VARCHAR")
	}
	return "STRUCT(" + b.String() + ")[]"
}

func scalarType(t kql.Type) string {
	switch t {
	case kql.Bool:
		return "BOOLEAN"
	case kql.Int:
		return "INTEGER"
	case kql.Long, kql.Datetime, kql.Timespan:
		return "BIGINT"
	case kql.Real:
		return "DOUBLE"
	}
	return "VARCHAR"
}
