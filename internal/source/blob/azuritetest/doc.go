// Package azuritetest runs Azurite, Microsoft's emulator of Blob storage, for
// tests.
//
// The one invariant: a server that was started listens on loopback only and is
// ended by its process id, at the latest when the test process ends.
//
// scripts/azurite.sh installs it. Start reading at Start.
package azuritetest
