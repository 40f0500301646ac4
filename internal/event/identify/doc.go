// Package identify tells what a record is: its table, its identity, when it
// happened and a digest of its content.
//
// The one invariant: Record is a pure function of the record's bytes, its
// context, its tenant and when it was seen; the same event delivered twice, in
// another envelope or member order, gets the same identity and content.
//
// A record is told by its shape, not by its file's name, and a category in the
// envelope is believed only if it is one that Azure Monitor documents:
// collectors rewrite it. What is no known record stays without a table and
// says why in Problem.
//
// Start reading at Record, then shape.go and time.go.
package identify
