// Package collect runs sources: it takes their pages one after the other into
// the ledger and the store, keeps their cursors, and starts again what fails.
//
// The one invariant: a cursor on disk never lies beyond a page that is not
// durable in the ledger. The page is written first, then what the source
// claims about it, then the cursor; a crash between any two of them makes the
// source deliver the page again, and identity makes one record of both.
//
// One goroutine per source reads, one writes for all of them, because the
// ledger and the store have one writer. Start reading at Collector.Run, then
// writer.go.
package collect
