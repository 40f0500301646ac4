// Package rewrite makes a plan cheaper without changing its answer: one rule a
// file.
//
// The one invariant: a plan before and after Rules gives equal rows; a test
// runs both.
//
// Rules change nodes in place. The order matters: predicates sink first, so
// that time bounds reach the scans; paths become promoted columns while their
// columns are still there; unused columns go last.
//
// Start reading at Rules.
package rewrite
