package duck

import (
	"context"
	"errors"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
)

// Trait is what one version of an audit event states on every path, beside
// the rows of the month that it states. Entries are facts about single records
// that never change, however records are grouped to rows.
type Trait struct {
	identify.Trait
	Key      event.Hash // the record's own identity, which need not be its row's
	Content  event.Hash // of a row of the portal's CSV only: others are known by their key
	Position event.Position
}

// traitFamily is the family whose files have traits.
const traitFamily = "audit"

func createTraits(alias string) string {
	return "CREATE TABLE IF NOT EXISTS " + alias + "._wl_traits (sum UBIGINT, csv BOOLEAN, time BIGINT, digits UTINYINT, key_hi UBIGINT, key_lo UBIGINT, content_hi UBIGINT, content_lo UBIGINT, pos BIGINT)"
}

const traitColumns = "sum, csv, time, digits, key_hi, key_lo, coalesce(content_hi, 0), coalesce(content_lo, 0), pos"

func traitFeed(list []Trait) *feed {
	csv := func(i int) bool { return list[i].CSV }
	return &feed{rows: len(list), cols: []feedColumn{
		valueColumn("sum", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return list[i].Sum, true }),
		valueColumn("csv", duckdb.TYPE_BOOLEAN, func(i int) (bool, bool) { return csv(i), true }),
		valueColumn("time", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return schema.TicksOf(list[i].Time), true }),
		valueColumn("digits", duckdb.TYPE_UTINYINT, func(i int) (uint8, bool) { return list[i].Digits, true }),
		valueColumn("key_hi", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(list[i].Key), true }),
		valueColumn("key_lo", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(list[i].Key), true }),
		valueColumn("content_hi", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(list[i].Content), csv(i) }),
		valueColumn("content_lo", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(list[i].Content), csv(i) }),
		valueColumn("pos", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(list[i].Position), true }),
	}}
}

func scanTrait(scan func(...any) error) (t Trait, err error) {
	var ticks, pos int64
	var kh, kl, ch, cl uint64
	err = scan(&t.Sum, &t.CSV, &ticks, &t.Digits, &kh, &kl, &ch, &cl, &pos)
	t.Time, t.Key, t.Content, t.Position = schema.Time(ticks), hash(kh, kl), hash(ch, cl), event.Position(pos)
	return t, err
}

