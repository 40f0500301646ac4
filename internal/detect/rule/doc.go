// Package rule is the vocabulary of detection: a Rule as it stands in YAML, the
// overlays by which a folder changes rules of the binary, and the tests that a
// rule carries.
//
// The one invariant: a Rule that Parse gives is whole and in bounds, and an
// unknown key is an error with its line: what a rule says is what is done.
// Whether its query compiles is the business of package detect, which has the
// catalogue.
//
// A rule says nothing of how its query came to be, so rules that are made from
// other formats (package sentinel) are rules like any other.
//
// Start reading at Rule, then Parse and Load; docs/rules.md is the format for
// people.
package rule
