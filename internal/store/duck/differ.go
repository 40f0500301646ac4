package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
)

// Difference is a row that is not as it should be.
type Difference struct {
	Table    string
	Position event.Position // of the row as it should be; of the store's row where it should not be
	Columns  []string       // that differ; nil: the row is missing, or surplus
}

// Differ compares rows of one table, as they should be, with the store's rows
// of the same identity, every cell of them, this package's own included.
func (s *Store) Differ(ctx context.Context, t *schema.Table, rows []*schema.Row) ([]Difference, error) {
	byFile := map[fileKey][]*Change{}
	for _, r := range rows {
		k := fileKey{t.Family, month(r.Time)}
		byFile[k] = append(byFile[k], &Change{Row: r})
	}
	var out []Difference
	for k, list := range byFile {
		s.mu.RLock()
		f := s.files[k]
		there := f != nil && f.tables[t.Name] != nil
		s.mu.RUnlock()
		if !there {
			for _, c := range list {
				out = append(out, Difference{Table: t.Name, Position: c.Row.Position})
			}
			continue
		}
		d, err := s.differIn(ctx, f, t, list)
		if err != nil {
			return nil, fmt.Errorf("compare %s in %s: %w", t.Name, f.alias, err)
		}
		out = append(out, d...)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Position < out[j].Position })
	return out, nil
}

func (s *Store) differIn(ctx context.Context, f *file, t *schema.Table, list []*Change) ([]Difference, error) {
	src := rowFeed(t, list)
	var same, masks []string
	for i, c := range src.cols {
		// Bits and not numbers: 0.0 is not -0.0, and NaN is itself.
		is := fmt.Sprintf("r.%[1]s IS DISTINCT FROM t.%[1]s", quoteName(c.name))
		if c.typ == duckdb.TYPE_DOUBLE {
			is = fmt.Sprintf("hash(r.%[1]s) IS DISTINCT FROM hash(t.%[1]s)", quoteName(c.name))
		}
		same = append(same, is)
		masks = append(masks, fmt.Sprintf("CASE WHEN %s THEN '%d,' ELSE '' END", is, i))
	}
	call, done := s.feeds.open(src)
	defer done()
	q := fmt.Sprintf(`SELECT r._wl_pos, t._wl_pos IS NULL, concat(%s)
FROM %s r LEFT JOIN %s.%s t ON r._wl_key_hi = t._wl_key_hi AND r._wl_key_lo = t._wl_key_lo
WHERE %s`, strings.Join(masks, ", "), "(SELECT "+feedSelect(t)+" FROM "+call+")", f.alias, quoteName(t.Name), strings.Join(same, " OR "))
	res, err := s.in.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for res.Next() {
		var pos int64
		var missing bool
		var mask string
		if err := res.Scan(&pos, &missing, &mask); err != nil {
			return nil, errors.Join(err, res.Close())
		}
		d := Difference{Table: t.Name, Position: event.Position(pos)}
		if !missing {
			for _, n := range strings.Split(strings.TrimSuffix(mask, ","), ",") {
				var i int
				if _, err := fmt.Sscan(n, &i); err == nil {
					d.Columns = append(d.Columns, src.cols[i].name)
				}
			}
		}
		out = append(out, d)
	}
	return out, errors.Join(res.Err(), res.Close())
}

// Positions calls fn with the position that every row of a table states.
func (s *Store) Positions(ctx context.Context, t *schema.Table, fn func(event.Position)) error {
	for _, p := range s.Parts(t, 0, 0) {
		if err := each(ctx, s.in, "SELECT _wl_pos FROM "+p.SQL, func(scan func(...any) error) error {
			var pos int64
			if err := scan(&pos); err != nil {
				return err
			}
			fn(event.Position(pos))
			return nil
		}); err != nil {
			return fmt.Errorf("list rows of %s: %w", p.SQL, err)
		}
	}
	return nil
}

// Side is what the store keeps beside its rows.
type Side struct {
	Versions map[event.Position][]VersionOf // of events that have several
	Unparsed map[event.Position][]Unparsed
	Misfits  map[string]uint64 // by MisfitName
}

// VersionOf says which event a version is of.
type VersionOf struct {
	Table        string
	Key, Content event.Hash
}

// MisfitName is how Side names the misfit flags of a table in a row's month.
func MisfitName(t *schema.Table, ticks int64) string {
	return fmt.Sprintf("%s-%06d %s", t.Family, month(ticks), t.Name)
}

// Side reads what is beside the rows.
func (s *Store) Side(ctx context.Context) (Side, error) {
	out := Side{map[event.Position][]VersionOf{}, map[event.Position][]Unparsed{}, map[string]uint64{}}
	for _, f := range s.sorted() {
		err := each(ctx, s.in, "SELECT tbl, key_hi, key_lo, content_hi, content_lo, pos FROM "+f.alias+"._wl_versions", func(scan func(...any) error) error {
			var table string
			var kh, kl, ch, cl uint64
			var pos int64
			if err := scan(&table, &kh, &kl, &ch, &cl, &pos); err != nil {
				return err
			}
			p := event.Position(pos)
			out.Versions[p] = append(out.Versions[p], VersionOf{table, hash(kh, kl), hash(ch, cl)})
			return nil
		})
		if err == nil {
			err = each(ctx, s.in, "SELECT tbl, bit_or(mask) FROM "+f.alias+"._wl_misfits GROUP BY tbl", func(scan func(...any) error) error {
				var table string
				var mask uint64
				err := scan(&table, &mask)
				out.Misfits[fmt.Sprintf("%s-%06d %s", f.key.family, f.key.month, table)] = mask
				return err
			})
		}
		if err == nil && f.key.family == metaFamily {
			err = each(ctx, s.in, "SELECT content_hi, content_lo, pos, source, problem FROM "+f.alias+"._wl_unparsed", func(scan func(...any) error) error {
				var ch, cl uint64
				var pos int64
				var u Unparsed
				if err := scan(&ch, &cl, &pos, &u.Source, &u.Problem); err != nil {
					return err
				}
				u.Position, u.Content = event.Position(pos), hash(ch, cl)
				out.Unparsed[u.Position] = append(out.Unparsed[u.Position], u)
				return nil
			})
		}
		if err != nil {
			return out, fmt.Errorf("read store file %s: %w", f.alias, err)
		}
	}
	return out, nil
}

// Meta reads a number that SetMeta wrote; false if it never did.
func (s *Store) Meta(ctx context.Context, name string) (int64, bool, error) {
	f, err := s.attach(ctx, fileKey{metaFamily, 0})
	if err != nil {
		return 0, false, err
	}
	var v int64
	err = s.in.QueryRowContext(ctx, "SELECT value FROM "+f.alias+"._wl_meta WHERE name = ?", name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return v, err == nil, err
}

// SetMeta keeps a number about the store as a whole.
func (s *Store) SetMeta(ctx context.Context, name string, v int64) error {
	f, err := s.attach(ctx, fileKey{metaFamily, 0})
	if err != nil {
		return err
	}
	return s.inTx(ctx, func() error {
		if err := s.exec(ctx, fmt.Sprintf("DELETE FROM %s._wl_meta WHERE name = %s", f.alias, quoteText(name))); err != nil {
			return err
		}
		return s.exec(ctx, fmt.Sprintf("INSERT INTO %s._wl_meta VALUES (%s, %d)", f.alias, quoteText(name), v))
	})
}

func each(ctx context.Context, conn querier, q string, fn func(scan func(...any) error) error) error {
	rows, err := conn.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// querier is a connection, or any of a database's.
type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
}
