package duck

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
)

// Probe asks whether the store has seen a record before.
type Probe struct {
	Table    *schema.Table // nil: a record that could not be parsed
	Key      event.Hash
	Content  event.Hash
	Time     int64 // ticks; decides which month is asked
	AnyMonth bool  // the time is not the event's own, so it may lie elsewhere
	Trait    identify.Trait
}

// Known answers a Probe.
type Known struct {
	Content bool // exactly this content is in the store already
	// Of is where the record with this content lies in the ledger.
	Of event.Position
	// Versions are the ledger positions of the versions of the same event,
	// nil if the event is new. The slice is in no order.
	Versions []event.Position
	// Near are the traits that the store has of the probe's Sum, in no order.
	Near []Trait
}

// Known looks every probe up, in the order given. It reads one column of each
// table concerned, so its memory does not grow with the store.
func (s *Store) Known(ctx context.Context, probes []Probe) ([]Known, error) {
	out := make([]Known, len(probes))
	type group struct {
		f     *file
		table string
	}
	groups := map[group][]int{}
	s.mu.RLock()
	for i, p := range probes {
		if p.Table == nil {
			if f := s.files[fileKey{metaFamily, 0}]; f != nil {
				groups[group{f, "_wl_unparsed"}] = append(groups[group{f, "_wl_unparsed"}], i)
			}
			continue
		}
		own := month(p.Time)
		for k, f := range s.files {
			t := f.tables[p.Table.Name]
			if k.family == p.Table.Family && t != nil && (p.AnyMonth || k.month == own || t.loose) {
				groups[group{f, p.Table.Name}] = append(groups[group{f, p.Table.Name}], i)
			}
		}
	}
	s.mu.RUnlock()
	for g, idx := range groups {
		if err := s.knownIn(ctx, g.f, g.table, probes, idx, out); err != nil {
			return nil, fmt.Errorf("look up known records in %s: %w", g.f.alias, err)
		}
	}
	return out, s.near(ctx, probes, out)
}

func (s *Store) knownIn(ctx context.Context, f *file, table string, probes []Probe, idx []int, out []Known) error {
	src := &feed{rows: len(idx), cols: []feedColumn{
		valueColumn("i", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(idx[i]), true }),
		valueColumn("kh", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(probes[idx[i]].Key), true }),
		valueColumn("kl", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(probes[idx[i]].Key), true }),
		valueColumn("ch", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(probes[idx[i]].Content), true }),
		valueColumn("cl", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(probes[idx[i]].Content), true }),
	}}
	call, done := s.feeds.open(src)
	defer done()
	var q string
	if table == "_wl_unparsed" {
		q = fmt.Sprintf("SELECT p.i, true, u.pos FROM %s._wl_unparsed u JOIN %s p ON u.content_hi = p.ch AND u.content_lo = p.cl", f.alias, call)
	} else {
		// The probes are few and the table may be large: the join hashes the
		// probes and streams two columns of the table past them.
		q = fmt.Sprintf(`WITH p AS MATERIALIZED (SELECT * FROM %s),
hit AS (SELECT p.i, p.ch = t._wl_content_hi AND p.cl = t._wl_content_lo AS same, t._wl_pos AS pos
  FROM %s.%s t JOIN p ON t._wl_key_hi = p.kh AND t._wl_key_lo = p.kl)
SELECT * FROM hit
UNION ALL
SELECT p.i, p.ch = v.content_hi AND p.cl = v.content_lo, v.pos
  FROM %s._wl_versions v JOIN p ON v.key_hi = p.kh AND v.key_lo = p.kl WHERE v.tbl = %s`,
			call, f.alias, quoteName(table), f.alias, quoteText(table))
	}
	rows, err := s.in.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	for rows.Next() {
		var i, pos int64
		var same bool
		if err := rows.Scan(&i, &same, &pos); err != nil {
			return errors.Join(err, rows.Close())
		}
		k := &out[i]
		// A row of several versions states the newest one's position, the list
		// of versions each one's own.
		if same && (!k.Content || event.Position(pos) < k.Of) {
			k.Content, k.Of = true, event.Position(pos)
		}
		if !contains(k.Versions, event.Position(pos)) {
			k.Versions = append(k.Versions, event.Position(pos))
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

func contains(list []event.Position, p event.Position) bool {
	for _, v := range list {
		if v == p {
			return true
		}
	}
	return false
}

func high(h event.Hash) uint64 { return binary.BigEndian.Uint64(h[:8]) }
func low(h event.Hash) uint64  { return binary.BigEndian.Uint64(h[8:]) }

func hash(hi, lo uint64) (h event.Hash) {
	binary.BigEndian.PutUint64(h[:8], hi)
	binary.BigEndian.PutUint64(h[8:], lo)
	return h
}
