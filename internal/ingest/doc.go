// Package ingest is the one way into the data folder: it asks the store which
// records are known, makes the new ones durable in the ledger, and then brings
// the store up to the ledger.
//
// The one invariant: the store is only ever written from what the ledger
// holds, by the same code whether the records are new, caught up after a crash
// or rebuilt, so the three give equal tables.
//
// Start reading at Open, then Add and apply.
package ingest
