// Package own is the path on which what happens here comes in: alerts,
// incidents, rule runs, receipts of deliveries. They are records like any
// other, so that they are durable, provable, queryable in KQL and part of every
// rebuild.
//
// The one invariant: Write returns nil only when the records are in the ledger
// and the store has them. Whoever keeps state in them has no other state to
// bring in line after a crash.
//
// Records are rows of Azure Monitor tables, as JSON objects with the names of
// the columns. Start reading at Journal.Write.
package own
