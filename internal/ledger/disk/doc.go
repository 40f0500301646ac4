// Package disk is the file layer of the ledger: the few operations by which it
// changes files.
//
// The one invariant: the ledger changes files through an FS and in no other
// way, so that a test can take its place and lose what was not synced.
//
// Start reading at FS. Reading needs no layer: readers open files as they are.
package disk
