// Package fatigue finds users who are asked for a second factor again and again
// until they give in.
//
// The one invariant: requests are counted in a true sliding window over time,
// so nothing that happens outside it, earlier or later on the day, can hide or
// make a finding.
//
// Start reading at Bursts, then Engine.Run.
package fatigue
