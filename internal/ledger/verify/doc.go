// Package verify checks a ledger from its files alone.
//
// The one invariant: it shares no code with the program that writes the
// ledger, only the format document (docs/ledger-format.md), so that a fault of
// the writer cannot hide in the checker. It imports the standard library,
// golang.org/x/mod for signed notes, and a zstd decoder.
//
// What is checked, from the outside in: the checkpoint's signature; that the
// log's tree is the one that the checkpoint signs; that every segment the log
// names is there, with the leaves, chain and footer it names; that every item
// is the one its leaf commits to; that what is missing was deleted by an entry
// of the log. With an earlier checkpoint also that the log still begins with
// what that one signed.
//
// Start reading at Run.
package verify
