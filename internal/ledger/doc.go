// Package ledger makes records durable and provable: append-only segments of
// raw bytes, and a transparency log that commits to them.
//
// The one invariant: when Append returns, the records are on disk, and no
// later crash, full disk or power cut takes them away; when Commit returns, a
// signed checkpoint on disk commits to all of them.
//
// There is one stream of segments per tenant and retention class, so that
// expiry drops whole segments. A segment is open, then sealed, then perhaps
// expired. An open one grows by whole blocks; a running hash chain covers its
// items. Sealing adds a footer and renames the file; nothing is packed twice.
// A sealed segment is one entry of the log. So is the tail of an open one, as
// often as Commit is called: an import is proven without leaving a small
// segment behind. An open segment is sealed when it holds 64 MiB, or when it
// is 5 minutes old and holds at least a MiB, or when it is a day old.
//
// Positions are unique and grow over all streams. Within a stream every item
// has an index without gaps; positions have gaps where an append that touched
// several streams came to nothing.
//
// Package segment is the file format, entry the text of the log's entries,
// translog the log, verify the checker that shares no code with all of them.
//
// Start reading at Append, then seal and Commit.
package ledger
