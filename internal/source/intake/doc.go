// Package intake makes a source of requests: what is posted to its handler,
// Read yields, and a request is answered when that is durable.
//
// The one invariant: a request gets a status of success only after yield has
// returned without an error for each of its records. Whatever happens before
// that, the sender is told to send again, or hears nothing and does; identity
// makes one of what then comes twice.
//
// Memory is bounded over all requests together (Limits.MaxMemory): half of it
// for bodies being read and cut, half for records that wait for the ledger. A
// request that finds no room waits a while and then gets 429. Requests that
// wait at the same time share a page, so that many small ones cost one write
// to the disk, not one each.
//
// The server around the handler bounds what happens before a handler is called:
// it must set ReadHeaderTimeout and should bound its connections.
//
// Packages push and kube say which paths there are. Start reading at
// Intake.ServeHTTP, then Intake.Read, where the two sides meet.
package intake
