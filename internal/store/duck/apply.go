package duck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sort"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Change is one row to write.
type Change struct {
	Row *schema.Row
	// Versions lists every version of the event when there are two or more,
	// the shown one included; nil for an event seen once.
	Versions []Version
	// Replace says that the store may hold an older row of this event.
	Replace bool
	// Times are the versions' times: an older row lies in the month of one.
	Times []int64
	// Cause is the newest record because of which the row is written; 0 where
	// that is the row's own Position.
	Cause event.Position

	gone bool // only delete the older row: the new one lies in another file
}

// Version is one version of an event.
type Version struct {
	Position event.Position
	Content  event.Hash
}

// Unparsed is a record that no table can show yet.
type Unparsed struct {
	Position event.Position
	Content  event.Hash
	Source   string
	Problem  string
}

// Gone is a row that is no more: its event's row has another key now.
type Gone struct {
	Table *schema.Table
	Key   event.Hash
	Time  int64 // ticks, of the row
	Cause event.Position
}

// Batch is what a stretch of the ledger does to the store. It is complete: no
// later batch holds a position at or below Last.
type Batch struct {
	Changes  []Change
	Gone     []Gone
	Traits   []Trait
	Unparsed []Unparsed
	// Parsed are positions of records that were unparsed before and are not now.
	Parsed []event.Position
	// Sightings and Spans are facts about paths, which other batches may repeat.
	Sightings []Sighting
	Spans     []Span
	Last      event.Position
	// Redo writes the changes even where a file is past their positions: for
	// records that were unparsed when their position was passed.
	Redo bool
}

// Apply writes a batch. A file that is already past a change's position (after
// a crash between two files) leaves it out, so applying a batch twice is
// applying it once.
func (s *Store) Apply(ctx context.Context, b Batch) error {
	if err := s.fail("store.begin"); err != nil {
		return err
	}
	byFile := map[fileKey][]*Change{}
	for i := range b.Changes {
		c := &b.Changes[i]
		k := fileKey{c.Row.Table.Family, month(c.Row.Time)}
		byFile[k] = append(byFile[k], c)
		if !c.Replace {
			continue
		}
		other := map[fileKey]bool{k: true}
		for _, at := range c.Times {
			if old := (fileKey{k.family, month(at)}); !other[old] {
				other[old] = true
				byFile[old] = append(byFile[old], &Change{Row: c.Row, Cause: c.Cause, Replace: true, gone: true})
			}
		}
	}
	for _, g := range b.Gone {
		k := fileKey{g.Table.Family, month(g.Time)}
		byFile[k] = append(byFile[k], &Change{Row: &schema.Row{Table: g.Table, Key: g.Key, Time: g.Time}, Cause: g.Cause, Replace: true, gone: true})
	}
	traits := map[fileKey][]Trait{}
	for _, t := range b.Traits {
		k := fileKey{traitFamily, month(schema.TicksOf(t.Time))}
		traits[k] = append(traits[k], t)
		if _, ok := byFile[k]; !ok {
			byFile[k] = nil // the row lies in another month
		}
	}
	keys := make([]fileKey, 0, len(byFile))
	for k := range byFile {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if keys[i].family != keys[j].family {
			return keys[i].family < keys[j].family
		}
		return keys[i].month < keys[j].month
	})
	for _, k := range keys {
		f, err := s.attach(ctx, k)
		if err != nil {
			return err
		}
		if err := s.applyFile(ctx, f, byFile[k], traits[k], b); err != nil {
			return fmt.Errorf("write store file %s: %w", f.alias, err)
		}
	}
	if err := s.applyPaths(ctx, b); err != nil {
		return err
	}
	meta, err := s.attach(ctx, fileKey{metaFamily, 0})
	if err != nil {
		return err
	}
	if err := s.applyMeta(ctx, meta, b); err != nil {
		return fmt.Errorf("write store file %s: %w", meta.alias, err)
	}
	s.mu.Lock()
	if b.Last > s.applied {
		s.applied = b.Last
	}
	s.mu.Unlock()
	return s.fail("store.applied")
}

