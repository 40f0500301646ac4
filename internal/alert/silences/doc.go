// Package silences keeps who silenced what until when, with Alertmanager's own
// store. Several processes may use one file: the server and the command line.
//
// The one invariant: a silence has an author, a comment and an end, and what
// is urgent is silenced only by one that names urgent="true" and that a second
// person approved.
//
// Start reading at Silences.
package silences
