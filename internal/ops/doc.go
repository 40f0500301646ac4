// Package ops watches what runs: the state of sources, the status of a data
// folder, metrics, and findings about collection itself.
//
// The one invariant: nothing here holds content of records or a secret, so
// that status, metrics and logs can be shown to whoever runs the machine.
//
// Start reading at Board and Status.
package ops