func (s *Store) applyFile(ctx context.Context, f *file, changes []*Change, traits []Trait, b Batch) error {
	byTable := map[*schema.Table][]*Change{}
	for _, c := range changes {
		if max(c.Row.Position, c.Cause) <= f.applied && !b.Redo {
			continue
		}
		byTable[c.Row.Table] = append(byTable[c.Row.Table], c)
	}
	if len(byTable) == 0 && len(traits) == 0 {
		return nil
	}
	newTables := map[string]*tableState{}
	misfits := map[string]uint64{}
	err := s.inTx(ctx, func() error {
		for t, list := range byTable {
			if f.tables[t.Name] == nil {
				if err := s.exec(ctx, createTable(f.alias, t)); err != nil {
					return err
				}
				newTables[t.Name] = &tableState{}
			}
			mask, err := s.writeRows(ctx, f, t, list)
			if err != nil {
				return fmt.Errorf("%s: %w", t.Name, err)
			}
			if f.tables[t.Name] == nil || mask&^f.tables[t.Name].misfits != 0 {
				if mask != 0 {
					misfits[t.Name] = mask
				}
			}
		}
		for name, mask := range misfits {
			if err := s.exec(ctx, fmt.Sprintf("INSERT INTO %s._wl_misfits VALUES (%s, %d)", f.alias, quoteText(name), mask)); err != nil {
				return err
			}
		}
		if err := s.applyTraits(ctx, f, traits, b); err != nil {
			return fmt.Errorf("traits: %w", err)
		}
		if err := s.setApplied(ctx, f, b.Last); err != nil {
			return err
		}
		return s.fail("store.rows")
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	for name, t := range newTables {
		f.tables[name] = t
	}
	for name, mask := range misfits {
		f.tables[name].misfits |= mask
	}
	for t, list := range byTable {
		f.tables[t.Name].loose = f.tables[t.Name].loose || anyLoose(t, list)
	}
	f.applied = max(f.applied, b.Last)
	s.mu.Unlock()
	return s.fail("store.commit")
}

// anyLoose reports whether a row's month is not that of its event's own time.
func anyLoose(t *schema.Table, list []*Change) bool {
	i := t.Index("TimeKind")
	if i < 0 {
		return false
	}
	for _, c := range list {
		if c.gone || i >= len(c.Row.Cells) {
			continue
		}
		if k := c.Row.Cells[i].S; k == event.TimeEnvelope.String() || k == event.TimeSeen.String() {
			return true
		}
	}
	return false
}

func (s *Store) setApplied(ctx context.Context, f *file, last event.Position) error {
	if last <= f.applied {
		return nil
	}
	if err := s.exec(ctx, "DELETE FROM "+f.alias+"._wl_meta WHERE name = 'applied'"); err != nil {
		return err
	}
	return s.exec(ctx, fmt.Sprintf("INSERT INTO %s._wl_meta VALUES ('applied', %d)", f.alias, last))
}

func (s *Store) writeRows(ctx context.Context, f *file, t *schema.Table, list []*Change) (uint64, error) {
	var replaced, versioned []*Change
	var mask uint64
	var fresh []*Change
	for _, c := range list {
		if c.Replace {
			replaced = append(replaced, c)
		}
		if c.gone {
			continue
		}
		fresh = append(fresh, c)
		mask |= c.Row.Misfit
		if c.Versions != nil {
			versioned = append(versioned, c)
		}
	}
	if len(replaced) > 0 {
		src := &feed{rows: len(replaced), cols: keyColumns(func(i int) *schema.Row { return replaced[i].Row })}
		call, done := s.feeds.open(src)
		err := s.exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE _wl_replaced AS SELECT * FROM %s", call))
		done()
		if err != nil {
			return 0, err
		}
		q := "DELETE FROM %s.%s t USING _wl_replaced p WHERE t._wl_key_hi = p._wl_key_hi AND t._wl_key_lo = p._wl_key_lo"
		if err := s.exec(ctx, fmt.Sprintf(q, f.alias, quoteName(t.Name))); err != nil {
			return 0, err
		}
		q = "DELETE FROM %s._wl_versions t USING _wl_replaced p WHERE t.tbl = %s AND t.key_hi = p._wl_key_hi AND t.key_lo = p._wl_key_lo"
		if err := s.exec(ctx, fmt.Sprintf(q, f.alias, quoteText(t.Name))); err != nil {
			return 0, err
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	call, done := s.feeds.open(rowFeed(t, fresh))
	err := s.exec(ctx, fmt.Sprintf("INSERT INTO %s.%s SELECT %s FROM %s", f.alias, quoteName(t.Name), feedSelect(t), call))
	done()
	if err != nil {
		return 0, err
	}
	type entry struct {
		row *schema.Row
		v   Version
	}
	var entries []entry
	for _, c := range versioned {
		for _, v := range c.Versions {
			entries = append(entries, entry{c.Row, v})
		}
	}
	if len(entries) > 0 {
		src := &feed{rows: len(entries), cols: append(append([]feedColumn{
			stringColumn("tbl", func(int) (string, bool) { return t.Name, true })},
			keyColumns(func(i int) *schema.Row { return entries[i].row })...),
			valueColumn("ch", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(entries[i].v.Content), true }),
			valueColumn("cl", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(entries[i].v.Content), true }),
			valueColumn("pos", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(entries[i].v.Position), true }))}
		call, done := s.feeds.open(src)
		err := s.exec(ctx, fmt.Sprintf("INSERT INTO %s._wl_versions SELECT * FROM %s", f.alias, call))
		done()
		if err != nil {
			return 0, err
		}
	}
	return mask, nil
}

// feedSelect turns what rowFeed gives into the table's columns: lists come as
// JSON, which normal made so that nothing in it fails to convert.
func feedSelect(t *schema.Table) string {
	list := ""
	for _, p := range t.Promoted {
		if p.Fields == nil {
			continue
		}
		shape := make([]string, len(p.Fields))
		for i, f := range p.Fields {
			shape[i] = strconv.Quote(f) + `:"VARCHAR"`
		}
		if list != "" {
			list += ", "
		}
		list += fmt.Sprintf("from_json(%s, '[{%s}]') AS %s", quoteName(p.Name()), strings.Join(shape, ","), quoteName(p.Name()))
	}
	if list == "" {
		return "*"
	}
	return "* REPLACE (" + list + ")"
}

func keyColumns(row func(i int) *schema.Row) []feedColumn {
	return []feedColumn{
		valueColumn("_wl_key_hi", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(row(i).Key), true }),
		valueColumn("_wl_key_lo", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(row(i).Key), true }),
	}
}

