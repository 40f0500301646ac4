// Package normal turns identified records into typed rows of Azure Monitor's
// tables.
//
// The one invariant: Row is a pure function of a record, and no field of an
// event is lost on the way: one that no column holds, or that does not fit its
// column's type, stands in AdditionalFields. Of a delivery envelope, what Azure
// Monitor's own table leaves out is left to the record's bytes.
//
// Columns are found by name: a property feeds the column that the catalogue
// says (schema.Column.Graph) or that has its name in another letter case
// (plan.go). What follows another rule stands in derive.go. Rows and columns
// (CSV, Log Analytics) have become objects before (event/tabular).
//
// Merge makes one row of several versions of an event; which path says more is
// precedence. Start reading at Row.
package normal
