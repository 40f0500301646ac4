// Package export writes results to files that stand for themselves: beside each
// lies a manifest with the query, its range, counts, digests and the ledger's
// checkpoint, which Verify checks.
//
// The one invariant: a file is whole and described exactly by its manifest, or
// it is not there. What a format cannot hold as it is, the manifest says.
//
// Start reading at Make, then Verify; there is one file per format.
package export
