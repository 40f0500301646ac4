// Package key keeps the key that signs a ledger's checkpoints.
//
// The one invariant: the private key is never written into the data folder
// unless somebody names a file there, so that who holds a copy of the data
// cannot sign for it.
//
// Start reading at Load.
package key
