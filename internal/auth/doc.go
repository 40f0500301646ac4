// Package auth says who may do what: API tokens with scopes.
//
// The one invariant: the file of tokens cannot be used to get in. It holds
// SHA-256 digests of tokens of 256 random bits, which need no slow hash.
//
// Start reading at Tokens.
package auth
