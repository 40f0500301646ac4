// Package rawjson reads JSON without copying it: a parsed document is a flat
// list of nodes that point into the input.
//
// The one invariant: a document that parses is strictly valid JSON (RFC 8259),
// apart from invalid UTF-8 inside strings, which real records contain and
// which must not cost us the record; output replaces it.
//
// Nothing is decoded until it is asked for, so reading five fields of a record
// costs one pass over its bytes. Start reading at Parse, then Value.
package rawjson
