// Package bench measures rules: it simulates tenants, puts labelled attacks and
// confusers into their history, runs every rule over it window by window, and
// compares alerts with labels.
//
// The one invariant: the report is a function of Options and of the rules. No
// figure of what is found depends on the clock, and an alert counts for a
// campaign only if a record of that campaign lies within the alert's evidence,
// its actor or victim is one of the alert's entities, and the alert says what
// kind of attack it is.
//
// Start reading at Run, then replay.go (windows and suppression), match.go
// (what counts as found) and report.go (figures and their intervals).
package bench
