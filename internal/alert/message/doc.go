// Package message is the vocabulary of alert delivery: what there is to tell
// (Notification) and what became of telling it (Receipt).
//
// The one invariant: a Notification is complete in itself. Whoever delivers it,
// hours later and after a restart, needs nothing but it and the configuration.
//
// Start reading at Notification.
package message
