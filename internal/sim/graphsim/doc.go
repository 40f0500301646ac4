// Package graphsim is a Microsoft Graph endpoint that behaves as its
// documentation and its users describe: filters by time, pages with opaque
// tokens that expire, throttling with and without Retry-After, errors, records
// that come late, move between pages or are left out of a reading.
//
// The one invariant: what a client can learn of a record follows from the
// clock, the seed and the requests made so far, so that a run repeats. A fault
// may delay or repeat a record and leave it out of two readings at most; an
// object that is visible is in the third reading of its span.
//
// Numbers and codes are those of Microsoft's pages "List signIns", "List
// directoryAudits", "List riskDetections", "List alerts_v2" and "Throttling
// limits", and of the threads that operators opened about them. Start reading
// at Server, then list.go.
package graphsim
