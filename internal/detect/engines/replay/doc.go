// Package replay finds sessions that were taken: one session id used from a
// second network by another device or other software than began it.
//
// The one invariant: a session that changes networks with the same device and
// software, as a telephone or a VPN does many times a day, is never a finding.
//
// Start reading at Judge, then Engine.Run.
package replay