func rowFeed(t *schema.Table, list []*Change) *feed {
	src := &feed{rows: len(list)}
	empty := &schema.Cell{}
	for i, c := range t.Columns {
		typ := columnType(c.Type)
		if strings.HasPrefix(typ, "VARCHAR NOT NULL") {
			src.cols = append(src.cols, stringColumn(c.Name, func(r int) (string, bool) { return list[r].Row.Cells[i].S, true }))
			continue
		}
		src.cols = append(src.cols, cellColumn(c.Name, c.Type, func(r int) *schema.Cell { return &list[r].Row.Cells[i] }))
	}
	for i, p := range t.Promoted {
		src.cols = append(src.cols, cellColumn(p.Name(), p.Type, func(r int) *schema.Cell {
			if i >= len(list[r].Row.Promoted) {
				return empty
			}
			return &list[r].Row.Promoted[i]
		}))
	}
	for _, name := range t.Digests {
		i := t.Index(name)
		src.cols = append(src.cols, valueColumn(schema.DigestName(name), duckdb.TYPE_UINTEGER, func(r int) (uint32, bool) { return kql.Digest(list[r].Row.Cells[i].S), true }))
	}
	row := func(i int) *schema.Row { return list[i].Row }
	src.cols = append(src.cols, keyColumns(row)...)
	src.cols = append(src.cols,
		valueColumn("_wl_content_hi", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(row(i).Content), true }),
		valueColumn("_wl_content_lo", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(row(i).Content), true }),
		valueColumn("_wl_pos", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(row(i).Position), true }),
		valueColumn("_wl_rank_kind", duckdb.TYPE_UTINYINT, func(i int) (uint8, bool) { return row(i).Rank.Kind, true }),
		valueColumn("_wl_rank_modified", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return row(i).Rank.Modified, true }),
		valueColumn("_wl_misfit", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return row(i).Misfit, true }))
	return src
}

func (s *Store) applyMeta(ctx context.Context, f *file, b Batch) error {
	var moved map[fileKey]event.Position
	err := s.inTx(ctx, func() error {
		var fresh []Unparsed
		for _, u := range b.Unparsed {
			if u.Position > f.applied {
				fresh = append(fresh, u)
			}
		}
		if len(fresh) > 0 {
			src := &feed{rows: len(fresh), cols: []feedColumn{
				valueColumn("ch", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(fresh[i].Content), true }),
				valueColumn("cl", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(fresh[i].Content), true }),
				valueColumn("pos", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(fresh[i].Position), true }),
				stringColumn("source", func(i int) (string, bool) { return fresh[i].Source, true }),
				stringColumn("problem", func(i int) (string, bool) { return fresh[i].Problem, true }),
			}}
			call, done := s.feeds.open(src)
			err := s.exec(ctx, fmt.Sprintf("INSERT INTO %s._wl_unparsed SELECT * FROM %s", f.alias, call))
			done()
			if err != nil {
				return err
			}
		}
		for _, p := range b.Parsed {
			if err := s.exec(ctx, fmt.Sprintf("DELETE FROM %s._wl_unparsed WHERE pos = %d", f.alias, p)); err != nil {
				return err
			}
		}
		var err error
		if moved, err = s.writeManifest(ctx, f); err != nil {
			return fmt.Errorf("list of files: %w", err)
		}
		return s.setApplied(ctx, f, b.Last)
	})
	if err == nil {
		f.applied = max(f.applied, b.Last)
		maps.Copy(s.manifest, moved)
	}
	return err
}

func (s *Store) inTx(ctx context.Context, do func() error) error {
	if err := s.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		err = s.exec(ctx, "COMMIT")
	}
	if err != nil {
		// The statement's own context may be the reason for the failure.
		if rerr := s.exec(context.WithoutCancel(ctx), "ROLLBACK"); rerr != nil && !strings.Contains(rerr.Error(), "no transaction is active") {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

func (s *Store) exec(ctx context.Context, q string) error {
	_, err := s.in.ExecContext(ctx, q)
	return err
}
