// Package auth says who may do what: API tokens with scopes, sessions of people,
// roles, and who has which.
//
// The one invariant: no file of this package can be used to get in. They hold
// SHA-256 digests of secrets of 256 random bits, which need no slow hash; a file
// that cannot be read lets nobody in.
//
// Start reading at Tokens, then Sessions, People and OIDC.
package auth
