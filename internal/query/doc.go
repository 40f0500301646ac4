// Package query joins the compiler and the store: it compiles KQL against the
// catalogue, runs the SQL on the store's engine within limits, and gives typed
// rows.
//
// The one invariant: a result is whole or an error. A limit that is reached
// ends in an error that names it, never in fewer rows than there are.
//
// Start reading at Engine and Run; output.go writes results for people and
// programs.
package query
