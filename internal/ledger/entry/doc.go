// Package entry is the text of the transparency log's entries.
//
// The one invariant: an entry holds no personal data, only digests, numbers
// and times; what it is about lies in the ledger's segments, where it can be
// erased.
//
// Start reading at Entry.
package entry
