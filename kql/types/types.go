// Package types is the vocabulary that the compiler's phases share: scalar
// types, the catalogue interface and positions. It imports nothing, which is
// its one invariant; package kql gives these names to users.
package types

// Type is a Kusto scalar type.
type Type uint8

const (
	Unknown Type = iota
	Bool
	Int
	Long
	Real
	Decimal
	String
	Datetime
	Timespan
	Guid
	Dynamic
)

var names = [...]string{"unknown", "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"}

// String returns the type's name as Kusto writes it.
func (t Type) String() string {
	if int(t) < len(names) {
		return names[t]
	}
	return "unknown"
}

// Numeric tells whether values of the type are numbers.
func (t Type) Numeric() bool { return t == Int || t == Long || t == Real || t == Decimal }

// Parse finds a type by any of its Kusto names.
func Parse(name string) (Type, bool) {
	switch name {
	case "bool", "boolean":
		return Bool, true
	case "int", "int32":
		return Int, true
	case "long", "int64":
		return Long, true
	case "real", "double", "float":
		return Real, true
	case "decimal":
		return Decimal, true
	case "string":
		return String, true
	case "datetime", "date":
		return Datetime, true
	case "timespan", "time":
		return Timespan, true
	case "guid", "uuid", "uniqueid":
		return Guid, true
	case "dynamic":
		return Dynamic, true
	}
	return Unknown, false
}

// Catalog tells the binder which tables exist. Implementations must be safe
// for concurrent use and return the same answer for the length of a Compile.
type Catalog interface {
	// Table returns the table of that exact name (names are case-sensitive).
	Table(name string) (*Table, bool)
	// TableNames lists all tables, sorted, for wildcards and for hints.
	TableNames() []string
}

// Table is a table as queries see it.
type Table struct {
	Name       string
	Columns    []Column
	Promotions []Promotion
	// Digests names, by string column, the stored column that holds the Digest
	// of its value in every row: a needle is found by reading four bytes a row.
	Digests map[string]string
	// NoSource marks a table that exists for its type only (AzureActivity and
	// the like): it is empty, and a result that read it says so.
	NoSource bool
}

// Column is a named, typed column.
type Column struct {
	Name string
	Type Type
	// Hidden columns can be named but are left out of results without a
	// projection and of every wildcard.
	Hidden bool
}

// Promotion says that a path into a dynamic column is also stored as a typed
// column, named Physical, of the same rows. A number in Path is an index.
//
// With Fields it is the array at Path, as a list with those members of each
// element, all of them strings; Type is Dynamic then. An empty Path is the
// column itself.
type Promotion struct {
	Column   string
	Path     []string
	Type     Type
	Physical string
	Bit      int // which bit of a part's misfits is about this promotion
	Fields   []string
}

// Span is a half-open range of byte offsets into the source.
type Span struct{ Pos, End int }

// Problem is a finding of a phase about a part of the source.
type Problem struct {
	Code    string
	Span    Span
	Message string
	Hint    string
	Warning bool
}
