// Package bind gives names and types to a syntax tree and makes a plan of it.
//
// The one invariant: a plan comes out only of a query whose every name, type
// and feature is understood; everything else is a problem with a span.
// Functions are expanded at each call and lets at each use, since what they
// mean may depend on their arguments' columns.
//
// Start reading at Bind. rel.go has what a table under construction is, expr.go
// the expressions, and each family of operators a file of its own.
package bind
