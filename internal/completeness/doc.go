// Package completeness says, for every hour of every table of every tenant,
// how far its records can be called complete, relative to what the services
// served.
//
// The one invariant: a verdict never says more than the evidence. Evidence is
// which path delivered which event (by identity), and which spans of time a
// path states to have read; both are in the ledger, so that a verdict can be
// found again by anyone who has it.
//
// Two kinds of path count differently. One that asks by time (Microsoft Graph)
// states the spans that it has read and whether two readings agreed. One that
// follows a stream (a hub, a container, a webhook) states only that it has been
// followed: it is expected to have brought every event from its first whole
// hour on, up to its lateness before the moment to which it has been followed.
//
// Start reading at Of, then verdict.go.
package completeness
