// Package enrich adds to a row what follows from its own cells and embedded
// tables: class, name and meaning of a sign-in's result; name and tier of the
// directory role that an audit event is about.
//
// The one invariant: only hidden columns are filled, so Azure Monitor's
// columns stay as they came. Start reading at Row.
package enrich