// applyTraits adds the traits that a file has not seen yet.
func (s *Store) applyTraits(ctx context.Context, f *file, list []Trait, b Batch) error {
	var fresh []Trait
	for _, t := range list {
		if t.Position > f.applied || b.Redo {
			fresh = append(fresh, t)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	call, done := s.feeds.open(traitFeed(fresh))
	defer done()
	q := "INSERT INTO %s._wl_traits SELECT * FROM %s"
	if b.Redo { // which a crash may have cut off after this file
		q += " p WHERE NOT EXISTS (SELECT 1 FROM " + f.alias + "._wl_traits t WHERE t.pos = p.pos)"
	}
	return s.exec(ctx, fmt.Sprintf(q, f.alias, call))
}

// near adds to out the traits that the store has of each probe's Sum, and
// knows a row of the portal's CSV by its content there: under its own key it
// is not found any more when it was joined with a record of another path.
func (s *Store) near(ctx context.Context, probes []Probe, out []Known) error {
	bySum := map[uint64][]int{}
	for i, p := range probes {
		if p.Trait.Sum != 0 {
			bySum[p.Trait.Sum] = append(bySum[p.Trait.Sum], i)
		}
	}
	byFile := map[*file][]uint64{}
	s.mu.RLock()
	for sum, idx := range bySum {
		if f := s.files[fileKey{traitFamily, month(schema.TicksOf(probes[idx[0]].Trait.Time))}]; f != nil {
			byFile[f] = append(byFile[f], sum)
		}
	}
	s.mu.RUnlock()
	for f, sums := range byFile {
		src := &feed{rows: len(sums), cols: []feedColumn{valueColumn("s", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return sums[i], true })}}
		call, done := s.feeds.open(src)
		found := map[uint64][]Trait{}
		err := each(ctx, s.in, fmt.Sprintf("SELECT %s FROM %s._wl_traits t JOIN %s p ON t.sum = p.s", traitColumns, f.alias, call), func(scan func(...any) error) error {
			t, err := scanTrait(scan)
			found[t.Sum] = append(found[t.Sum], t)
			return err
		})
		done()
		if err != nil {
			return fmt.Errorf("look up audit events in %s: %w", f.alias, err)
		}
		for sum, list := range found {
			rows := map[event.Hash]event.Position{}
			for _, t := range list {
				if at, ok := rows[t.Content]; t.CSV && (!ok || t.Position < at) {
					rows[t.Content] = t.Position
				}
			}
			for _, i := range bySum[sum] {
				k := &out[i]
				k.Near = list // shared: many probes may have one Sum
				if at, ok := rows[probes[i].Content]; ok && (!k.Content || at < k.Of) {
					k.Content, k.Of = true, at
				}
			}
		}
	}
	return nil
}

// MixedTraits calls fn, Sum by Sum, with the traits of those that both a row
// of the portal's CSV and a record of another path have.
func (s *Store) MixedTraits(ctx context.Context, fn func([]Trait)) error {
	for _, f := range s.sorted() {
		if f.key.family != traitFamily {
			continue
		}
		var list []Trait
		q := fmt.Sprintf("SELECT %s FROM %[2]s._wl_traits WHERE sum IN (SELECT sum FROM %[2]s._wl_traits GROUP BY sum HAVING bool_or(csv) AND NOT bool_and(csv)) ORDER BY sum", traitColumns, f.alias)
		err := each(ctx, s.in, q, func(scan func(...any) error) error {
			t, err := scanTrait(scan)
			if err == nil && len(list) > 0 && list[0].Sum != t.Sum {
				fn(list)
				list = nil
			}
			list = append(list, t)
			return err
		})
		if err != nil {
			return fmt.Errorf("read traits in %s: %w", f.alias, err)
		}
		if len(list) > 0 {
			fn(list)
		}
	}
	return nil
}

// DifferTraits gives the positions of traits, as they should be, that the
// store does not have just once and just so.
func (s *Store) DifferTraits(ctx context.Context, list []Trait) ([]event.Position, error) {
	byFile := map[fileKey][]Trait{}
	for _, t := range list {
		k := fileKey{traitFamily, month(schema.TicksOf(t.Time))}
		byFile[k] = append(byFile[k], t)
	}
	var out []event.Position
	for k, list := range byFile {
		s.mu.RLock()
		f := s.files[k]
		s.mu.RUnlock()
		if f == nil {
			for _, t := range list {
				out = append(out, t.Position)
			}
			continue
		}
		call, done := s.feeds.open(traitFeed(list))
		q := fmt.Sprintf(`WITH p AS MATERIALIZED (SELECT * FROM %s)
SELECT p.pos FROM p LEFT JOIN %s._wl_traits t ON t.pos = p.pos
GROUP BY p.pos HAVING count(t.pos) <> 1 OR bool_or((p.sum, p.csv, p.time, p.digits, p.key_hi, p.key_lo, p.content_hi, p.content_lo)
  IS DISTINCT FROM (t.sum, t.csv, t.time, t.digits, t.key_hi, t.key_lo, t.content_hi, t.content_lo))`, call, f.alias)
		err := each(ctx, s.in, q, func(scan func(...any) error) error {
			var pos int64
			err := scan(&pos)
			out = append(out, event.Position(pos))
			return err
		})
		done()
		if err != nil {
			return nil, fmt.Errorf("compare traits in %s: %w", f.alias, err)
		}
	}
	return out, nil
}

// TraitPositions calls fn with the position of every trait.
func (s *Store) TraitPositions(ctx context.Context, fn func(event.Position)) error {
	var errs []error
	for _, f := range s.sorted() {
		if f.key.family != traitFamily {
			continue
		}
		errs = append(errs, each(ctx, s.in, "SELECT pos FROM "+f.alias+"._wl_traits", func(scan func(...any) error) error {
			var pos int64
			err := scan(&pos)
			fn(event.Position(pos))
			return err
		}))
	}
	return errors.Join(errs...)
}
