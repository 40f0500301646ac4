package duck

import (
	"context"
	"fmt"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
)

// pathFamily names the files, one per month of event time, that say which path
// delivered which event and which spans of time a path has read.
const pathFamily = "paths"

// Sighting is one path's first delivery of an event.
type Sighting struct {
	Table, Tenant, Path string
	Key                 event.Hash // of the event, as rows have it
	Time, Seen          time.Time
	Position            event.Position // of the record, or of the receipt
}

// Span is what a path states about a stretch of event time: see source.Claim.
type Span struct {
	Table, Tenant, Path, Kind string
	From, To                  time.Time // within one month
	Count, Fresh              int64
	Stable                    bool
	Reason                    string
	Position                  event.Position // of the note
}

func createPaths(alias string) []string {
	return []string{
		"CREATE TABLE IF NOT EXISTS " + alias + "._wl_sightings (tbl VARCHAR, tenant VARCHAR, path VARCHAR, hour INTEGER, key_hi UBIGINT, key_lo UBIGINT, delay INTEGER, pos BIGINT)",
		"CREATE TABLE IF NOT EXISTS " + alias + "._wl_spans (tbl VARCHAR, tenant VARCHAR, path VARCHAR, kind VARCHAR, lo BIGINT, hi BIGINT, n BIGINT, fresh BIGINT, stable BOOLEAN, reason VARCHAR, pos BIGINT)",
	}
}

func hourOf(t time.Time) int32 { return int32(floorDiv(t.Unix(), 3600)) }

func floorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// applyPaths writes a batch's sightings and spans, file by file.
func (s *Store) applyPaths(ctx context.Context, b Batch) error {
	sightings, spans := map[fileKey][]Sighting{}, map[fileKey][]Span{}
	keys := map[fileKey]bool{}
	for _, v := range b.Sightings {
		k := fileKey{pathFamily, month(schema.TicksOf(v.Time))}
		sightings[k], keys[k] = append(sightings[k], v), true
	}
	for _, v := range b.Spans {
		k := fileKey{pathFamily, month(schema.TicksOf(v.From))}
		spans[k], keys[k] = append(spans[k], v), true
	}
	for k := range keys {
		f, err := s.attach(ctx, k)
		if err != nil {
			return err
		}
		err = s.inTx(ctx, func() error {
			if err := s.insertSightings(ctx, f, sightings[k]); err != nil {
				return err
			}
			if err := s.insertSpans(ctx, f, spans[k]); err != nil {
				return err
			}
			if err := s.setApplied(ctx, f, b.Last); err != nil {
				return err
			}
			return s.fail("store.paths")
		})
		if err != nil {
			return fmt.Errorf("write store file %s: %w", f.alias, err)
		}
		f.applied = max(f.applied, b.Last)
	}
	return nil
}

// insertSightings adds those that the file does not have: a path may deliver
// an event many times, and only the first counts.
func (s *Store) insertSightings(ctx context.Context, f *file, list []Sighting) error {
	if len(list) == 0 {
		return nil
	}
	first, last := hourOf(list[0].Time), hourOf(list[0].Time)
	for _, v := range list {
		first, last = min(first, hourOf(v.Time)), max(last, hourOf(v.Time))
	}
	src := &feed{rows: len(list), cols: []feedColumn{
		stringColumn("tbl", func(i int) (string, bool) { return list[i].Table, true }),
		stringColumn("tenant", func(i int) (string, bool) { return list[i].Tenant, true }),
		stringColumn("path", func(i int) (string, bool) { return list[i].Path, true }),
		valueColumn("hour", duckdb.TYPE_INTEGER, func(i int) (int32, bool) { return hourOf(list[i].Time), true }),
		valueColumn("key_hi", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return high(list[i].Key), true }),
		valueColumn("key_lo", duckdb.TYPE_UBIGINT, func(i int) (uint64, bool) { return low(list[i].Key), true }),
		valueColumn("delay", duckdb.TYPE_INTEGER, func(i int) (int32, bool) { return delay(list[i]), true }),
		valueColumn("pos", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(list[i].Position), true }),
	}}
	call, done := s.feeds.open(src)
	defer done()
	return s.exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s._wl_sightings
