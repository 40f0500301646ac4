// Package plan is the resolved query: relational nodes over typed columns that
// are known by number, and scalar expressions over those numbers.
//
// The one invariant: a column number means one computation in the whole plan.
// A node that changes a value gives it a new number, so no rule and no emitter
// has to think about names that shadow each other.
//
// Start reading at Node and Expr; Print shows a plan.
package plan
