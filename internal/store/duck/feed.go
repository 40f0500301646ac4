package duck

import (
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// feeds hands rows in memory to SQL through the table function
// wholelog_feed(handle). Filling the engine's own vectors from its worker
// threads is the fastest way in that was measured; a row appender is limited
// to one thread.
type feeds struct {
	next  atomic.Int64
	mu    sync.Mutex
	known map[int64]*feed
}

// feed is a column-wise view of rows that do not change while it is in use.
type feed struct {
	rows int
	cols []feedColumn
	pos  atomic.Int64
}

type feedColumn struct {
	name string
	typ  duckdb.Type
	fill func(v duckdb.Vector, chunk duckdb.DataChunk, col, lo, hi int) error
}

func (f *feeds) register(conn *sql.Conn) error {
	f.known = map[int64]*feed{}
	arg, err := duckdb.NewTypeInfo(duckdb.TYPE_BIGINT)
	if err != nil {
		return fmt.Errorf("feed function: %w", err)
	}
	err = duckdb.RegisterTableUDF(conn, "wholelog_feed", duckdb.ParallelChunkTableFunction{
		Config: duckdb.TableFunctionConfig{Arguments: []duckdb.TypeInfo{arg}},
		BindArguments: func(_ map[string]any, args ...any) (duckdb.ParallelChunkTableSource, error) {
			handle, ok := args[0].(int64)
			f.mu.Lock()
			defer f.mu.Unlock()
			src := f.known[handle]
			if !ok || src == nil {
				return nil, fmt.Errorf("no feed %v", args[0])
			}
			return src, nil
		},
	})
	if err != nil {
		return fmt.Errorf("feed function: %w", err)
	}
	return nil
}

// open makes a feed readable by SQL; done ends that.
func (f *feeds) open(src *feed) (call string, done func()) {
	id := f.next.Add(1)
	f.mu.Lock()
	f.known[id] = src
	f.mu.Unlock()
	return fmt.Sprintf("wholelog_feed(%d::BIGINT)", id), func() {
		f.mu.Lock()
		delete(f.known, id)
		f.mu.Unlock()
	}
}

func (f *feed) ColumnInfos() []duckdb.ColumnInfo {
	out := make([]duckdb.ColumnInfo, len(f.cols))
	for i, c := range f.cols {
		t, err := duckdb.NewTypeInfo(c.typ)
		if err != nil {
			panic(err) // only primitive types are used
		}
		out[i] = duckdb.ColumnInfo{Name: c.name, T: t}
	}
	return out
}

func (f *feed) Cardinality() *duckdb.CardinalityInfo {
	return &duckdb.CardinalityInfo{Cardinality: uint(f.rows), Exact: true}
}

func (f *feed) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: 4}
}

func (f *feed) NewLocalState() any { return nil }

func (f *feed) FillChunk(_ any, chunk duckdb.DataChunk) error {
	n := duckdb.GetDataChunkCapacity()
	lo := int(f.pos.Add(int64(n))) - n
	if lo >= f.rows {
		return chunk.SetSize(0)
	}
	hi := min(lo+n, f.rows)
	if err := chunk.SetSize(hi - lo); err != nil {
		return err
	}
	for i, c := range f.cols {
		v, err := chunk.GetVector(i)
		if err != nil {
			continue // the column is not read by this statement
		}
		if err := c.fill(v, chunk, i, lo, hi); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}

func stringColumn(name string, get func(row int) (string, bool)) feedColumn {
	return feedColumn{name, duckdb.TYPE_VARCHAR, func(v duckdb.Vector, _ duckdb.DataChunk, _, lo, hi int) error {
		w, err := duckdb.GetVectorWriter[string](v)
		if err != nil {
			return err
		}
		for i := lo; i < hi; i++ {
			s, ok := get(i)
			if !ok {
				err = w.SetNull(i - lo)
			} else {
				err = w.Set(i-lo, s)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

func valueColumn[T any](name string, typ duckdb.Type, get func(row int) (T, bool)) feedColumn {
	return feedColumn{name, typ, func(_ duckdb.Vector, chunk duckdb.DataChunk, col, lo, hi int) error {
		for i := lo; i < hi; i++ {
			v, ok := get(i)
			var err error
			if ok {
				err = duckdb.SetChunkValue(chunk, col, i-lo, v)
			} else {
				err = chunk.SetValue(col, i-lo, nil)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

// cellColumn feeds the cells that at returns, as the type of a catalogue column.
func cellColumn(name string, t kql.Type, at func(row int) *schema.Cell) feedColumn {
	switch t {
	case kql.Bool:
		return valueColumn(name, duckdb.TYPE_BOOLEAN, func(i int) (bool, bool) { c := at(i); return c.N != 0, c.Set })
	case kql.Int:
		return valueColumn(name, duckdb.TYPE_INTEGER, func(i int) (int32, bool) { c := at(i); return int32(c.N), c.Set })
	case kql.Long, kql.Datetime, kql.Timespan:
		return valueColumn(name, duckdb.TYPE_BIGINT, func(i int) (int64, bool) { c := at(i); return c.N, c.Set })
	case kql.Real:
		return valueColumn(name, duckdb.TYPE_DOUBLE, func(i int) (float64, bool) { c := at(i); return c.Float(), c.Set })
	}
	return stringColumn(name, func(i int) (string, bool) { c := at(i); return c.S, c.Set })
}
