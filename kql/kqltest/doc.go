// Package kqltest holds the oracles that the compiler is tested against: the
// result schemas of Microsoft's own analyzer, and documentation examples with
// the rows they give, with an equality that allows what documentation loses.
//
// The one invariant: nothing here knows the compiler, so an error in the
// compiler cannot excuse itself here.
//
// Analyze runs the npm package @kusto/language-service-next in Node and
// installs it on first use; without Node it gives ErrNoNode and the caller
// skips. Cases reads examples, Equal compares.
package kqltest
