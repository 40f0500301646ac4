// Package faultrun tests the whole path of collection against everything that
// goes wrong at once: loss, repetition, delay and disorder on the way, a
// service that throttles and fails, tokens that expire, and crashes of the
// collector at any step.
//
// The one invariant it checks: whatever happens, each event that any path
// delivered is there exactly once, and the completeness of every hour names
// just what was withheld, by which path and how many.
//
// A run is a tenant of a few people over one to three days, all of it drawn
// from one seed: the same seed is the same run. Time is virtual (clock_test.go)
// and lets one source run at a time. There is nothing here but tests; start
// reading at TestFaults, then world_test.go.
package faultrun
