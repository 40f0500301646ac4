package kql

import "github.com/wholelog/wholelog/kql/types"

// These are the phases' shared vocabulary, defined in package types so that
// the phases need not import this package.
type (
	// Catalog tells the binder which tables exist.
	Catalog = types.Catalog
	// Table is a table as queries see it.
	Table = types.Table
	// Column is a named, typed column.
	Column = types.Column
	// Promotion says that a path into a dynamic column is also stored typed.
	Promotion = types.Promotion
)

// Digest is what a digest column (Table.Digests) holds for a text.
func Digest(text string) uint32 { return types.Digest(text) }
