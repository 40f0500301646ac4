// Package detect evaluates one rule once: it runs the rule's query over a
// window of time and makes alerts of its rows.
//
// The one invariant: Run is a function of the rule, the window's end and what
// the store then holds. It keeps no state, so that a run can be made again and
// gives the same alerts under the same keys.
//
// An alert has a Key and a stretch of time, From and To. The key is a digest of
// the rule's id and the alert's entities, or of the columns that the rule
// suppresses by; it depends neither on the rule's version nor on the window.
// Windows overlap, and processes start again, so the same evidence is found
// more than once: who raises alerts leaves out one whose key it raised within
// the rule's SuppressFor. Rows of one run with the same key are one alert.
//
// Rules are read by package rule; those of the binary stand in rules; ruletest
// runs the tests that they carry. Start reading at Runner.Run, then alert.go.
package detect