SELECT DISTINCT ON (p.path, p.key_hi, p.key_lo) p.* FROM %[2]s p
WHERE NOT EXISTS (SELECT 1 FROM %[1]s._wl_sightings t WHERE t.hour BETWEEN %[3]d AND %[4]d AND t.path = p.path AND t.key_hi = p.key_hi AND t.key_lo = p.key_lo)
ORDER BY p.pos`, f.alias, call, first, last))
}

// delay is how long after its event a record came, in seconds.
func delay(v Sighting) int32 {
	d := v.Seen.Sub(v.Time) / time.Second
	return int32(max(-1<<31, min(1<<31-1, d)))
}

func (s *Store) insertSpans(ctx context.Context, f *file, list []Span) error {
	var fresh []Span
	for _, v := range list {
		if v.Position > f.applied {
			fresh = append(fresh, v)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	src := &feed{rows: len(fresh), cols: []feedColumn{
		stringColumn("tbl", func(i int) (string, bool) { return fresh[i].Table, true }),
		stringColumn("tenant", func(i int) (string, bool) { return fresh[i].Tenant, true }),
		stringColumn("path", func(i int) (string, bool) { return fresh[i].Path, true }),
		stringColumn("kind", func(i int) (string, bool) { return fresh[i].Kind, true }),
		valueColumn("lo", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return schema.TicksOf(fresh[i].From), true }),
		valueColumn("hi", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return schema.TicksOf(fresh[i].To), true }),
		valueColumn("n", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return fresh[i].Count, true }),
		valueColumn("fresh", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return fresh[i].Fresh, true }),
		valueColumn("stable", duckdb.TYPE_BOOLEAN, func(i int) (bool, bool) { return fresh[i].Stable, true }),
		stringColumn("reason", func(i int) (string, bool) { return fresh[i].Reason, true }),
		valueColumn("pos", duckdb.TYPE_BIGINT, func(i int) (int64, bool) { return int64(fresh[i].Position), true }),
	}}
	call, done := s.feeds.open(src)
	defer done()
	return s.exec(ctx, fmt.Sprintf("INSERT INTO %s._wl_spans SELECT * FROM %s", f.alias, call))
}

// PathSet says how many events of an hour just these paths delivered.
type PathSet struct {
	Table, Tenant string
	Hour          int64    // hours since 1970
	Paths         []string // sorted
	Events        int64
}

// PathSets calls fn with every PathSet of the hours from inclusive to
// exclusive.
func (s *Store) PathSets(ctx context.Context, from, to time.Time, fn func(PathSet)) error {
	for _, f := range s.pathFiles(from, to) {
		q := fmt.Sprintf(`SELECT tbl, tenant, hour, paths, count(*) FROM (
  SELECT tbl, tenant, hour, string_agg(path, chr(10) ORDER BY path) AS paths FROM %s._wl_sightings
  WHERE hour >= %d AND hour < %d GROUP BY tbl, tenant, hour, key_hi, key_lo)
