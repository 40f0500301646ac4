// Package intaketest is a forwarder for tests of intakes: it sends each batch
// until it hears that the batch is durable, as real ones do, and misbehaves
// where it is told to.
//
// The one invariant: a batch that was answered with 200 is never sent again
// only because it might be lost, so what an intake loses after it stays lost
// and the test sees it.
//
// Start reading at Sender.
package intaketest
