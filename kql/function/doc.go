// Package function is the table of scalar functions and aggregates: signature,
// result type, naming rule, and one column per SQL dialect.
//
// The one invariant: an SQL text of result type string never yields NULL, and
// none holds anything but our own text and numbered places for arguments.
//
// A signature reads "(source:string, start:long, [length:long]) string". A
// parameter in brackets may be left out, one that ends in ... repeats. Types
// are Kusto's, number (int, long or real), any, and T, which stands for one
// type common to all parameters of that type.
//
// A row whose dialect column is empty is computed by the emitter's own code
// or, when package builtin has the function, by a call of that.
//
// Start reading at Func and Lookup; there is one file per family.
package function