GROUP BY ALL`, f.alias, hourOf(from), hourOf(to))
		err := each(ctx, s.db, q, func(scan func(...any) error) error {
			var p PathSet
			var paths string
			err := scan(&p.Table, &p.Tenant, &p.Hour, &paths, &p.Events)
			p.Paths = strings.Split(paths, "\n")
			fn(p)
			return err
		})
		if err != nil {
			return fmt.Errorf("count deliveries in %s: %w", f.alias, err)
		}
	}
	return nil
}

// PathCount is how many events of an hour a path delivered.
type PathCount struct {
	Table, Tenant, Path string
	Hour                int64 // hours since 1970
	Events              int64
}

// PathCounts calls fn with every PathCount of the hours from inclusive to
// exclusive. It costs less than PathSets.
func (s *Store) PathCounts(ctx context.Context, from, to time.Time, fn func(PathCount)) error {
	for _, f := range s.pathFiles(from, to) {
		q := fmt.Sprintf("SELECT tbl, tenant, path, hour, count(*) FROM %s._wl_sightings WHERE hour >= %d AND hour < %d GROUP BY ALL", f.alias, hourOf(from), hourOf(to))
		err := each(ctx, s.db, q, func(scan func(...any) error) error {
			var p PathCount
			err := scan(&p.Table, &p.Tenant, &p.Path, &p.Hour, &p.Events)
			fn(p)
			return err
		})
		if err != nil {
			return fmt.Errorf("count deliveries in %s: %w", f.alias, err)
		}
	}
	return nil
}

// LastFollowed is the last moment for which a source is stated to have been
// followed; zero if none ever was.
func (s *Store) LastFollowed(ctx context.Context) (time.Time, error) {
	var last int64
	for _, f := range s.sorted() {
		if f.key.family != pathFamily {
			continue
		}
		var hi *int64
		if err := s.db.QueryRowContext(ctx, "SELECT max(hi) FROM "+f.alias+"._wl_spans WHERE kind = 'followed'").Scan(&hi); err != nil {
			return time.Time{}, fmt.Errorf("read spans in %s: %w", f.alias, err)
		}
		if hi != nil {
			last = max(last, *hi)
		}
	}
	if last == 0 {
		return time.Time{}, nil
	}
	return schema.Time(last), nil
}

// Spans calls fn with the spans that end after from and begin before to, in
// the order in which they were stated.
func (s *Store) Spans(ctx context.Context, from, to time.Time, fn func(Span)) error {
	for _, f := range s.pathFiles(from, to) {
		q := fmt.Sprintf("SELECT tbl, tenant, path, kind, lo, hi, n, fresh, stable, reason, pos FROM %s._wl_spans WHERE hi > %d AND lo < %d ORDER BY pos",
			f.alias, schema.TicksOf(from), schema.TicksOf(to))
		err := each(ctx, s.db, q, func(scan func(...any) error) error {
			var v Span
			var lo, hi, pos int64
			err := scan(&v.Table, &v.Tenant, &v.Path, &v.Kind, &lo, &hi, &v.Count, &v.Fresh, &v.Stable, &v.Reason, &pos)
			v.From, v.To, v.Position = schema.Time(lo), schema.Time(hi), event.Position(pos)
			fn(v)
			return err
		})
		if err != nil {
			return fmt.Errorf("read spans in %s: %w", f.alias, err)
		}
	}
	return nil
}

// Lateness is how long after their events a path's records came, in seconds.
type Lateness struct {
	Table, Tenant, Path string
	// First is the hour of event time with which the path began: the latest of
	// its first records, as some of them may have come late.
	First               int64
	Last                int64
	Events              int64
	P50, P90, P99, P999 int64
	Max                 int64
}

// Latenesses measures each path over the hours from inclusive to exclusive.
// Events from before the path's own beginning came as a backlog and are left
// out; since holds these beginnings by path, in hours since 1970.
func (s *Store) Latenesses(ctx context.Context, from, to time.Time, since map[string]int64) ([]Lateness, error) {
	files := s.pathFiles(from, to)
	if len(files) == 0 {
		return nil, nil
	}
	var all, begin []string
	for _, f := range files {
		all = append(all, fmt.Sprintf("SELECT tbl, tenant, path, hour, delay, pos FROM %s._wl_sightings WHERE hour >= %d AND hour < %d", f.alias, hourOf(from), hourOf(to)))
	}
	for p, h := range since {
		begin = append(begin, fmt.Sprintf("WHEN %s THEN %d", quoteText(p), h))
	}
	live := "true"
	if len(begin) > 0 {
		live = "hour > CASE path " + strings.Join(begin, " ") + " ELSE -1 END"
	}
	q := fmt.Sprintf(`SELECT tbl, tenant, path, list_max(min_by(hour, pos, 100)[1:greatest(1, count(*) // 20)]), max(hour), count(*), %s FROM (%s) GROUP BY tbl, tenant, path ORDER BY ALL`,
		quantiles("delay", live), strings.Join(all, " UNION ALL "))
	var out []Lateness
	err := each(ctx, s.db, q, func(scan func(...any) error) error {
		var l Lateness
		err := scan(&l.Table, &l.Tenant, &l.Path, &l.First, &l.Last, &l.Events, &l.P50, &l.P90, &l.P99, &l.P999, &l.Max)
		out = append(out, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("measure lateness: %w", err)
	}
	return out, nil
}

func quantiles(column, filter string) string {
	var list []string
	for _, q := range []string{"0.5", "0.9", "0.99", "0.999", "1"} {
		list = append(list, fmt.Sprintf("coalesce(quantile_disc(%s, %s) FILTER (%s), 0)::BIGINT", column, q, filter))
	}
	return strings.Join(list, ", ")
}

// pathFiles lists the files of a span of event time, oldest first.
func (s *Store) pathFiles(from, to time.Time) []*file {
	var out []*file
	for _, f := range s.sorted() {
		if f.key.family == pathFamily && f.key.month >= month(schema.TicksOf(from)) && f.key.month <= month(schema.TicksOf(to)) {
			out = append(out, f)
		}
	}
	return out
}
