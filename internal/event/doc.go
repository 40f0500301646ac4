// Package event is the vocabulary that every other package speaks: a Record
// is one audit or sign-in event exactly as it was received, plus what is
// needed to find it again.
//
// The one invariant: Raw is never changed. Everything else in a Record is
// derived from Raw, Context and how the record reached us, and can be derived
// again; the ledger commits to Raw and Context, and the store is an index
// that can be rebuilt from them.
//
// The words, as the rest of the code uses them:
//
//   - A container is a file, page or message as delivered: an Event Hubs
//     message, a Graph page, a blob of JSON lines, a CSV download. Splitting
//     a container into records belongs to event/identify.
//   - A Record is one event of a container. Raw holds its bytes; Context holds
//     bytes outside it that are needed to read it (a CSV header line, the
//     column list of a Log Analytics answer).
//   - An identity (ID) names the event itself, however often and on whichever
//     path it is delivered. Two records of one tenant and table with the same
//     ID are versions of the same event.
//   - Content is a digest of the canonical content without the envelope's
//     time: records with the same Content are exact repeats, and the ledger
//     keeps a receipt for them instead of the bytes.
//   - A Position is where a record lies in the ledger; positions only grow.
//
// Start reading at Record; package event/identify makes Records from bytes.
package event
