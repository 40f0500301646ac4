// Package duck is the embedded store: DuckDB files that index the ledger.
//
// The one invariant: everything here can be thrown away and made again from
// the ledger (ingest.Rebuild), so no fact lives only in the store.
//
// One database file per table family and month of event time holds the rows
// of that month, so that the identity of a record lies in one file, late data
// reopens only its month, and a month can be detached in a millisecond. Each
// file holds the ledger position up to which it is complete, written in the
// same transaction as its rows; after a crash the ingest package reads the
// ledger from the lowest such position on.
//
// Physical layout: a table has the catalogue's columns under their own names,
// then its promoted paths, then the columns of this package, which start with
// "_wl_". datetime is BIGINT ticks of 100 ns since 0001-01-01, dynamic is
// compact JSON text with zstd compression.
//
// Beside the rows a file has _wl_versions, the versions of events that have
// several; in audit files _wl_traits, by which rows of the portal's CSV, which
// have no ids, are joined; _wl_misfits and _wl_meta.
//
// Start reading at Open, then Apply and Known; Relations is what queries use.
package duck
