// Package graph collects sign-ins, audits, provisioning, risk and security
// alerts from Microsoft Graph, one Source per collection.
//
// The one invariant: a span of time counts as read only after a reading went
// through all of its pages and everything in them is durable. Nothing else of
// the service is relied on: not the order of records, not that pages fit
// together, not that a token lives, not that a record is there when it happens.
//
// Time is read in slices, which are the unit of resuming. A slice that has
// settled (Options.Settle) is read, then read again until a reading brings
// nothing new. Later it is swept, an hour, 6, 24 and 72 hours after it ended,
// for records that came late. Because slices are read in order, all that has
// to be kept is how far each of these passes has come (cursor.go). Before a
// slice settles, a tail reading of the last minutes brings what is there
// already, so that events show within a poll; it claims nothing and moves
// nothing.
//
// Spans are those of the time that a collection can be filtered by. For risk
// detections that is when the risk was detected, not when it happened.
//
// Requests of one application to one tenant share their limits: App holds
// them. Start reading at App, then Source.Read and slice.go.
package graph
