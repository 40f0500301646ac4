// Package row reads the cells of query results for engines and builds the
// tables that engines give back.
//
// The one invariant: a column that an engine needs and a query does not give is
// an error before any row is judged, never a silent empty value.
//
// Start reading at Read and Table.
package row
