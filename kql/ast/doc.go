// Package ast is the syntax tree of KQL.
//
// The one invariant: every node has a span, also nodes of a query with errors.
//
// Start reading at Query and Pipe; op.go has one type per operator.
package ast
