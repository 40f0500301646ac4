// Package storecheck compares a store with the ledger it was made from.
//
// The one invariant: every row is made again from the ledger's bytes by the
// code that fills the store, so that a difference is a change to the store and
// not another way of reading.
//
// What the store says about versions of events is only a hint where to look:
// a false one makes a row differ.
//
// Start reading at Run.
package storecheck
