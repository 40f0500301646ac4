// Package file reads exports from disk: files, folders, globs and standard
// input; gzip, zstd, zip and tar archives in any nesting; UTF-8 and UTF-16.
//
// The one invariant: every byte of an unpacked file that is neither white
// space between values nor the punctuation of a container ends in exactly one
// record, or the file is rejected with a reason. A damaged stretch is one
// record of its own and costs none of its neighbours.
//
// Containers are told apart by content: Event Hubs messages ({"records":[]}),
// Graph pages ({"value":[]}), Kubernetes event lists, Log Analytics answers
// ({"tables":[]}), arrays, JSON lines, CSV downloads. Lists are read element
// by element, so that memory does not grow with a container.
//
// How damage is bounded (salvage.go): in a list, the stretch ends where the
// next object begins that is a record by its own content or has the members of
// a record before it; between lines, at the end of the line. CSV of which a
// record does not fit its header falls back to physical lines.
//
// A file of nothing but white space is a delivery of nothing; the labels that
// a simulation writes beside its records are left out. UTF-16 is kept
// as UTF-8: the bytes of such records are those of the same text in UTF-8.
//
// Start reading at Read, then split.go.
package file
