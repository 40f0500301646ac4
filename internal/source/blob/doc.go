// Package blob collects diagnostic logs from the containers of a storage
// account, one Source per account.
//
// The one invariant: what the cursor says of a blob (an offset, or a place in
// a span's sums) is what has been yielded of it, no more. A listing never
// moves an offset; only bytes that were read do.
//
// Blobs are hours of a prefix, insights-logs-CATEGORY/PREFIX/y=../m=../d=../
// h=../m=00/PT1H.json, and are appended to: within minutes as a rule, hours
// later sometimes, weeks later in principle. So there are two ways to know a
// blob:
//
//   - Hours since the horizon (three days, fewer if the cursor would grow too
//     large) are watched: an entry per blob with the offset, a digest of the
//     bytes before it, and size and time of change as last seen. The current
//     day is listed at each poll, the window each hour, which is a request for
//     each prefix and day.
//   - Older blobs are settled. A span is a run of names of one prefix, with the
//     number of blobs in it and the sums of their sizes, times of change and
//     digests of name, size and time. A full pass lists everything, as often
//     as its cost allows (20 seconds for each request, 10 minutes to a day), and
//     compares the sums. If they are
//     equal, nothing has changed. If one blob has changed, the sums give its
//     old size (what is missing from them), the digest proves it, and reading
//     goes on from there. If more have, those that were changed since the last
//     pass are read again from their start, by the service's own clock; if that
//     does not explain the sums either, all of the span is. The ledger counts
//     what it had as repeats. So a settled hour that grows costs at worst
//     repeats, never records, and a span of thousands of blobs costs 60 bytes.
//
// What this rests on: the service's Last-Modified does not go back. The sums
// would show if it did, but for one case: in the time between two full passes
// blobs were deleted and, in the same span, at most as many came that carry an
// old time and were never read (undelete does that).
//
// A full pass goes through the prefixes in order and through each by name; how
// far it has come is in the cursor. Only within a prefix is the listing's order
// relied on: accounts with folders order names otherwise.
//
// Lines are taken up to the last line end. A rest without one that is no whole
// record stays until the blob has not grown for some hours. Either is taken
// without moving the offset, so that a line that does go on is read whole. What is not lines (a
// list in an object, an archive) is read as a whole, again when it changes.
//
// Start reading at Source.Read, then take.go and span.go.
package blob
