// Package api is the HTTP side of a running server, and the client by which the
// command line talks to it. It is the only package that knows routes.
//
// The one invariant: nothing is answered before it is known who asks. The only
// exceptions are /healthz and /readyz, which say nothing but yes or no.
//
// Who asks is known by an API token (package auth), by a verified client
// certificate (which only delivers records), or by having reached the socket in
// the data folder, which its owner alone can open.
//
// Start reading at Server, then guard.go.
package api
