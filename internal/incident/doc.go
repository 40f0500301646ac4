// Package incident keeps what rules raised: it groups alerts into incidents,
// takes what people do with them, and records both.
//
// The one invariant: the records are the state. Every state of an incident is a
// row of SecurityIncident, every alert one of SecurityAlert, every run of a rule
// one of WholelogRuleRun, in the ledger before anybody is told. A Book that is
// opened again reads them and knows what the last one knew; only rows of our own
// path are believed, since anybody may deliver rows of these tables.
//
// Start reading at Book.Record, then Book.place, which groups.
package incident
