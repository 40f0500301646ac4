// Package token cuts KQL source into tokens.
//
// The one invariant: Scan never fails; what it cannot read is a token of kind
// Bad with a message, and spans of tokens never overlap.
//
// Start reading at Scan.
package token
