// Package enrich adds to a row what follows from its own cells and embedded
// tables: the class and name of a sign-in's result.
//
// The one invariant: only hidden columns are filled, so Azure Monitor's
// columns stay as they came. Start reading at Row.
package enrich
