// Package normal turns identified records into typed rows of Azure Monitor's
// tables.
//
// The one invariant: Row is a pure function of a record, and nothing in a
// record is lost on the way: a field that no column holds, or that does not
// fit its column's type, stands in AdditionalFields.
//
// Columns are found by name: a property feeds the column that the catalogue
// says (schema.Column.Graph) or that has its name in another letter case. What
// follows another rule stands in derive.go.
//
// Merge makes one row of several versions of an event. Start reading at Row.
package normal
