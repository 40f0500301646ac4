// Package outbox keeps deliveries on disk until they are accepted or a person
// gives them up. It decides nothing about channels or routes.
//
// The one invariant: what Enqueue has returned for is never lost, and is tried
// at most once more than its attempts say, after a crash, under the same ID.
// An attempt is durable before it begins (Begin) and its outcome is one
// transaction with its receipt (Finish).
//
//	Enqueue ─▶ queued ─Begin─▶ sending ─Finish─▶ gone (sent)
//	             ▲ ▲ └─Hold─▶ held         ├───▶ retry, due again later
//	             │ └───────────┘           └───▶ dead ─Replay─▶ queued
//	             └ a newer revision joins what was never tried
//
// Deliveries of one incident to one target (a channel of a receiver) form a
// lane: they go out in order, one at a time, so that threads stay in order. A
// lane remembers the highest revision taken in, which makes Enqueue idempotent,
// and what a channel needs to continue a thread.
//
// Start reading at Entry and Outbox.Enqueue.
package outbox
