// Package duckdb writes a plan as DuckDB SQL.
//
// The one invariant: the text holds identifiers that this package made,
// relations that its caller named, and numbers; every string of the query is a
// parameter. Expressions of type string are never NULL.
//
// Every operator is one common table expression, q1 to qn, whose columns are
// named by the plan's numbers, c1 to cn. What SQL cannot say is a call of a
// function kql_*, which the engine side registers from package builtin.
//
// Start reading at Emit, then node.go and expr.go.
package duckdb
