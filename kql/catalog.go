package kql

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
// column, named Physical, of the same rows.
type Promotion struct {
	Column   string
	Path     []string
	Type     Type
	Physical string
}
