// Package spray finds a few passwords tried for many users, by three engines:
// from one source (address, network, provider), by one piece of software from
// many addresses, and slowly over days.
//
// The one invariant: what is new is measured against history that ends before
// the window, and a history of nothing is a baseline of nothing: the quietest
// source alerts soonest.
//
// Start reading at Group.fires in source.go, then fingerprint.go and slow.go.
package spray
