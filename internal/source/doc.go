// Package source is the contract between the ways in and the collector: what
// a source yields, what it may claim about it, and when it may move on.
//
// The one invariant: a page's cursor is kept only after its records are
// durable in the ledger. So delivery is at least once; a source that is asked
// again from an older cursor yields records again, and identity makes one of
// them.
//
// A source never decides what is complete. It states what it did (Claim: "I
// read these 10 minutes to their end, the service gave 40 records"), and the
// collector draws the verdict from the statements of all paths.
//
// Start reading at Source, then Page. Implementations: graph, eventhub, blob,
// kube, file, push; all pass package sourcetest.
package source
