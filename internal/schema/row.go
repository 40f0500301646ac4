package schema

import (
	"math"

	"github.com/wholelog/wholelog/internal/event"
)

// TicksPerSecond is the resolution of datetime and timespan: 100 ns.
const TicksPerSecond = 10_000_000

// Cell is one typed value of a row. Which field holds it follows from the
// column's type: S for string and dynamic (compact JSON text), N for all
// others (datetime and timespan as ticks of 100 ns, datetime since
// 0001-01-01; bool as 0 or 1; real as IEEE 754 bits). Set false is null; for
// string columns null and "" are the same.
type Cell struct {
	S   string
	N   int64
	Set bool
}

func Str(s string) Cell       { return Cell{S: s, Set: s != ""} }
func JSON(text string) Cell   { return Cell{S: text, Set: text != ""} }
func Int(n int64) Cell        { return Cell{N: n, Set: true} }
func Ticks(n int64) Cell      { return Cell{N: n, Set: true} }
func Real(f float64) Cell     { return Cell{N: int64(math.Float64bits(f)), Set: true} }
func (c Cell) Float() float64 { return math.Float64frombits(uint64(c.N)) }
func Bool(b bool) Cell {
	if b {
		return Cell{N: 1, Set: true}
	}
	return Cell{Set: true}
}

// Row is one typed row of a table, ready for a store. A row is a pure
// function of the versions of one event that the ledger holds.
type Row struct {
	Table    *Table
	Cells    []Cell     // in the order of Table.Columns
	Promoted []Cell     // in the order of Table.Promoted
	Misfit   uint64     // bit i: Promoted[i] does not say what the JSON says
	Key      event.Hash // identity: digest of tenant, table and record ID
	Content  event.Hash // of the version that gave the row most of its cells
	Time     int64      // ticks; decides the month the row lies in
	Position event.Position
	Rank     Rank
}

// Rank orders the versions of one event: the highest is what the row shows.
type Rank struct {
	Kind     uint8 // see normal.Precedence: diagnostic > beta > v1.0 > Log Analytics > CSV
	Modified int64 // the service's modification time in ticks, 0 if it states none
	Position event.Position
}

// Less reports whether a comes before b, that is, whether b wins.
func (a Rank) Less(b Rank) bool {
	if a.Kind != b.Kind {
		return a.Kind < b.Kind
	}
	if a.Modified != b.Modified {
		return a.Modified < b.Modified
	}
	return a.Position < b.Position
}
