// Package ledger makes records durable: an append-only journal of raw bytes
// whose frames are chained by SHA-256.
//
// The one invariant: when Append returns, the records are on disk, and no
// later crash, full disk or power cut takes them away.
//
// A journal is a row of files. A file is a row of frames; a frame is a batch
// of records, compressed together, with the digest of a chain that runs over
// the leaves of all records from the first on. A leaf commits to a record's
// header and bytes under a random salt, so that a digest tells nothing about
// a record that is erased. A frame that a crash cut off was never
// acknowledged: Open removes it.
//
// This is the part of the ledger that works today. Sealed segments, the
// transparency log with signed checkpoints and erasure stand on it and are
// not there yet, and the file format may still change with them.
//
// Start reading at Append, then frame.go.
package ledger
