// Package watch collects from folders into which something drops exports.
//
// The one invariant: a file counts as taken only after all its records are
// durable, and only in the state in which it was read; a file that changes is
// read again.
//
// A file is read once it rests: its size and time did not change for a while.
// That holds for one that is renamed into place too; it waits no longer than
// any other. A file that grows, such as JSON lines, is read again from its
// start whenever it rests in a new state: what it held before is recognised by
// the ledger as repeats, so that costs time and doubles nothing. (A line that
// was only half written when the file rested is kept as a record that cannot
// be read, beside the whole one.) A file whose time changed and whose content
// did not is not read again.
//
// Nothing is deleted. With Options.After a file is moved to the folder "done"
// when it is taken. Symbolic links are followed only within the folder.
//
// A cursor holds 16 bytes for each file that is still there, and how far the
// file that is being read was yielded: after a crash those records are skipped
// without going to the ledger again.
//
// Start reading at Source.Read, then walk.go.
package watch
