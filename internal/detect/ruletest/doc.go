// Package ruletest runs the tests that rules carry: it makes native records of
// a test's events, takes them the way that every record goes (identify, normal,
// enrich, store), evaluates the rule and compares the alerts.
//
// The one invariant: no row of a test is made by hand. Types, columns and
// derived values are those that the same record of a service would have.
//
// The records in base are minimal and harmless; an event changes what matters
// to it. keys_*.go has the short names by record. Start reading at Runner.RunTest,
// then build.go.
package ruletest
