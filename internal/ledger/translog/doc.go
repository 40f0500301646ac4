// Package translog is the ledger's transparency log: Tessera's POSIX log with
// checkpoints that are C2SP signed notes.
//
// The one invariant: Wait returns without an error only when a checkpoint on
// disk commits to everything that was added.
//
// Start reading at Open, then Add and Wait. Entries reads a log without
// writing to it.
package translog
