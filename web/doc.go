// Package web holds the page: the built TypeScript of ui, or where it was not
// built, a page that says how to build it.
//
// Invariant: the package compiles on a clone without Node. Folder static always
// has fallback, which is committed; static/dist comes of `make web` and is not.
//
// Start reading at Files; the page itself begins at ui/src/main.tsx.
package web
