// Package disktest is a file layer for tests that fails as disks do.
//
// The one invariant: after PowerCut the files are as a disk may leave them
// that keeps what was synced and nothing else for certain.
//
// Start reading at Lossy.
package disktest
