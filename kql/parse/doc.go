// Package parse turns tokens into a syntax tree by recursive descent.
//
// The one invariant: Parse never panics and always returns a tree; what it
// could not read is a list of problems, and it goes on behind each.
//
// Start reading at Parse; expr.go has expressions, the op_ files operators.
package parse
