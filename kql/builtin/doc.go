// Package builtin holds the scalar functions of Kusto that SQL expresses
// badly, slowly or not at all, as plain Go over plain values.
//
// The one invariant: every function is pure and total. It never panics, and
// input that makes no sense gives null (for string results ""), as Kusto does.
// The one function that depends on anything else, geo_info_from_ip_address,
// reads the file that GeoFile opened.
//
// A value is an any: nil is null; bool; int64 for int, long and for datetime
// and timespan in ticks of 100 ns, datetimes counted from 0001-01-01; float64
// for real; string for string and guid. A dynamic is a string holding compact
// JSON, so the dynamic string abc is `"abc"`. Strings are never null: missing
// is "".
//
// Where Kusto has one name for several types, the longest-used form has the
// plain name and the others a suffix: bin, bin_real, bin_datetime. A function
// that fills several columns gives one dynamic array and lists them in
// Columns.
//
// Start at Func and Lookup, then read one family: ipv4.go is a plain one.
package builtin
